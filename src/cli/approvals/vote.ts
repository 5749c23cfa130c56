// `approvals approve`, `approvals deny` and `approvals annotate`.
// INVARIANT: a vote carries the digest of the call that was shown in whole; nobody approves what was cut off.
import type { ApprovalView } from '../../core/approval/view.ts';
import type { ApiClient } from '../api-client.ts';
import { parseDuration } from '../../core/duration.ts';
import { visibleText } from '../../core/visible-text.ts';
import { connect, fail, isId, rendering, stop } from './command.ts';
import type { ConnectionOptions } from './connection.ts';
import { type ApprovalDetail, quorumWords, renderApproval, stateWords } from './render-approval.ts';
import { findSimilar, type SimilarApprovals, similarText, voteOnEach } from './similar.ts';
import type { Terminal } from './terminal.ts';

export interface ApproveOptions extends ConnectionOptions {
  readonly reason?: string;
  /** A duration, or `all`. */
  readonly grant?: string;
  readonly yes?: boolean;
  /** Digest that the voter has seen elsewhere, `show` for instance. */
  readonly digest?: string;
  readonly full?: boolean;
  /** Those that are like it too. */
  readonly similar?: boolean;
}

export interface DenyOptions extends ConnectionOptions {
  readonly reason: string;
  readonly similar?: boolean;
}

export interface AnnotateOptions extends ConnectionOptions {
  readonly outcome: string;
  readonly note: string;
}

async function send(terminal: Terminal, client: ApiClient, path: string, body: unknown): Promise<boolean> {
  const result = await client.post<ApprovalView>(path, body);
  if (!result.ok) {
    fail(terminal, result.failure);
    return false;
  }
  const view = result.value;
  const missing = view.status === 'pending' ? ` (${quorumWords(view)})` : '';
  terminal.out(`Recorded: ${stateWords(view)}${missing}\n`);
  return true;
}

/** Votes on the approval that was presented, and then on those like it. */
async function sendAll(
  terminal: Terminal,
  client: ApiClient,
  { id, digest }: ApprovalDetail,
  others: SimilarApprovals['similar'],
  vote: { readonly vote: 'approve' | 'deny'; readonly reason?: string; readonly grant?: string | true },
): Promise<void> {
  if (!(await send(terminal, client, `/api/v1/approvals/${id}/votes`, { ...vote, digest }))) return;
  if (others.length === 0) return;
  const { recorded, failures } = await voteOnEach(client, others, vote);
  terminal.out(`Recorded for ${recorded} of ${others.length} similar calls\n`);
  const [first] = failures;
  if (first) fail(terminal, first);
}

/** What is like it, printed; undefined where it could not be read, which was said. */
async function presentSimilar(
  terminal: Terminal,
  client: ApiClient,
  id: string,
  wanted: boolean | undefined,
): Promise<SimilarApprovals['similar'] | undefined> {
  if (wanted !== true) return [];
  const found = await findSimilar(client, id);
  if (!found.ok) {
    fail(terminal, found.failure);
    return undefined;
  }
  terminal.out(`${similarText(found.others)}\n`);
  return found.others;
}

/** Shows the approval; undefined if there is nothing to vote on, which was said. */
async function present(
  terminal: Terminal,
  client: ApiClient,
  id: string,
  full: boolean,
): Promise<{ detail: ApprovalDetail; cut: boolean } | undefined> {
  const result = await client.get<ApprovalDetail>(`/api/v1/approvals/${id}?body=${full ? 'full' : 'head'}`);
  if (!result.ok) {
    fail(terminal, result.failure);
    return undefined;
  }
  const { text, cut } = renderApproval(result.value, { ...rendering(terminal), full });
  terminal.out(`${text}\n`);
  return { detail: result.value, cut };
}

export async function approve(terminal: Terminal, id: string, options: ApproveOptions): Promise<void> {
  if (!isId(id)) return stop(terminal, 'usage', 'that is not the id of an approval');
  const { grant } = options;
  if (grant !== undefined && grant !== 'all' && (parseDuration(grant) ?? 0) === 0) {
    return stop(terminal, 'usage', '--grant takes a time like 1h or 30m, or all');
  }
  if (options.yes !== true && options.digest === undefined && !terminal.ask) {
    const message =
      'nobody sits at this terminal to be asked: give --yes, or --digest with the digest that you looked at';
    return stop(terminal, 'usage', message);
  }
  if (options.similar === true && options.digest !== undefined)
    return stop(terminal, 'usage', '--digest names one call: --similar cannot be given with it');
  if (options.similar === true && options.yes === true)
    return stop(
      terminal,
      'usage',
      '--similar shows calls that you have not named, and asks: --yes cannot be given with it',
    );
  if (options.similar === true && options.grant !== undefined)
    return stop(terminal, 'usage', 'a grant is made with one call: --similar cannot be given with it');
  const client = connect(terminal, options);
  if (!client) return;
  const presented = await present(terminal, client, id, options.full ?? false);
  if (!presented) return;
  const others = await presentSimilar(terminal, client, id, options.similar);
  if (!others) return;
  const { detail, cut } = presented;
  if (grant !== undefined && detail.grant_offer === null) {
    const message =
      'nothing can be granted ahead with this call. Nothing was voted; to approve this call alone, leave --grant out';
    return stop(terminal, 'negative', message);
  }
  if (options.digest !== undefined) {
    if (options.digest !== detail.digest) {
      return stop(
        terminal,
        'negative',
        'this is not the call that you looked at: the digest differs. Nothing was voted.',
      );
    }
  } else if (cut) {
    const message = `parts of this call were not shown, so it cannot be approved from this view. Look at all of it with: holdgate approvals approve ${id} --full`;
    return stop(terminal, 'negative', message);
  } else if (options.yes !== true && terminal.ask) {
    if (!detail.can_vote.votes.includes('approve')) {
      return stop(terminal, 'noPermission', detail.can_vote.why ?? 'you cannot approve this');
    }
    const answer = await terminal.ask(question(detail, grant, others.length));
    if (!/^y(es)?$/i.test(answer.trim())) return stop(terminal, 'negative', 'not approved; nothing was voted');
  }
  const reason = options.reason === undefined ? {} : { reason: options.reason };
  await sendAll(terminal, client, detail, others, {
    vote: 'approve',
    ...reason,
    ...(grant !== undefined && { grant: grant === 'all' ? true : grant }),
  });
}

function question({ grant_offer: offer }: ApprovalDetail, grant: string | undefined, others: number): string {
  if (others > 0) return `Approve exactly these ${others + 1} calls? [y/N] `;
  if (grant === undefined || !offer) return 'Approve exactly this call? [y/N] ';
  const time = grant === 'all' ? '' : ` (you: for ${grant} at most)`;
  return `Approve this call, and grant: ${visibleText(offer.words)}${time}? [y/N] `;
}

/** Denies without a question: a no does nothing that could not be asked for again. */
export async function deny(terminal: Terminal, id: string, options: DenyOptions): Promise<void> {
  if (!isId(id)) return stop(terminal, 'usage', 'that is not the id of an approval');
  const client = connect(terminal, options);
  if (!client) return;
  const presented = await present(terminal, client, id, false);
  if (!presented) return;
  const others = await presentSimilar(terminal, client, id, options.similar);
  if (!others) return;
  await sendAll(terminal, client, presented.detail, others, { vote: 'deny', reason: options.reason });
}

/** Records what a send with an unknown outcome turned out to have done. */
export async function annotate(terminal: Terminal, id: string, options: AnnotateOptions): Promise<void> {
  if (!isId(id)) return stop(terminal, 'usage', 'that is not the id of an approval');
  if (options.outcome !== 'done' && options.outcome !== 'not_done') {
    return stop(terminal, 'usage', '--outcome takes done or not_done');
  }
  const client = connect(terminal, options);
  if (!client) return;
  await send(terminal, client, `/api/v1/approvals/${id}/annotation`, { outcome: options.outcome, note: options.note });
}
