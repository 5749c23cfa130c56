// The held calls that are like one that waits, whoever asks: for people who decide where there are no messages.
import { approvalView } from '../core/approval/view.ts';
import { MOST_SIMILAR } from '../core/similar/similarity.ts';
import { alone, type Shown } from '../core/similar/shown.ts';
import type { ApprovalStore } from '../ports/approval-store.ts';
import { type ShownDeps, shownOf } from './notices/shown.ts';

export interface SimilarDeps extends ShownDeps {
  readonly store: Pick<ApprovalStore, 'load' | 'list' | 'now'>;
}

/** Of one agent that are looked at. */
const LOOKED_AT = 200;

/** This approval and the pending ones of its agent that are like it, newest first, at most {@link MOST_SIMILAR} in all; undefined where there is
 *  none with this id. Rejects with StoreUnavailable. */
export async function similarTo(deps: SimilarDeps, id: string): Promise<Shown | undefined> {
  const { store } = deps;
  const approval = await store.load(id);
  if (!approval) return undefined;
  const { agent, rules, upstream, method } = approval.opened;
  const { items } = await store.list({ status: 'pending', agent, limit: LOOKED_AT });
  const near = items.filter(
    ({ id: other, opened }) =>
      other !== id && opened.upstream === upstream && opened.method === method && opened.rules.join() === rules.join(),
  );
  const waits = approval.status === 'pending';
  const now = await store.now();
  const shown = await shownOf(deps, id, waits ? [approval, ...near] : [approval], now);
  // Its call cannot be read: nothing is like it as far as anybody can say.
  if (shown.view.id !== id) return alone(approvalView(approval, now), null);
  return { ...shown, others: shown.others.filter(({ differs }) => differs !== null).slice(0, MOST_SIMILAR - 1) };
}
