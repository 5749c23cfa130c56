// What a preview comes to, in words of ours. INVARIANT: what an upstream said stands in changes and facts, never in the note.
import type { Change, Preview } from '../core/approval/context.ts';
import type { JsonValue } from '../core/body/json.ts';
import { diffJson, type DiffOptions } from '../core/diff/json-diff.ts';

export type Fact = Preview['facts'][number];

/** Before the requests are known. */
export type Outcome = Omit<Preview, 'requests'>;

const MAX_FACTS = 20;
const MAX_FACT = 300;

export function none(note: string): Outcome {
  return { outcome: 'none', note, changes: [], facts: [], cut: false };
}

export function failed(note: string, facts: readonly Fact[] = []): Outcome {
  return { outcome: 'failed', note, changes: [], facts: facts.slice(0, MAX_FACTS), cut: false };
}

export function shownFacts(note: string, facts: readonly Fact[], cut = false): Outcome {
  return { outcome: 'shown', note, changes: [], facts: facts.slice(0, MAX_FACTS), cut };
}

/** `undefined`: there is nothing before, or after. */
export function shownChanges(
  note: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
  options: DiffOptions & { readonly facts?: readonly Fact[] } = {},
): Outcome {
  const { changes, cut } = diffJson(before, after, options);
  // What the request says comes before what it is silent about.
  const said = (change: Change): number => (change.after === undefined ? 1 : 0);
  const same = changes.length === 0 && !cut ? ' Nothing would differ.' : '';
  return {
    outcome: 'shown',
    note: note + same,
    changes: changes.toSorted((a, b) => said(a) - said(b)),
    facts: (options.facts ?? []).slice(0, MAX_FACTS),
    cut,
  };
}

export function fact(name: string, value: string | number): Fact {
  const text = String(value);
  return { name, value: text.length <= MAX_FACT ? text : `${text.slice(0, MAX_FACT - 1).toWellFormed()}…` };
}
