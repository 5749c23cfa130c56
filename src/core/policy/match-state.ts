// How sure a criterion is about a call. Three values would do for effects (no, yes, perhaps); the kinds of "perhaps" are the
// reason a decision gives. INVARIANT: hold and deny act on everything but NO, allow only on YES, in `except` the other way round.
import type { DecisionReason } from './types.ts';

/** Ordered: of several kinds of doubt the larger one is reported. */
export const NO = 0;
export const YES = 1;
/** Certain for one of the call's actions, not for all of them. */
export const PARTIAL = 2;
/** True under some reading of the call. */
export const AMBIGUOUS = 3;
export const UNREADABLE = 4;
export const ERROR = 5;
/** Nobody has read the body yet. */
export const PENDING = 6;

export type MatchState =
  | typeof NO
  | typeof YES
  | typeof PARTIAL
  | typeof AMBIGUOUS
  | typeof UNREADABLE
  | typeof ERROR
  | typeof PENDING;

export function and(a: MatchState, b: MatchState): MatchState {
  if (a === NO || b === NO) return NO;
  return a > b ? a : b;
}

/** Certain if either is; otherwise whatever doubt there is. */
export function or(a: MatchState, b: MatchState): MatchState {
  if (a === YES || b === YES) return YES;
  return a > b ? a : b;
}

export function not(a: MatchState): MatchState {
  return a === NO ? YES : a === YES ? NO : a;
}

/** `some`/`every` over readings of one thing: all → YES, none → NO, else ambiguous. */
export function among(some: boolean, every: boolean): MatchState {
  return every ? YES : some ? AMBIGUOUS : NO;
}

/** Why a rule in this state counts. */
export function reasonOf(state: MatchState): DecisionReason {
  if (state === UNREADABLE || state === PENDING) return 'unreadable-body';
  if (state === ERROR) return 'evaluation-error';
  return state === AMBIGUOUS ? 'ambiguous' : 'rule';
}
