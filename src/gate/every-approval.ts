// All approvals of one status, page by page: for the looks at start, where none may be passed over.
import type { Approval, Status } from '../core/approval/state.ts';
import type { GateDeps } from './deps.ts';

/** What the store lists at most at once. */
const PAGE = 200;

/** Rejects with StoreUnavailable. */
export async function everyApproval(
  { store }: Pick<GateDeps, 'store'>,
  status: Status,
  agent?: string,
): Promise<Approval[]> {
  const found: Approval[] = [];
  let cursor: string | undefined;
  do {
    const of = { status, ...(agent !== undefined && { agent }) };
    const page = await store.list({ ...of, limit: PAGE, ...(cursor !== undefined && { cursor }) });
    found.push(...page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}
