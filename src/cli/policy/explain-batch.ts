// `holdgate policy explain --batch`: one JSON call a line in, one JSON decision a line out, in the same order.
// INVARIANT: every line of input has exactly one line of output, whatever is wrong with it.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import type { PolicySet } from '../../core/policy/types.ts';
import { answerLines, jsonLine, type LineAnswer } from '../answer-lines.ts';
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

/** Decides every line of `io.input`; false if some line could not be decided. */
export function explainBatch(deps: BatchDeps, io: CommandIo): Promise<boolean> {
  return answerLines((line) => answerLine(line, deps, io), io);
}

function answerLine(line: string, deps: BatchDeps, io: CommandIo): LineAnswer {
  const json = jsonLine(line);
  if (!json.ok) return json;
  const read = readJsonCall(json.value, deps.surroundings);
  if (!read.ok) return read;
  const built = deps.surroundings.toCall(read.call.input);
  if (!built.ok) return built;
  const { call } = built;
  const decision = deps.set.decide(call, {
    agent: read.call.agent,
    source: read.call.source,
    now: read.call.now ?? io.now(),
    actions: () => deps.recognise(call),
    usage: givenUsage(),
  });
  // The body is always there: only a call whose body is still to come can need it.
  if (decision === 'needs-body') return { ok: false, message: 'the decision needs a body that is not there' };
  return { ok: true, json: JSON.stringify(decisionJson(decision)) };
}
