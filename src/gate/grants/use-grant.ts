// Approves a call by what people granted before. INVARIANTS: the use is counted, over all replicas, before the approval knows of it, so that
// one may be lost and none is there twice; whatever fails on the way leaves the call to people.
import type { Granted } from '../../core/approval/events.ts';
import { grantOf } from '../../core/approval/grant-of.ts';
import { grantOffer } from '../../core/approval/grant-offer.ts';
import { scopeKey } from '../../core/approval/grant-scope.ts';
import { quorumMet } from '../../core/approval/quorum.ts';
import { deadlineOf } from '../../core/approval/guards.ts';
import type { Approval } from '../../core/approval/state.ts';
import { transition } from '../../core/approval/transition.ts';
import { COVERS } from '../../core/policy/grant-terms.ts';
import type { SharedRecord } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';
import { approvalEntry } from '../record.ts';
import { soundVotes } from '../sound-votes.ts';
import { within } from '../within.ts';
import { grantStatus, type GrantRecord, readGrant, writeGrant } from './grant-record.ts';
import type { KnownGrants } from './known-grants.ts';
import { endGrant, KIND, KEPT } from './end-grant.ts';

/** How long a call waits for it before people are asked, ms. */
const USE_WITHIN = 3_000;
/** Lost races for the count before the call is left to people. */
const TRIES = 1_100;

/** Why a grant that is kept for calls like this one lets this one not through. */
type Refused = { readonly refused: string };

/** The approval as it stands afterwards, approved; undefined where nothing lets it through. Never rejects. */
export async function useGrant(deps: GateDeps, known: KnownGrants, approval: Approval): Promise<Approval | undefined> {
  const offer = grantOffer(approval.opened);
  if (!offer) return undefined;
  // Once people are asked, it is theirs to decide.
  let late = false;
  const tried = tryUses(
    deps,
    known,
    approval,
    COVERS.slice(0, COVERS.indexOf(offer.covers) + 1).toReversed(),
    () => late,
  );
  try {
    return await within(deps.clock, USE_WITHIN, tried);
  } catch (error) {
    late = true;
    deps.bus.emit('store:failed', { operation: 'grant', error: String(error) });
    return undefined;
  }
}

async function tryUses(
  deps: GateDeps,
  known: KnownGrants,
  approval: Approval,
  widths: readonly (typeof COVERS)[number][],
  late: () => boolean,
): Promise<Approval | undefined> {
  for (const covers of widths) {
    const record = await deps.records.get(KIND, scopeKey(approval.opened, covers));
    if (!record) continue;
    const done = await tryUse(deps, known, approval, record, late);
    if (!('refused' in done)) return done;
    const { id } = readGrant(record.value);
    deps.bus.emit('grant:changed', { change: 'refused', grant: id, approvalId: approval.id, reason: done.refused });
  }
  return undefined;
}

async function tryUse(
  deps: GateDeps,
  known: KnownGrants,
  approval: Approval,
  record: SharedRecord,
  late: () => boolean,
): Promise<Approval | Refused> {
  const grant = readGrant(record.value);
  const status = grantStatus(grant, await deps.store.now());
  if (status !== 'standing') return { refused: status };
  // It is being ended here, or was by an earlier life whose store is gone.
  if (known.hasEnded(grant.id)) return { refused: 'revoked' };
  const drafted = await draft(deps, approval, grant);
  if ('refused' in drafted) return drafted;
  const use = late() ? undefined : await count(deps, record);
  if (use === undefined) return { refused: 'spent' };
  if (!known.take(grant.id, use)) {
    const error = `the store counts uses of ${grant.id} that were counted before: it was rolled back`;
    deps.bus.emit('store:failed', { operation: 'grant', error });
    await endGrant(deps, known, record.id, grant.id, { by: 'holdgate', why: 'the store was rolled back' });
    return { refused: 'rolled-back' };
  }
  const event: Granted = { ...drafted, at: await deps.store.now(), use };
  const { votes, until } = event;
  await deps.audit.durable({
    ...approvalEntry(approval, event),
    type: 'grant:used',
    grant: { id: grant.id, approval: grant.approval, by: votes.map(({ by }) => by), until, use, uses: grant.uses },
  });
  if (late()) return { refused: 'late' };
  const before = deadlineOf({ opened: approval.opened, granted: event });
  const done = await deps.store.append(approval.id, approval.version, [event], { before });
  if (done.outcome !== 'appended') return { refused: done.outcome };
  const { id } = approval;
  deps.bus.emit('grant:changed', { change: 'used', grant: grant.id, approvalId: id, agent: approval.opened.agent });
  // People were asked meanwhile: nobody else would tell them.
  if (late()) deps.bus.emit('approval:changed', { approval: done.approval, event: 'granted' });
  return done.approval;
}

/** The event as far as it does not depend on the count, with everything checked that its claim will check again. */
async function draft(deps: GateDeps, approval: Approval, grant: GrantRecord): Promise<Granted | Refused> {
  const source = await deps.store.load(grant.approval);
  const refused = sourceRefusal(source);
  if (!source || refused !== undefined) return { refused: refused ?? 'source-missing' };
  const votes = source.votes.filter(({ vote }) => vote === 'approve');
  const given = grantOf(source.opened, votes);
  const offer = grantOffer(approval.opened);
  if (!given || !offer) return { refused: 'grant-unsound' };
  const event: Granted = {
    type: 'granted',
    at: await deps.store.now(),
    grant: grant.id,
    source: source.opened,
    votes,
    until: Math.min(given.until, given.from + offer.for),
    use: grant.used + 1,
  };
  const step = transition(approval, event);
  if (!step.ok) return { refused: step.refusal };
  const { voters } = await soundVotes(deps, source.opened, votes);
  return quorumMet(approval.opened.terms.quorums, voters) ? event : { refused: 'quorum-not-met' };
}

/** Why nothing runs by a grant of this approval, if so. */
export function sourceRefusal(source: Approval | undefined): string | undefined {
  if (!source) return 'source-missing';
  if (['denied', 'cancelled', 'void'].includes(source.status)) return `source-${source.status}`;
  // Somebody has to look at what the first one did before more of it is done.
  return source.status === 'indeterminate' && !source.annotation ? 'source-indeterminate' : undefined;
}

/** Counts one use; its number, or undefined where there is none left. Rejects with StoreUnavailable: then one may be lost. */
async function count(deps: GateDeps, record: SharedRecord): Promise<number | undefined> {
  const { id } = readGrant(record.value);
  let current: SharedRecord | undefined = record;
  for (let attempt = 0; attempt < TRIES && current; attempt++) {
    const grant = readGrant(current.value);
    const now = await deps.store.now();
    if (grant.id !== id || grantStatus(grant, now) !== 'standing') return undefined;
    const value = writeGrant({ ...grant, used: grant.used + 1 });
    const terms = { keepFor: Math.max(1, grant.until - now) + KEPT };
    const put = await deps.records.put(KIND, record.id, current.version, value, terms);
    if (put.outcome === 'written') return grant.used + 1;
    current = put.record;
  }
  return undefined;
}
