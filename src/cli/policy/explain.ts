// `holdgate policy explain`: what the policies make of one call or action, and why, rule by rule and criterion by criterion.
import { knownActions } from '../../actions/catalogues.ts';
import { createActions } from '../../actions/registry.ts';
import { loadSqlParser } from '../../actions/sql/load-sql-parser.ts';
import type { Action } from '../../core/action.ts';
import { type Call, url } from '../../core/call.ts';
import { isIp } from '../../core/ip-address.ts';
import { actionDoubt } from '../../core/policy/lint-actions.ts';
import { durationText } from '../../core/duration.ts';
import type { CaseAction } from '../../core/policy/schema-cases.ts';
import { traceDecision } from '../../core/policy/trace.ts';
import type { Decision, DecisionContext } from '../../core/policy/types.ts';
import { exitCode } from '../exit-codes.ts';
import { callOfAction, toAction } from './action-input.ts';
import { createSurroundings, type Surroundings } from './call-input.ts';
import type { CommandIo } from './command-io.ts';
import { givenUsage } from './given-usage.ts';
import { parseCurl } from './curl.ts';
import { decisionJson } from './decision-json.ts';
import { renderTrace } from './decision-trace.ts';
import { explainBatch } from './explain-batch.ts';
import { faultLines, openPolicies } from './policy-source.ts';

export interface ExplainOptions {
  /** A curl command line. */
  readonly command?: string | undefined;
  readonly action?: CaseAction | undefined;
  readonly batch: boolean;
  readonly policies: readonly string[];
  readonly config?: string | undefined;
  readonly agent?: string | undefined;
  readonly upstream?: string | undefined;
  readonly source?: string | undefined;
  readonly json: boolean;
}

/** Prints the decision; the exit code: 0 decided, 2 wrong usage, unreadable input or a bad line of a batch. */
export async function runPolicyExplain(options: ExplainOptions, io: CommandIo): Promise<number> {
  const asked = [options.command, options.action, options.batch || undefined].filter((way) => way !== undefined);
  if (asked.length !== 1) {
    io.err('give a curl command in quotes, or --action NAME, or --batch: exactly one of them\n');
    return exitCode('usage');
  }
  const opened = await openPolicies({ paths: options.policies, config: options.config });
  if (!opened.ok) {
    io.err(faultLines(opened.faults));
    return exitCode('usage');
  }
  const { set, files } = opened.loaded;
  const { config } = opened.source;
  await loadSqlParser();
  const surroundings = createSurroundings(config);
  const actions = createActions(config?.upstreams ?? []);
  const recognise: Recognise = (call) => actions.recognise(call);
  if (options.batch) {
    return exitCode((await explainBatch({ set, surroundings, recognise }, io)) ? 'ok' : 'usage');
  }
  const question = questionOf(options, surroundings, recognise, io);
  if (!question.ok) {
    io.err(`${question.message}\n`);
    return exitCode('usage');
  }
  const { call, context } = question;
  const doubt = options.action && actionDoubt(knownActions(true, config?.upstreams), options.action.name);
  if (doubt !== undefined) io.err(`warning: ${doubt}\n`);
  const trace = traceDecision(files, opened.source.defaults, call, context);
  const { decision, ...why } = trace;
  if (decision === 'needs-body') throw new Error('a call without an unread body cannot need it');
  await io.out(
    options.json
      ? `${JSON.stringify({ ...decisionJson(decision), detail: decision.detail, trace: why }, null, 2)}\n`
      : `${summary(call, context, decision, options)}\n${renderTrace(trace)}`,
  );
  return exitCode('ok');
}

type Recognise = (call: Call) => readonly Action[];

type Question =
  | { readonly ok: true; readonly call: Call; readonly context: DecisionContext }
  | { readonly ok: false; readonly message: string };

function questionOf(
  options: ExplainOptions,
  surroundings: Surroundings,
  recognise: Recognise,
  io: CommandIo,
): Question {
  const { action, source = '127.0.0.1' } = options;
  if (!isIp(source)) return { ok: false, message: `--source: ${JSON.stringify(source)} is not an IP address` };
  const built = action
    ? { ok: true as const, call: callOfAction(options.upstream) }
    : curlCall(options.command ?? '', options.upstream, surroundings);
  if (!built.ok) return built;
  const agent = surroundings.agent(options.agent ?? 'anonymous');
  if (!agent.ok && options.agent !== undefined) return agent;
  const nobody = { id: 'anonymous', owner: '', labels: {}, actsFor: [], method: 'bearer' as const };
  const context = {
    agent: agent.ok ? agent.agent : nobody,
    source,
    now: io.now(),
    actions: () => (action ? [toAction(action)] : recognise(built.call)),
    usage: givenUsage(),
  };
  return { ok: true, call: built.call, context };
}

function curlCall(command: string, upstream: string | undefined, surroundings: Surroundings) {
  const parsed = parseCurl(command);
  if (!parsed.ok) return { ok: false as const, message: `curl command: ${parsed.message}` };
  const { method, url: target, headers, body } = parsed.call;
  const bytes = body === undefined ? undefined : Buffer.from(body, 'utf8');
  return surroundings.toCall({ method, url: target, headers, body: bytes, upstream });
}

function summary(call: Call, context: DecisionContext, decision: Decision, options: ExplainOptions): string {
  const what = options.action ? `action ${options.action.name}` : `${call.method} ${url(call)}`;
  const upstream = call.upstream === '' ? 'no upstream' : `upstream ${call.upstream}`;
  const lines = [
    `${what} (${upstream}, agent ${context.agent.id})`,
    `${decision.effect.toUpperCase()}, reason ${decision.reason}: ${decision.detail}`,
  ];
  if (decision.rules.length > 0) lines.push(`rules: ${decision.rules.join(', ')}`);
  if (decision.hold) {
    lines.push(`risk: ${decision.hold.risk}; expires after ${decision.hold.expires / 1000} s`);
    for (const quorum of decision.hold.quorums) {
      const from = quorum.from.length === 0 ? 'everyone in people' : quorum.from.join(', ');
      lines.push(`needs ${quorum.approvals} of ${from} (rule ${quorum.rule})`);
    }
    const { grant } = decision.hold;
    if (grant)
      lines.push(`people may grant it for ${durationText(grant.for)}, ${grant.uses} uses, covering ${grant.covers}`);
  }
  if (decision.observed) {
    lines.push(`observe rules would make it: ${decision.observed.effect} (${decision.observed.rules.join(', ')})`);
  }
  return `${lines.join('\n')}\n`;
}
