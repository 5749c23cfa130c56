// What stands in one message: its approvals as they are now, with what the similar ones differ in. Read from the stored calls each time, so that
// nobody approves by what a message once said.
import type { Approval } from '../../core/approval/state.ts';
import { approvalView } from '../../core/approval/view.ts';
import type { Call } from '../../core/call.ts';
import type { Shown, Similar } from '../../core/similar/shown.ts';
import { previewDifferences } from '../../core/similar/preview.ts';
import { similarityKey } from '../../core/similar/similarity.ts';
import { differences, type Template, templateOf } from '../../core/similar/template.ts';
import { RecordDamaged } from '../../ports/approval-store.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SharedRecords } from '../../ports/shared-records.ts';
import type { GateDeps } from '../deps.ts';
import { within } from '../within.ts';
import { bodyText } from './body-text.ts';
import { NOTICE, readNotice } from './notice.ts';

export interface ShownDeps {
  readonly clock: Clock;
  /** The call as it will be sent; undefined once it is no longer kept. Rejects where it cannot be read. */
  readonly call: (approvalId: string) => Promise<Call | undefined>;
}

/** ms that reading one stored call may take. */
export const READ_WITHIN = 5_000;

/** `id`: what the message is called by; `approvals`: at least one; `now`: epoch ms. Rejects where no call that waits can be read. */
export async function shownOf(
  deps: ShownDeps,
  id: string,
  approvals: readonly Approval[],
  now: number,
): Promise<Shown> {
  const [first] = approvals;
  if (!first) throw new Error('a message shows at least one approval');
  const waiting = approvals.filter(({ status }) => status === 'pending');
  const read = await Promise.allSettled(
    waiting.map((approval) => within(deps.clock, READ_WITHIN, deps.call(approval.id))),
  );
  const [unreadable] = read;
  const readable = read.findIndex(({ status }) => status === 'fulfilled');
  if (unreadable?.status === 'rejected' && readable < 0) throw unreadable.reason;
  const calls = new Map(
    read.map((each, i) => [waiting[i]?.id, each.status === 'fulfilled' ? each.value : undefined] as const),
  );
  const whole = waiting[readable] ?? first;
  const call = calls.get(whole.id);
  const rest = approvals.filter((each) => each !== whole);
  const template = rest.length > 0 && call ? templateOf(call) : undefined;
  const key = similarityKey(whole, template);
  const others = rest.map((approval): Similar => {
    const view = approvalView(approval, now);
    if (approval.status !== 'pending') return { view, differs: [] };
    const other = templateOfCall(calls.get(approval.id));
    const alike = template !== undefined && other !== undefined && key === similarityKey(approval, other);
    if (!alike || key === undefined) return { view, differs: null };
    return { view, differs: [...differences(template, other), ...previewDifferences(whole, approval)] };
  });
  return { id, view: approvalView(whole, now), body: bodyText(call), others };
}

const templateOfCall = (call: Call | undefined): Template | undefined => call && templateOf(call);

/** Those that stand in one message, as they are now; a record that was edited is not among them. Rejects with StoreUnavailable. */
export async function loadMembers({ store }: Pick<GateDeps, 'store'>, ids: readonly string[]): Promise<Approval[]> {
  const loaded = await Promise.all(
    ids.map((id) =>
      store.load(id).catch((error: unknown) => {
        if (error instanceof RecordDamaged) return undefined;
        throw error;
      }),
    ),
  );
  return loaded.filter((approval) => approval !== undefined);
}

export interface ShownSourceDeps extends ShownDeps, Pick<GateDeps, 'store'> {
  readonly records: Pick<SharedRecords, 'get'>;
}

/** What stands in the message of this approval now; undefined where it is not known. Rejects with StoreUnavailable. */
export async function shownNow(deps: ShownSourceDeps, id: string): Promise<Shown | undefined> {
  const record = await deps.records.get(NOTICE, id);
  const members = record ? (readNotice(record.value).members ?? []) : [];
  const approvals = await loadMembers(deps, [id, ...members]);
  return approvals.length > 0 ? shownOf(deps, id, approvals, await deps.store.now()) : undefined;
}
