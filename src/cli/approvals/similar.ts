// Voting on similar calls at once: what differs is printed in whole, and each approval gets a vote of its own with its own digest.
import type { ApprovalView } from '../../core/approval/view.ts';
import type { NamedValue } from '../../core/similar/template.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { ApiClient, ApiFailure } from '../api-client.ts';

/** What the API answers. */
export interface SimilarApprovals {
  readonly approval: ApprovalView;
  readonly similar: readonly { readonly approval: ApprovalView; readonly differs: readonly NamedValue[] }[];
}

export type Found =
  | { readonly ok: true; readonly others: SimilarApprovals['similar'] }
  | { readonly ok: false; readonly failure: ApiFailure };

export async function findSimilar(client: ApiClient, id: string): Promise<Found> {
  const result = await client.get<SimilarApprovals>(`/api/v1/approvals/${id}/similar`);
  return result.ok ? { ok: true, others: result.value.similar } : result;
}

/** Every difference, uncut; empty for none. */
export function similarText(others: SimilarApprovals['similar']): string {
  if (others.length === 0) return '';
  const lines = others.flatMap(({ approval, differs }) => [
    `  ${approval.id}  ${visibleText(approval.summary)}`,
    ...differs.map(
      ({ place, value }) => `      ${visibleText(place)}: ${value === '' ? '⟦empty⟧' : visibleText(value)}`,
    ),
  ]);
  return `\nAlike but for what stands here (${others.length} more):\n${lines.join('\n')}\n`;
}

/** One vote each, in turn; what each came to, as a line. */
export async function voteOnEach(
  client: ApiClient,
  others: SimilarApprovals['similar'],
  vote: { readonly vote: 'approve' | 'deny'; readonly reason?: string },
): Promise<{ readonly recorded: number; readonly failures: readonly ApiFailure[] }> {
  const failures: ApiFailure[] = [];
  for (const { approval } of others) {
    const body = { ...vote, digest: approval.digest };
    const result = await client.post<ApprovalView>(`/api/v1/approvals/${approval.id}/votes`, body);
    if (!result.ok) failures.push(result.failure);
  }
  return { recorded: others.length - failures.length, failures };
}
