// What stands in one message: its approvals as they are now, with what the similar ones differ in. Read from the stored calls each time, so that
// nobody approves by what a message once said.
import type { Approval } from '../../core/approval/state.ts';
import { approvalView } from '../../core/approval/view.ts';
import type { Call } from '../../core/call.ts';
import type { Shown, Similar } from '../../core/similar/shown.ts';
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

/** `id`: what the message is called by; `approvals`: at least one; `now`: epoch ms. Rejects where the call that is shown whole cannot be read. */
export async function shownOf(
  deps: ShownDeps,
  id: string,
  approvals: readonly Approval[],
  now: number,
): Promise<Shown> {
  const [first] = approvals;
  if (!first) throw new Error('a message shows at least one approval');
  const whole = approvals.find(({ status }) => status === 'pending') ?? first;
  const callOf = (approval: Approval): Promise<Call | undefined> =>
    approval.status === 'pending'
      ? within(deps.clock, READ_WITHIN, deps.call(approval.id))
      : Promise.resolve(undefined);
  const call = await callOf(whole);
  const rest = approvals.filter((each) => each !== whole);
  const template = rest.length > 0 && call ? templateOf(call) : undefined;
  const key = similarityKey(whole, template);
  const others = await Promise.all(
    rest.map(async (approval): Promise<Similar> => {
      const view = approvalView(approval, now);
      if (approval.status !== 'pending') return { view, differs: [] };
      const other = templateOfCall(await callOf(approval).catch(() => undefined));
      const alike = template !== undefined && other !== undefined && key === similarityKey(approval, other);
      return { view, differs: alike && key !== undefined ? differences(template, other) : null };
    }),
  );
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
