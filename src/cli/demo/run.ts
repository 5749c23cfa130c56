// `npm run demo`: the whole story on one machine, with the real binary, a real upstream and a scripted agent.
// `--auto` lets the script vote; without it the call waits for you in a second terminal. `--slack-fake` and `--teams-fake` seat
// people at a local Slack or Teams; with `--pagerduty-fake` only who is on call may vote.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../system-clock.ts';
import { startFakePagerDuty } from './pagerduty/fake-pagerduty.ts';
import { fallbackStory, onCallConfig, SCHEDULE } from './pagerduty/fallback-story.ts';
import { startFakeSlack } from './slack/fake-slack.ts';
import { type SlackTable, slackTable } from './slack/slack-table.ts';
import { startFakeTeams } from './teams/fake-teams.ts';
import { type TeamsTable, teamsTable } from './teams/teams-table.ts';
import { startDemoUpstream } from './upstream.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

const HOLDGATE = fileURLToPath(new URL('../../../bin/holdgate', import.meta.url));
const START_TIMEOUT = 15_000;

const bold = process.stdout.isTTY
  ? (text: string): string => `\u001b[1m${text}\u001b[0m`
  : (text: string): string => text;

function step(title: string): void {
  process.stdout.write(`\n${bold(`── ${title}`)}\n`);
}

function say(text: string): void {
  process.stdout.write(`${text.replace(/^(?=.)/gm, '   ')}\n`);
}

/** Runs a command of the binary to its end and gives its output; throws if it does not exit with `expected`. */
async function holdgate(
  args: readonly string[],
  token: string,
  expected: 'success' | 'failure' = 'success',
): Promise<string> {
  const child = spawn(HOLDGATE, args, {
    env: { ...process.env, HOLDGATE_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const text = Buffer.concat(output).toString('utf8').trim();
  if ((code === 0) !== (expected === 'success'))
    throw new Error(`holdgate ${args.join(' ')} exited with ${code}:\n${text}`);
  return text;
}

async function serve(space: Workspace, upstreamKey: string): Promise<ChildProcess> {
  const child = spawn(HOLDGATE, ['serve', '--config', space.config], {
    env: { ...process.env, BILLING_TOKEN: upstreamKey },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const deadline = performance.now() + START_TIMEOUT;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`${space.console}/readyz`).catch(() => undefined);
    if (ready?.ok) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  throw new Error('the gate did not start');
}

interface Held {
  readonly id: string;
  readonly digest: string;
}

/** Waits for the approval that the agent's call opened. */
async function openApproval(space: Workspace): Promise<Held> {
  for (;;) {
    const response = await fetch(`${space.console}/api/v1/approvals?status=open`, {
      headers: { authorization: `Bearer ${space.approverCredential}` },
    });
    const { items } = (await response.json()) as { items: Held[] };
    if (items[0]) return items[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The agent: sends the call, and sends it again for as long as the gate says "not yet", as any SDK would. */
async function exportData(space: Workspace, dataset = 'customers'): Promise<Response> {
  for (;;) {
    const response = await fetch(`${space.proxy}/billing/exports`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${space.agentCredential}`,
        'content-type': 'application/json',
        'holdgate-justification': 'Monthly churn report for the board',
      },
      body: JSON.stringify({ dataset, format: 'csv' }),
    });
    if (response.status !== 429) return response;
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get('retry-after') ?? 1) * 1000));
  }
}

/** Where people sit. Resolves once they have decided, or are on their own. */
interface Table {
  decide(space: Workspace, held: Held): Promise<void>;
  /** What somebody is told who approves it; empty if the vote counts. */
  approve(who: 'approver' | 'colleague', space: Workspace, held: Held): Promise<string>;
  /** From now on it is about the next call. */
  next(): void;
}

const lastLines = (text: string): string => text.split('\n').slice(-2).join('\n');

/** Votes with the command line; throws if the vote does not end as expected. */
const voting = (
  space: Workspace,
  { id, digest }: Held,
  credential: string,
  expected: 'success' | 'failure',
): Promise<string> =>
  holdgate(['approvals', 'approve', id, '--digest', digest, '--config', space.config], credential, expected);

const terminal: Table = {
  async decide(space, held) {
    say('… the agent waits; the upstream has seen nothing of it. What an approver sees:\n');
    say(await holdgate(['approvals', 'show', held.id, '--config', space.config], space.approverCredential));

    step('3. The owner of the agent cannot approve it');
    say(lastLines(await voting(space, held, space.ownerCredential, 'failure')));
    if (pagerDuty) await othersRefused(space, held, terminal);

    step('4. Somebody else decides');
    if (!auto) {
      say('In a second terminal, as the approver:\n');
      say(`export HOLDGATE_TOKEN=${space.approverCredential}`);
      say(`${HOLDGATE} approvals approve ${held.id} --config ${space.config}`);
      return say(`# or: ${HOLDGATE} approvals deny ${held.id} --reason "not today" --config ${space.config}`);
    }
    say(`$ holdgate approvals approve ${held.id}`);
    const approve = ['approvals', 'approve', held.id, '--digest', held.digest, '--config', space.config];
    say(lastLines(await holdgate([...approve, '--reason', 'known monthly report'], space.approverCredential)));
  },
  async approve(who, space, held) {
    const credential = who === 'approver' ? space.approverCredential : space.colleagueCredential;
    // Either may come: the story says what it was.
    return voting(space, held, credential, 'success').then(
      () => '',
      (error: unknown) => (error instanceof Error ? lastLines(error.message) : String(error)),
    );
  },
  next: () => undefined,
};

async function othersRefused(space: Workspace, held: Held, table: Table): Promise<void> {
  say('On call at PagerDuty: security-oncall@example.com. A colleague of the same group, who is not:');
  say(lastLines(await table.approve('colleague', space, held)));
}

/** A local chat, where people click by themselves. */
function atChat(people: SlackTable | TeamsTable): Table {
  const table: Table = {
    async decide(space, held) {
      say('… the agent waits; the upstream has seen nothing of it. What stands in #approvals:\n');
      say(await people.shown());

      step('3. The owner of the agent clicks Approve, and is told alone');
      say(await people.approve('owner'));
      if (pagerDuty) await othersRefused(space, held, table);

      step('4. Somebody else clicks Approve');
      await people.approve('approver');
      say((await people.becomes(/Approved|Done/)).split('\n').at(-1) ?? '');
    },
    approve: (who) => people.approve(who),
    next: () => people.next(),
  };
  return table;
}

async function story(space: Workspace, seen: readonly string[], table: Table): Promise<void> {
  step('1. A routine call streams through');
  const list = await fetch(`${space.proxy}/billing/customers`, {
    headers: { authorization: `Bearer ${space.agentCredential}` },
  });
  say(`agent$ curl ${space.proxy}/billing/customers`);
  say(`${list.status} ${(await list.text()).trim()}`);

  step('2. A privileged one is held');
  say(`agent$ curl -X POST ${space.proxy}/billing/exports -d '{"dataset":"customers","format":"csv"}'`);
  const response = exportData(space);
  const held = await openApproval(space);
  await table.decide(space, held);

  const answer = await response;
  step(answer.ok ? '5. Exactly the approved bytes ran, once' : '5. The call did not run');
  say(`agent: ${answer.status} ${(await answer.text()).trim()}`);
  say(`upstream saw: ${seen.join(', ')}`);

  step('6. What remains: a signed receipt, verified offline with the public key');
  const receiptId = answer.headers.get('holdgate-receipt') ?? held.id.replace('apr_', 'rcp_');
  const file = join(space.folder, 'receipt.jws');
  for (let tries = 0; !existsSync(file); tries++) {
    // The receipt is written right after the answer went out.
    const stored = await fetch(`${space.console}/api/v1/receipts/${receiptId}`, {
      headers: { authorization: `Bearer ${space.approverCredential}` },
    });
    if (stored.ok) writeFileSync(file, ((await stored.json()) as { receipt: string }).receipt);
    else if (tries > 100) throw new Error(`no receipt ${receiptId}`);
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const key = join(space.folder, 'data', 'keys', 'public.json');
  say(`$ holdgate receipts verify ${file} --key ${key}`);
  say(await holdgate(['receipts', 'verify', file, '--key', key], ''));
}

const auto = process.argv.includes('--auto');
const slack = process.argv.includes('--slack-fake') ? await startFakeSlack(systemClock) : undefined;
const teams = process.argv.includes('--teams-fake') ? await startFakeTeams(systemClock) : undefined;
const pagerDuty = process.argv.includes('--pagerduty-fake') ? await startFakePagerDuty(systemClock) : undefined;
pagerDuty?.schedules.set(SCHEDULE, ['Security-Oncall@example.com']);
const teamsPeople = teams && teamsTable(teams);
const people = slack ? slackTable(slack) : teamsPeople;
const upstreamKey = randomBytes(16).toString('hex');
const upstream = await startDemoUpstream(upstreamKey);
const space = await makeWorkspace(upstream.url, {
  more: (people?.config ?? '') + (pagerDuty ? onCallConfig(pagerDuty) : ''),
  ...(pagerDuty && { from: 'oncall:platform' }),
});
teamsPeople?.ready(space.console);
let gate = await serve(space, upstreamKey);
const cleanUp = (): void => {
  gate.kill();
  upstream.close();
  void slack?.close();
  void teams?.close();
  void pagerDuty?.close();
  rmSync(space.folder, { recursive: true, force: true });
};
process.once('SIGINT', () => {
  cleanUp();
  process.exit(130);
});
try {
  const table = people ? atChat(people) : terminal;
  await story(space, upstream.seen, table);
  if (pagerDuty) {
    let held: Held | undefined;
    await fallbackStory(pagerDuty, {
      step,
      say,
      async restart() {
        const gone = once(gate, 'exit');
        gate.kill();
        await gone;
        gate = await serve(space, upstreamKey);
      },
      async held() {
        table.next();
        const answer = exportData(space, 'invoices');
        held = await openApproval(space);
        return { answer };
      },
      approve: async (who) => (held ? table.approve(who, space, held) : 'nothing is held'),
    });
  }
} finally {
  cleanUp();
}
