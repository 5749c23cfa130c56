// Grants of this gate, over the records that its replicas share: making, using, asking for and ending them.
import { areSound, grantOf } from '../../core/approval/grant-of.ts';
import { quorumMet } from '../../core/approval/quorum.ts';
import { scopeKey } from '../../core/approval/grant-scope.ts';
import type { Granted } from '../../core/approval/events.ts';
import type { Approval } from '../../core/approval/state.ts';
import { humanId, type Person } from '../../core/principal.ts';
import { COVERS } from '../../core/policy/grant-terms.ts';
import type { GateDeps } from '../deps.ts';
import { deniedSince, noteDenial } from './denials.ts';
import { endGrant, KEPT, KIND } from './end-grant.ts';
import { type GrantRecord, grantRecord, grantStatus, readGrant, writeGrant } from './grant-record.ts';
import { createKnownGrants } from './known-grants.ts';
import { sourceRefusal, useGrant } from './use-grant.ts';

export interface Grants {
  /** Keeps what the votes on an approval granted, if they did. Never rejects: a grant that is not kept is not there. */
  make(approval: Approval): Promise<void>;
  /** Approves a call that was just opened, if something covers it. Never rejects. */
  use(approval: Approval): Promise<Approval | undefined>;
  /** Whether a use may still be claimed. Rejects with StoreUnavailable. */
  stands(granted: Granted): Promise<boolean>;
  /** Ends all that cover calls like this one, those included that are only being kept. Rejects with StoreUnavailable or AuditUnavailable. */
  endLike(approval: Approval, by: string): Promise<void>;
  /** Ends what let a call through of which nobody knows what it did: who would be asked about the next one is told of it. Never rejects. */
  endUnsure(approval: Approval): Promise<void>;
  /** Newest first, those that ended within a day included. Rejects with StoreUnavailable. */
  list(): Promise<readonly GrantRecord[]>;
  /** Undefined where there is none (any more). Rejects with StoreUnavailable or AuditUnavailable. */
  revoke(id: string, person: Person): Promise<GrantRecord | undefined>;
  /** Ends what the log contradicts; `logged` as of GateDeps. Rejects with StoreUnavailable or AuditUnavailable. */
  reconcile(logged: Awaited<ReturnType<GateDeps['logged']>>): Promise<void>;
}

/** Lost races for the place of an earlier grant. */
const TRIES = 20;

const deniedWhy = (approvalId: string): string => `a call like it was denied: ${approvalId}`;

/** True if this one is kept already, or by the time that it is kept a younger one was, or what it would replace was ended after its votes:
 *  it must undo neither uses nor an end. */
function isOvertaken(grant: GrantRecord, other: GrantRecord): boolean {
  return other.id === grant.id || other.from > grant.from || (other.revoked?.at ?? -Infinity) >= grant.from;
}

export function createGrants(deps: GateDeps): Grants {
  const known = createKnownGrants();
  const { records, store, bus } = deps;

  async function keep(approval: Approval): Promise<void> {
    const votes = approval.votes.filter(({ vote }) => vote === 'approve');
    const grant = grantOf(approval.opened, votes);
    // Votes that count only since others were asked as well would never let anything through.
    const counts = areSound(approval.opened, votes) && quorumMet(approval.opened.terms.quorums, votes);
    if (approval.status !== 'approved' || !grant || !counts) return;
    const value = grantRecord(approval, grant);
    const { id, covers, until, uses, people, agent, owner } = value;
    await deps.audit.durable({
      at: grant.from,
      type: 'grant:made',
      grant: { id, approval: approval.id, covers, until, uses, by: people.map(({ by }) => by) },
      agent: { id: agent, owner },
    });
    const key = scopeKey(approval.opened, covers);
    const terms = { keepFor: Math.max(1, until - (await store.now())) + KEPT };
    let before = await records.get(KIND, key);
    for (let attempt = 0; attempt < TRIES; attempt++) {
      if (before && isOvertaken(value, readGrant(before.value))) return;
      const put = await records.put(KIND, key, before?.version ?? 0, writeGrant(value), terms);
      if (put.outcome === 'written') {
        bus.emit('grant:changed', { change: 'made', grant: id, approvalId: approval.id, agent });
        const denial = await deniedSince(deps, key, grant.from);
        if (denial) await endGrant(deps, known, key, id, { by: denial.by, why: deniedWhy(denial.approval) });
        return;
      }
      before = put.record;
    }
  }

  async function all(): Promise<readonly { readonly key: string; readonly grant: GrantRecord }[]> {
    return (await records.list(KIND)).map(({ id, value }) => ({ key: id, grant: readGrant(value) }));
  }

  return {
    async make(approval) {
      try {
        await keep(approval);
      } catch (error) {
        bus.emit('store:failed', { operation: 'grant', error: String(error) });
      }
    },
    use: (approval) => useGrant(deps, known, approval),
    async stands({ grant: id, source, votes, use }) {
      if (sourceRefusal(await store.load(source.id)) !== undefined) return false;
      const given = grantOf(source, votes);
      const record = given && (await records.get(KIND, scopeKey(source, given.covers)));
      const grant = record && readGrant(record.value);
      if (!grant || grant.id !== id || grant.used < use || known.hasEnded(id)) return false;
      const status = grantStatus(grant, await store.now());
      return status === 'standing' || status === 'spent';
    },
    async endLike(approval, by) {
      // Not what can be had for this very call: a flag of it says nothing for the calls like it.
      if (!approval.opened.terms.grant) return;
      const denial = { approval: approval.id, by, at: await store.now() };
      for (const covers of COVERS) {
        const key = scopeKey(approval.opened, covers);
        await noteDenial(deps, key, denial);
        const record = await records.get(KIND, key);
        const id = record && readGrant(record.value).id;
        if (id !== undefined) await endGrant(deps, known, key, id, { by, why: deniedWhy(approval.id) });
      }
    },
    async endUnsure({ id, granted }) {
      const given = granted && grantOf(granted.source, granted.votes);
      if (!granted || !given) return;
      try {
        const ending = { by: 'holdgate', why: `nobody knows what a call did that it let through: ${id}` };
        await endGrant(deps, known, scopeKey(granted.source, given.covers), granted.grant, ending);
      } catch (error) {
        bus.emit('store:failed', { operation: 'grant', error: String(error) });
      }
    },
    list: async () => (await all()).map(({ grant }) => grant).toSorted((a, b) => b.from - a.from),
    async revoke(id, person) {
      const found = (await all()).find(({ grant }) => grant.id === id);
      return found && endGrant(deps, known, found.key, id, { by: humanId(person.email), why: 'revoked' });
    },
    async reconcile(logged) {
      const grants = [...logged].filter(([id]) => id.startsWith('grt_'));
      if (grants.length === 0) return;
      for (const [id, { denied, uses = 0 }] of grants) {
        known.usedBefore(id, uses);
        if (denied) known.end(id);
      }
      for (const { key, grant } of await all()) {
        const undone = known.hasEnded(grant.id) && !grant.revoked;
        if (!undone && grant.used >= known.before(grant.id)) continue;
        bus.emit('store:failed', {
          operation: 'grant',
          error: `the audit log shows more of ${grant.id} than the store: it was rolled back`,
        });
        await endGrant(deps, known, key, grant.id, { by: 'holdgate', why: 'the store was rolled back' });
      }
    },
  };
}
