// At-most-once execution: claim, prepare, intent, send, record. INVARIANT: the intent is durable before the first byte, and
// after it nothing is ever tried again.
import type { ApprovalEvent, Claimed, Intent, Resulted } from '../core/approval/events.ts';
import { deadlineOf } from '../core/approval/guards.ts';
import { type Approval, isOpen } from '../core/approval/state.ts';
import { transition } from '../core/approval/transition.ts';
import { type Grant, mintGrant } from '../core/grant.ts';
import { type AppendOutcome, RecordDamaged, type StoredBlob, StoreUnavailable } from '../ports/approval-store.ts';
import type { Prepared, PrepareOutcome, SendOutcome } from '../ports/dispatcher.ts';
import { accessKeyStands } from './access-keys.ts';
import { type AgentSink, type Capture, type CapturedResponse, createCapture } from './capture.ts';
import type { GateDeps } from './deps.ts';
import type { Grants } from './grants/grants.ts';
import { sealResponse } from './kept.ts';
import { receiptBlob } from './receipts.ts';
import { recheck } from './recheck.ts';
import { append, approvalEntry, settle } from './record.ts';

export interface Executed {
  readonly approval: Approval;
  /** The connection that got the live stream, if one did. */
  readonly live: AgentSink | undefined;
  /** The whole response, if it fitted under the cap. */
  readonly response: CapturedResponse | undefined;
}

/** Waits between attempts to write down what already happened, ms. */
const RETRY_STEPS = [50, 200, 1000, 5000];

/**
 * Runs an approved call once. Undefined if it was not ours to run (somebody else claimed it, or it moved on). Rejects with
 * StoreUnavailable only before the claim (also where a source of groups cannot be asked), when trying again is safe; with RecordDamaged at any time, and then it never is.
 */
export async function execute(
  deps: GateDeps,
  grants: Pick<Grants, 'stands'>,
  approvalId: string,
  mayRun: (approval: Approval) => Promise<boolean>,
  latestAgent: () => AgentSink | undefined,
): Promise<Executed | undefined> {
  // What was heard last will do: the claim goes in only behind exactly that.
  const approval = await deps.store.load(approvalId, 'recent');
  if (approval?.status !== 'approved' || !(await mayRun(approval))) return undefined;
  const checked = await recheck(deps, grants, approval);
  if (!checked.ok)
    return ended(await settle(deps, approval, { type: 'void', at: await deps.store.now(), why: checked.why }));
  const claim = await takeClaim(deps, approval, checked.claimed);
  if (claim.outcome === 'unconfirmed') return ended(claim.approval);
  if (claim.outcome === 'conflict') return undefined;
  // Void would be for good, and whoever keeps the groups is only away.
  if (claim.outcome === 'refused' && claim.refusal === 'quorum-not-met' && checked.unsure.length > 0)
    throw new StoreUnavailable(`approval ${approvalId}: votes cannot be confirmed now: ${checked.unsure.join(' ')}`);
  if (claim.outcome !== 'appended') return ended(await unclaimable(deps, claim.approval, claim));
  const grant = mintGrant(claim.approval);
  if (!grant) throw new Error('a claimed approval mints a grant');

  // After the claim nothing may be left to a rejection: it would leave a claim that nobody ends.
  const ready = await Promise.resolve()
    .then(() => deps.dispatcher.prepare(grant, checked.call))
    .catch((error: unknown): PrepareOutcome => ({ outcome: 'not-sent', detail: messageOf(error) }));
  if (ready.outcome === 'not-sent') return ended(await notSent(deps, claim.approval, grant, ready.detail));
  const sending = await intend(deps, claim.approval, grant);
  if (typeof sending === 'string') {
    ready.prepared.abandon();
    return ended(await notSent(deps, claim.approval, grant, sending));
  }
  return send(deps, sending, grant, ready.prepared, latestAgent);
}

type ClaimOutcome = AppendOutcome | { readonly outcome: 'unconfirmed'; readonly approval: Approval };

/** Rejects if the store did not take the claim. One that it took without our hearing so is given up: nothing was sent. */
async function takeClaim(deps: GateDeps, approval: Approval, claimed: Claimed): Promise<ClaimOutcome> {
  try {
    return await append(deps, approval, [claimed], { before: deadlineOf(approval) });
  } catch (error) {
    const why = 'the store did not confirm the claim';
    const current = await persist(deps, async () => {
      const stands = (await deps.store.load(approval.id)) ?? approval;
      if (stands.claim?.token !== claimed.token) return stands;
      return settle(deps, stands, { type: 'void', at: await deps.store.now(), why });
    });
    if (current.claim?.token !== claimed.token) throw error;
    return { outcome: 'unconfirmed', approval: current };
  }
}

const ended = (approval: Approval): Executed => ({ approval, live: undefined, response: undefined });

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

async function unclaimable(
  deps: GateDeps,
  approval: Approval,
  claim: { readonly outcome: 'refused'; readonly refusal: string } | { readonly outcome: 'too-late' },
): Promise<Approval> {
  const at = await deps.store.now();
  if (claim.outcome === 'too-late' || claim.refusal === 'expired') {
    const { opened } = approval;
    // The grant ended before the approval did.
    if (deadlineOf(approval) < opened.expiresAt && at < opened.expiresAt)
      return settle(deps, approval, { type: 'void', at, why: 'the grant was over before the call could run' });
    return settle(deps, approval, { type: 'expired', at: Math.max(at, opened.expiresAt) });
  }
  return settle(deps, approval, { type: 'void', at, why: VOID_TEXT[claim.refusal] ?? claim.refusal });
}

const ACCESS_KEY_GONE = 'the access key that signed the call is no longer good';

const VOID_TEXT: Readonly<Record<string, string>> = {
  'digest-mismatch': 'the stored call is not the call that was approved',
  'content-mismatch': 'the stored bytes are not the bytes that were approved',
  'policy-denies': 'the current policy denies this call',
  'access-key-revoked': ACCESS_KEY_GONE,
  'grant-ended': 'the grant that let it through was ended',
  'grant-not-offered': 'the current policy offers no such grant any more',
  'quorum-not-met': 'the votes no longer meet the quorum of the current policy and directory',
};

/** Certain that nothing was written. Recorded as soon as the store takes it; the agent hears it then (I12). */
async function notSent(deps: GateDeps, approval: Approval, grant: Grant, why: string): Promise<Approval> {
  return persist(deps, async () => {
    const event = { type: 'not_sent', at: await deps.store.now(), token: grant.token, why } as const;
    const current = (await deps.store.load(approval.id)) ?? approval;
    // The intent went in although its acknowledgement was lost. Nothing was written, but only a human may say so for good.
    const ending: ApprovalEvent =
      current.status === 'sending' ? { ...event, type: 'result', outcome: 'indeterminate', detail: why } : event;
    const settled = await settle(deps, current, ending);
    if (!isOpen(settled.status) || settled.claim?.token !== grant.token) return settled;
    throw new StoreUnavailable(`approval ${approval.id} moved on while it was given up`);
  });
}

/** Makes the intent durable; a string says why it could not. Recorded in the audit log first. */
async function intend(deps: GateDeps, approval: Approval, grant: Grant): Promise<Approval | string> {
  try {
    // Reaching the upstream took its time, and the key may have been taken back meanwhile.
    if ((await accessKeyStands(deps, approval)) === false) return ACCESS_KEY_GONE;
    const intent: Intent = { type: 'intent', at: await deps.store.now(), token: grant.token, digest: grant.digest };
    await deps.audit.durable(approvalEntry(approval, intent, { replica: deps.replica }));
    const done = await append(deps, approval, [intent], { before: grant.expiresAt });
    return done.outcome === 'appended' ? done.approval : `the approval moved on (${done.outcome})`;
  } catch (error) {
    return `the intent could not be recorded: ${messageOf(error)}`;
  }
}

async function send(
  deps: GateDeps,
  approval: Approval,
  grant: Grant,
  prepared: Prepared,
  latestAgent: () => AgentSink | undefined,
): Promise<Executed> {
  let live: AgentSink | undefined;
  const capture = createCapture(
    deps.limits.replayBody,
    () => {
      live = latestAgent();
      return live;
    },
    (error) => deps.bus.emit('proxy:failed', { decisionId: approval.opened.decisionId, error }),
  );
  const outcome = await Promise.resolve()
    .then(() => prepared.send(capture.sink))
    .catch((error: unknown): SendOutcome => ({ outcome: 'indeterminate', detail: messageOf(error) }));
  const response = outcome.outcome === 'complete' ? capture.response() : undefined;
  const kept = response && sealed(deps, approval, response);
  let ending: Ending | undefined;
  const settled = await persist(deps, async () => {
    ending ??= await endingOf(deps, approval, resultEvent(await deps.store.now(), grant, outcome, capture), kept);
    return settle(deps, approval, ending.event, { blobs: ending.blobs });
  }).catch((error: unknown) => {
    live?.fail();
    throw error;
  });
  // I12: whoever else ended it (it stands as indeterminate, say), no agent may read this response as its outcome.
  const recorded = settled.status === 'succeeded' || settled.status === 'upstream_error';
  return { approval: settled, live: live && capture.live(live), response: recorded ? response : undefined };
}

/** The response as it is kept. One that cannot be sealed is not kept: the outcome is recorded all the same. */
function sealed(deps: GateDeps, { id }: Approval, response: CapturedResponse): StoredBlob | undefined {
  try {
    return { kind: 'response', bytes: sealResponse(deps, id, response) };
  } catch (error) {
    deps.bus.emit('store:failed', { operation: 'seal', error: String(error) });
    return undefined;
  }
}

/** How a send ended, with everything that is stored in the same step. */
interface Ending {
  readonly event: Resulted;
  readonly blobs: readonly StoredBlob[];
}

/** With the receipt, if it can be made now; the sweeper makes it otherwise. */
async function endingOf(
  deps: GateDeps,
  approval: Approval,
  event: Resulted,
  kept: StoredBlob | undefined,
): Promise<Ending> {
  const step = transition(approval, event);
  const receipt = step.ok ? await receiptBlob(deps, step.approval).catch(() => undefined) : undefined;
  return { event, blobs: [kept, receipt].filter((blob) => blob !== undefined) };
}

function resultEvent(at: number, grant: Grant, outcome: SendOutcome, capture: Capture): Resulted {
  const base = { type: 'result', at, token: grant.token } as const;
  const body = { responseDigest: capture.digest(), responseBytes: capture.bytes() };
  if (outcome.outcome === 'indeterminate') {
    return {
      ...base,
      outcome: 'indeterminate',
      detail: outcome.detail,
      ...(outcome.status !== undefined && { httpStatus: outcome.status, ...body }),
    };
  }
  return {
    ...base,
    outcome: outcome.status < 400 ? 'succeeded' : 'upstream_error',
    httpStatus: outcome.status,
    ...body,
  };
}

/** What happened has to be written down; the store being away only delays it. Rejects with RecordDamaged: there is no place
 *  to write it to, and the audit log has the intent. */
async function persist(deps: GateDeps, write: () => Promise<Approval>): Promise<Approval> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await write();
    } catch (error) {
      if (error instanceof RecordDamaged) throw error;
      deps.bus.emit('store:failed', { operation: 'record', error: String(error) });
      const pause = RETRY_STEPS[Math.min(attempt, RETRY_STEPS.length - 1)] ?? 0;
      await new Promise<void>((resolve) => void deps.clock.after(pause, resolve));
    }
  }
}
