// Remembers how far each approval had come, so that a file from which the latest events were taken away (a claim, a denial)
// is noticed while this process lives. INVARIANT: an approval that could still run is never forgotten before its expiry.
import type { Approval } from '../core/approval/state.ts';

export interface SeenVersions {
  /** What is wrong with the approval as it is read now, if anything; remembers it otherwise. `asked`: the latest version that was
   *  heard of when the read began, where more may have been heard since; a read that was overtaken lost nothing. */
  look(id: string, approval: Approval | undefined, now: number, asked?: number): string | undefined;
  /** The latest version that was heard of; 0 for none. */
  version(id: string): number;
  /** Remembers what another replica says of it, or somebody in its name: what is said can only make us more careful.
   *  `expiresAt`: epoch ms. */
  note(id: string, version: number, expiresAt: number, now: number): void;
}

interface Seen {
  readonly version: number;
  readonly expiresAt: number;
}

/** Entries before those are dropped whose approval can no longer be claimed anyway. */
const SWEEP_AT = 10_000;

/** `keptFor`: ms after its expiry from which an approval may be gone for good; never, if absent. */
export function createSeenVersions(keptFor: number = Infinity): SeenVersions {
  const seen = new Map<string, Seen>();
  let sweepAt = SWEEP_AT;

  function sweep(now: number): void {
    for (const [id, { expiresAt }] of seen) if (expiresAt <= now) seen.delete(id);
    sweepAt = Math.max(SWEEP_AT, seen.size * 2);
  }

  function note(id: string, version: number, expiresAt: number, now: number): void {
    const known = seen.get(id) ?? { version: 0, expiresAt: 0 };
    const later = Math.max(known.version, Number.isSafeInteger(version) ? version : 0);
    const until = Math.max(known.expiresAt, Number.isFinite(expiresAt) ? expiresAt : 0);
    if (later === known.version && until === known.expiresAt) return;
    seen.set(id, { version: later, expiresAt: until });
    if (seen.size > sweepAt) sweep(now);
  }

  return {
    version: (id) => seen.get(id)?.version ?? 0,
    note,
    look(id, approval, now, asked = Infinity) {
      const known = seen.get(id);
      if (!approval && known && known.expiresAt + keptFor <= now) seen.delete(id);
      const before = Math.min(asked, seen.get(id)?.version ?? 0);
      const version = approval?.version ?? 0;
      if (version < before) return `it stands at event ${version} and stood at ${before}: events were taken away`;
      if (approval) note(id, version, approval.opened.expiresAt, now);
      return undefined;
    },
  };
}
