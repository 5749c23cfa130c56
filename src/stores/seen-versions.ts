// Remembers how far each approval had come and by which events, so that a store from which the latest ones were taken away (a
// claim, a denial), or in whose place others were put, is noticed while this process lives. INVARIANT: an approval that could still run is never forgotten before its expiry.
import type { Approval } from '../core/approval/state.ts';

export interface SeenVersions {
  /** What is wrong with the approval as it is read now, if anything; remembers it otherwise. `asked`: the latest version that was
   *  heard of when the read began, where more may have been heard since; a read that was overtaken lost nothing. `digest`: of the
   *  first so many events as they were read now. */
  look(
    id: string,
    approval: Approval | undefined,
    now: number,
    asked?: number,
    digest?: (events: number) => string,
  ): string | undefined;
  /** The latest version that was heard of; 0 for none. */
  version(id: string): number;
  /** Remembers what another replica says of it, or somebody in its name: what is said can only make us more careful.
   *  `expiresAt`: epoch ms. */
  note(id: string, version: number, expiresAt: number, now: number): void;
}

interface Seen {
  readonly version: number;
  readonly expiresAt: number;
  /** What was read last: how many events, and their digest. */
  readonly read?: { readonly events: number; readonly digest: string } | undefined;
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
    const known: Seen = seen.get(id) ?? { version: 0, expiresAt: 0 };
    const later = Math.max(known.version, Number.isSafeInteger(version) ? version : 0);
    const until = Math.max(known.expiresAt, Number.isFinite(expiresAt) ? expiresAt : 0);
    if (later === known.version && until === known.expiresAt) return;
    seen.set(id, { ...known, version: later, expiresAt: until });
    if (seen.size > sweepAt) sweep(now);
  }

  return {
    version: (id) => seen.get(id)?.version ?? 0,
    note,
    look(id, approval, now, asked = Infinity, digest) {
      const known = seen.get(id);
      if (!approval && known && known.expiresAt + keptFor <= now) seen.delete(id);
      const before = Math.min(asked, seen.get(id)?.version ?? 0);
      const version = approval?.version ?? 0;
      if (version < before) return `it stands at event ${version} and stood at ${before}: events were taken away`;
      if (!approval) return undefined;
      const read = seen.get(id)?.read;
      if (digest && read && read.events <= version && digest(read.events) !== read.digest)
        return `its first ${read.events} events are not those that were read before: others were put in their place`;
      note(id, version, approval.opened.expiresAt, now);
      const noted = seen.get(id);
      if (digest && noted && (read?.events ?? 0) < version)
        seen.set(id, { ...noted, read: { events: version, digest: digest(version) } });
      return undefined;
    },
  };
}
