// What a test case asks: the call and its context, as the policy set takes them.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import type { PolicyCase } from '../../core/policy/schema-cases.ts';
import type { DecisionContext } from '../../core/policy/types.ts';
import { callOfAction, toAction } from './action-input.ts';
import { createSurroundings } from './call-input.ts';
import { givenUsage } from './given-usage.ts';
import { readJsonCall } from './json-call.ts';

export type Question =
  | { readonly ok: true; readonly call: Call; readonly context: DecisionContext }
  | { readonly ok: false; readonly message: string };

/** A working hour of a working day, so that a case that says no time means the same for ever. */
const NOON = '2026-01-07T12:00:00Z';

/** The question of this case, outside any configuration. */
export function questionOf(item: PolicyCase, recognise: (call: Call) => readonly Action[]): Question {
  const { agent, upstream, source, time = NOON } = item;
  const surroundings = createSurroundings(undefined);
  const shared = { agent, upstream, source, time };
  const read = readJsonCall({ ...shared, url: 'https://none.invalid/', ...item.call }, surroundings);
  if (!read.ok) return read;
  const { action } = item;
  const built = action ? { ok: true as const, call: callOfAction(upstream) } : surroundings.toCall(read.call.input);
  if (!built.ok) return built;
  const { call } = built;
  const context = {
    agent: read.call.agent,
    source: read.call.source,
    now: read.call.now ?? Date.parse(NOON),
    actions: () => (action ? [toAction(action)] : recognise(call)),
    usage: givenUsage(item.usage),
  };
  return { ok: true, call, context };
}
