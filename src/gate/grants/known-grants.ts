// What this process knows of grants by its own record. INVARIANT: a store that was rolled back gives no use back and undoes no ending, as far
// as this process saw them or its log shows them.
export interface KnownGrants {
  /** Takes a use that the store has counted; false where this process knows it as taken: the store counts what was counted before. */
  take(grantId: string, use: number): boolean;
  /** By the log of an earlier life: these uses, and all before them. */
  usedBefore(grantId: string, use: number): void;
  end(grantId: string): void;
  hasEnded(grantId: string): boolean;
  /** How many uses an earlier life saw. */
  before(grantId: string): number;
}

interface Known {
  before: number;
  readonly uses: Set<number>;
  ended: boolean;
}

/** Grants that are remembered; the oldest go first. */
const MOST = 2_000;

export function createKnownGrants(): KnownGrants {
  const all = new Map<string, Known>();
  const of = (id: string): Known => {
    let known = all.get(id);
    if (!known) {
      all.set(id, (known = { before: 0, uses: new Set(), ended: false }));
      const [oldest] = all.size > MOST ? all.keys() : [];
      if (oldest !== undefined) all.delete(oldest);
    }
    return known;
  };
  return {
    take(id, use) {
      const known = of(id);
      if (use <= known.before || known.uses.has(use)) return false;
      known.uses.add(use);
      return true;
    },
    usedBefore(id, use) {
      const known = of(id);
      known.before = Math.max(known.before, use);
    },
    end: (id) => void (of(id).ended = true),
    hasEnded: (id) => all.get(id)?.ended === true,
    before: (id) => all.get(id)?.before ?? 0,
  };
}
