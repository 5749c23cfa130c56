// What an authenticated agent, most likely a language model, is told about this gate: what it can reach, what tends to be
// held, and how to wait, retry and take a no. Pure. INVARIANT: says nothing about other agents, people or policy texts beyond
// the descriptions that their authors wrote for agents.
import type { ApprovalView } from '../core/approval/view.ts';
import { visibleText } from '../core/visible-text.ts';

export interface GuideInput {
  readonly agent: string;
  readonly upstreams: readonly {
    readonly id: string;
    /** `/billing`; `/` for the root; undefined where calls come by host only. */
    readonly mount: string | undefined;
    readonly credential?: { readonly aws?: object } | undefined;
    readonly hosts: readonly string[];
  }[];
  /** ms. */
  readonly waits: { readonly default: number; readonly max: number; readonly denyMemory: number };
  readonly tendsToBeHeld: readonly { readonly rule: string; readonly description: string }[];
  /** The agent's own. */
  readonly openApprovals: readonly ApprovalView[];
  readonly consoleUrl: string | undefined;
}

export interface Guide {
  readonly json: Readonly<Record<string, unknown>>;
  /** The same in plain Markdown. */
  readonly markdown: string;
}

/** Where the gate says what it is; every refusal points there. */
export const GUIDE_PATH = '/.well-known/holdgate';

/** Where an agent reads the state of one of its approvals. */
export function approvalPath(approvalId: string): string {
  return `${GUIDE_PATH}/approvals/${approvalId}`;
}

/** Longest justification that is kept, in characters. */
export const MAX_JUSTIFICATION: number = 500;

const RESPONSE_HEADERS: Readonly<Record<string, string>> = {
  'Holdgate-Decision': 'id of the decision about this call; quote it when you ask a human about it',
  'Holdgate-Approval': 'id of the approval, if the call was held',
  'Holdgate-Receipt': 'id of the signed record of a held call that ran',
  'Holdgate-Replayed': '`true` if this is the stored response of a call that already ran; it did not run again',
};

function seconds(ms: number): string {
  const s = Math.round(ms / 1000);
  return s >= 120 && s % 60 === 0 ? `${s / 60} min` : `${s} s`;
}

/** The sentences, by topic; both forms are made of them. */
function topics({ waits }: GuideInput): Readonly<Record<string, readonly string[]>> {
  const max = Math.round(waits.max / 1000);
  return {
    calling: [
      'Send each call as you would send it to the API itself, to this address instead of its own.',
      'You need no credential of the upstream: the gate adds it. Send only your own credential for the gate.',
      'Most calls pass at once. Some are held until a human has looked at exactly this call. Some are denied.',
    ],
    waiting: [
      `A held call waits on its open connection, by default up to ${seconds(waits.default)}. Set your client's timeout above that.`,
      `\`Prefer: wait=N\` sets how many seconds you wait, at most ${max}.`,
      'If nobody has decided by then, you get 429 `approval-pending` (or what the API itself uses for "try again") with `Retry-After`. Nothing has run.',
      '`Prefer: respond-async` answers at once: 202 with `Location`, where you can read the state of the approval. 202 does not mean that the call ran.',
    ],
    retrying: [
      'To go on waiting, send exactly the same call again: it rejoins its approval. It asks nobody twice and never runs twice.',
      'Do not change, split or rephrase the call to get around the wait: that is another call, with another approval.',
      'If it ran while you were away, the same call brings you the stored response, marked `Holdgate-Replayed: true`.',
      "Every refusal is JSON (application/problem+json) or the API's own error, and says `retryable`: false means that sending the same call again cannot help.",
    ],
    denials: [
      `A human's no is final for this call; the same call is refused at once for the next ${seconds(waits.denyMemory)}. Read the reason, tell it to whoever gave you the task, and stop.`,
      'Do not probe for a variant that gets through, and do not look for another way to the same effect. Every attempt is recorded.',
      'Denied by policy means that nobody was asked; ask your owner if the policy should change.',
      '409 `outcome-unknown` means that the call may have run. Do not repeat it; a human finds out.',
    ],
    justification: [
      `Add \`Holdgate-Justification: <why you need this>\` (at most ${MAX_JUSTIFICATION} ASCII characters) to calls that may be held. Approvers read it as your own, unverified words.`,
      'Name the task, the ticket and the effect you expect. It is not sent to the upstream and does not change what the call means.',
    ],
  };
}

const TITLES: Readonly<Record<string, string>> = {
  calling: 'How to call',
  waiting: 'Waiting',
  retrying: 'Retrying',
  denials: 'When the answer is no',
  justification: 'Say why',
};

function reach(upstream: GuideInput['upstreams'][number]): string[] {
  const ways: string[] = [];
  if (upstream.mount !== undefined) {
    const mount = upstream.mount === '/' ? '' : upstream.mount;
    ways.push(`path \`${mount}/…\` on this address becomes \`/…\` there`);
  }
  if (upstream.hosts.length > 0) {
    ways.push(`\`Host: ${upstream.hosts.join('` or `Host: ')}\`, or an absolute-form target as an HTTP proxy takes it`);
  }
  if (upstream.credential?.aws) {
    ways.push('every call signed as for AWS (version 4), with the access key that this gate issued to you (`HGAK…`)');
  }
  return ways;
}

function openApproval(view: ApprovalView): Record<string, unknown> {
  return {
    id: view.id,
    status: view.status,
    method: view.method,
    url: view.url,
    summary: view.summary,
    rules: view.rules,
    approvals: view.required.map(({ rule, approvals, have }) => ({ rule, needed: approvals, have })),
    expires_at: view.expires_at,
    time_left: view.time_left,
    state: approvalPath(view.id),
  };
}

function bullets(lines: readonly string[], none: string): string {
  return lines.length > 0 ? lines.map((line) => `- ${line}`).join('\n') : none;
}

/** Agent and policy texts go into a line of Markdown as code, so that they are read as quoted. */
function quoted(text: string): string {
  return `\`${visibleText(text).replaceAll('`', "'")}\``;
}

function markdown(input: GuideInput, words: Readonly<Record<string, readonly string[]>>): string {
  const sections = Object.entries(words).map(
    ([topic, lines]) => `## ${TITLES[topic] ?? topic}\n\n${bullets(lines, '')}`,
  );
  const upstreams = input.upstreams.map(
    (upstream) => `**${upstream.id}**: ${reach(upstream).join('; ') || 'not reachable'}`,
  );
  const held = input.tendsToBeHeld.map(({ rule, description }) => `${quoted(rule)}: ${visibleText(description)}`);
  const open = input.openApprovals.map(
    (view) =>
      `${quoted(view.id)} (${view.status}, ${seconds(view.time_left)} left): ${quoted(`${view.method} ${view.url}`)}`,
  );
  const headers = Object.entries(RESPONSE_HEADERS).map(([name, meaning]) => `\`${name}\`: ${meaning}`);
  return `${[
    '# You call through Holdgate',
    `You are the agent ${quoted(input.agent)}. This gate stands between you and the APIs below; humans approve what could do damage.`,
    `## What you can reach\n\n${bullets(upstreams, 'Nothing is configured.')}`,
    ...sections,
    `## What tends to be held\n\n${bullets(held, 'No rule describes it; expect calls that change something to be held.')}`,
    `## Headers of our answers\n\n${bullets(headers, '')}`,
    `## Your open approvals\n\n${bullets(open, 'None.')}`,
    ...(input.consoleUrl === undefined
      ? []
      : [`Humans decide at ${input.consoleUrl} or on the command line. You cannot.`]),
  ].join('\n\n')}\n`;
}

/** Builds both forms of the guide. */
export function agentGuide(input: GuideInput): Guide {
  const words = topics(input);
  return {
    json: {
      agent: input.agent,
      upstreams: input.upstreams.map((upstream) => ({
        id: upstream.id,
        mount: upstream.mount ?? null,
        hosts: upstream.hosts,
        how: reach(upstream),
      })),
      guide: words,
      limits: {
        wait_default_seconds: input.waits.default / 1000,
        wait_max_seconds: input.waits.max / 1000,
        deny_memory_seconds: input.waits.denyMemory / 1000,
        justification_max_characters: MAX_JUSTIFICATION,
      },
      tends_to_be_held: input.tendsToBeHeld,
      response_headers: RESPONSE_HEADERS,
      open_approvals: input.openApprovals.map(openApproval),
      console_url: input.consoleUrl ?? null,
    },
    markdown: markdown(input, words),
  };
}

interface Weight {
  /** 2 names the type, 1 the family (`text/*`), 0 anything. */
  readonly precision: number;
  readonly q: number;
}

function weigh(accept: string, types: readonly string[], family: string): number {
  let best: Weight = { precision: -1, q: 0 };
  for (const item of accept.split(',')) {
    const [range = '', ...params] = item.split(';').map((part) => part.trim().toLowerCase());
    const precision = types.includes(range) ? 2 : range === family ? 1 : range === '*/*' ? 0 : -1;
    const weight = params.find((param) => param.startsWith('q='))?.slice(2);
    const q = weight === undefined ? 1 : Number(weight);
    if (precision > best.precision) best = { precision, q: Number.isFinite(q) ? q : 0 };
  }
  return best.q;
}

/** RFC 9110 §12.5.1 for the two forms that there are; JSON unless Markdown is wanted more. */
export function negotiate(accept: string | undefined): 'json' | 'markdown' {
  if (accept === undefined || accept.trim() === '') return 'json';
  const markdownQ = weigh(accept, ['text/markdown', 'text/x-markdown', 'text/plain'], 'text/*');
  return markdownQ > weigh(accept, ['application/json'], 'application/*') ? 'markdown' : 'json';
}
