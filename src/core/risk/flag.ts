// A finding about one call, with its evidence. INVARIANT: how many there are, and how long each is, is bounded whatever the call holds.
import { RISKS } from '../policy/schema-words.ts';
import type { Risk } from '../policy/types.ts';
import { FLAG_TABLE, type FlagId } from './flag-table.ts';

export interface RiskFlag {
  readonly id: FlagId;
  readonly severity: Risk;
  /** One line, in our words. */
  readonly title: string;
  /** Where it stands and the exact value, as the call has it: text of the agent. At most {@link MAX_EVIDENCE} characters. */
  readonly evidence: string;
}

export const MAX_EVIDENCE = 240;
const MAX_FLAGS = 24;
/** Of one kind: the first few say it. */
const MAX_SAME = 4;

/** Collects flags: the same value counts once for each kind, wherever it stands. */
export class FlagList {
  readonly #flags = new Map<string, RiskFlag>();
  readonly #counts = new Map<FlagId, number>();

  /** `where`: a parameter or pointer, empty where the value says it all. */
  add(id: FlagId, where: string, value: string): void {
    const key = `${id} ${value}`;
    const count = this.#counts.get(id) ?? 0;
    if (this.#flags.has(key) || count >= MAX_SAME) return;
    this.#counts.set(id, count + 1);
    this.#flags.set(key, { id, ...FLAG_TABLE[id], evidence: cut(where === '' ? value : `${where}: ${value}`) });
  }

  has(id: FlagId): boolean {
    return this.#counts.has(id);
  }

  /** Worst first. */
  list(): readonly RiskFlag[] {
    return worstFirst([...this.#flags.values()]).slice(0, MAX_FLAGS);
  }
}

export function worstFirst(flags: readonly RiskFlag[]): readonly RiskFlag[] {
  return flags.toSorted((a, b) => RISKS.indexOf(b.severity) - RISKS.indexOf(a.severity));
}

function cut(text: string): string {
  const well = text.toWellFormed();
  return well.length <= MAX_EVIDENCE ? well : `${well.slice(0, MAX_EVIDENCE - 1).toWellFormed()}…`;
}
