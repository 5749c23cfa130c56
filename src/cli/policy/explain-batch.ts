// `holdgate policy explain --batch`: one JSON call a line in, one JSON decision a line out, in the same order.
// INVARIANT: every line of input has exactly one line of output, whatever is wrong with it.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import type { PolicySet } from '../../core/policy/types.ts';
import { linesOf } from '../input-lines.ts';
import type { Surroundings } from './call-input.ts';
import type { CommandIo } from './command-io.ts';
import { decisionJson } from './decision-json.ts';
import { givenUsage } from './given-usage.ts';
import { readJsonCall } from './json-call.ts';

export interface BatchDeps {
  readonly set: PolicySet;
  readonly surroundings: Surroundings;
  readonly recognise: (call: Call) => readonly Action[];
}

/** Characters of output that are gathered before they are written. */
const BLOCK = 64 * 1024;

/** Decides every line of `io.input`; false if some line could not be decided. */
export async function explainBatch(deps: BatchDeps, io: CommandIo): Promise<boolean> {
  let clean = true;
  let pending = '';
  for await (const line of linesOf(io.input)) {
    const answer = line.ok ? answerLine(line.text, deps, io) : { error: line.message };
    if ('error' in answer) clean = false;
    pending += `${JSON.stringify(answer)}\n`;
    if (pending.length < BLOCK) continue;
    await io.out(pending);
    pending = '';
  }
  if (pending !== '') await io.out(pending);
  return clean;
}

function answerLine(line: string, deps: BatchDeps, io: CommandIo): object {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    return { error: `not JSON: ${error instanceof Error ? error.message : 'unreadable'}` };
  }
  const read = readJsonCall(value, deps.surroundings);
  if (!read.ok) return { error: read.message };
  const built = deps.surroundings.toCall(read.call.input);
  if (!built.ok) return { error: built.message };
  const { call } = built;
  const decision = deps.set.decide(call, {
    agent: read.call.agent,
    source: read.call.source,
    now: read.call.now ?? io.now(),
    actions: () => deps.recognise(call),
    usage: givenUsage(),
  });
  // The body is always there: only a call whose body is still to come can need it.
  return decision === 'needs-body' ? { error: 'the decision needs a body that is not there' } : decisionJson(decision);
}
