// One thing that a statement does, before it becomes an action. INVARIANT: more than can be told apart is a doubt, and a doubt is an
// action of confidence `unknown`.
import type { ActionLevel } from '../../core/action.ts';

export type SqlEffect =
  | 'read'
  | 'write'
  | 'ddl'
  | 'privilege'
  | 'export'
  | 'exec'
  | 'code'
  | 'session'
  | 'transaction'
  | 'unknown';

export interface Finding {
  /** `select`, `delete`, `create` … */
  readonly verb: string;
  readonly effect: SqlEffect;
  /** Where it is not the effect's own. */
  readonly level?: ActionLevel;
  /** `table`, `view`, `function`, `role`, `parameter` … */
  readonly type?: string;
  /** The parts of the object's name, the schema filled in where the dialect has a default; without it: no object. */
  readonly name?: readonly string[];
  readonly tags?: readonly string[];
  /** `no-where`, `locking`, `server-file`, `program` … */
  readonly flags?: readonly string[];
  /** Further parameters for `when:` and approvers; never secrets. */
  readonly params?: Readonly<Record<string, unknown>>;
}

const MAX_FINDINGS = 100;

/** Collects findings; the same verb on the same object counts once, with all its tags and flags. */
export class Findings {
  readonly #found = new Map<string, Finding>();
  readonly #doubts = new Set<string>();

  get all(): readonly Finding[] {
    return [...this.#found.values()];
  }

  get doubts(): readonly string[] {
    return [...this.#doubts];
  }

  get size(): number {
    return this.#found.size;
  }

  add(finding: Finding): void {
    const key = `${finding.verb} ${finding.type ?? ''} ${finding.name?.join('\0') ?? ''}`;
    const before = this.#found.get(key);
    if (before === undefined && this.#found.size >= MAX_FINDINGS) this.#doubts.add('too-many-objects');
    else this.#found.set(key, before === undefined ? finding : merged(before, finding));
  }

  doubt(why: string): void {
    this.#doubts.add(why);
  }
}

function union(a: readonly string[] | undefined, b: readonly string[] | undefined): readonly string[] {
  return [...new Set([...(a ?? []), ...(b ?? [])])];
}

function merged(a: Finding, b: Finding): Finding {
  const level = b.level ?? a.level;
  return {
    ...a,
    ...(level === undefined ? {} : { level }),
    tags: union(a.tags, b.tags),
    flags: union(a.flags, b.flags),
    params: { ...a.params, ...b.params },
  };
}
