// `approvals list` and `approvals show`.
import type { ApprovalView } from '../../core/approval/view.ts';
import { visibleJson } from '../../core/visible-text.ts';
import { connect, fail, isId, rendering, stop } from './command.ts';
import type { ConnectionOptions } from './connection.ts';
import { type ApprovalDetail, renderApproval } from './render-approval.ts';
import { renderList } from './render-list.ts';
import type { Terminal } from './terminal.ts';

interface Page {
  readonly items: readonly ApprovalView[];
  readonly next: string | null;
}

export interface ListOptions extends ConnectionOptions {
  readonly status: string;
  readonly agent?: string;
  readonly limit?: string;
  readonly cursor?: string;
  readonly json?: boolean;
}

export async function listApprovals(terminal: Terminal, options: ListOptions): Promise<void> {
  const client = connect(terminal, options);
  if (!client) return;
  const query = new URLSearchParams();
  if (options.status !== 'all') query.set('status', options.status);
  for (const name of ['agent', 'limit', 'cursor'] as const) {
    const value = options[name];
    if (value !== undefined) query.set(name, value);
  }
  const result = await client.get<Page>(`/api/v1/approvals?${query.toString()}`);
  if (!result.ok) {
    // What the console finds wrong with the query is what is wrong with the options.
    const { failure } = result;
    return failure.kind === 'refused' && failure.status === 400
      ? stop(terminal, 'usage', failure.detail)
      : fail(terminal, failure);
  }
  if (options.json) return terminal.out(`${visibleJson(result.value)}\n`);
  const { items, next } = result.value;
  const status = options.status === 'all' ? '' : options.status;
  terminal.out(renderList(items, { ...rendering(terminal), status, more: next !== null }));
  if (next !== null) terminal.err(`There are more: add --cursor ${next}`);
}

export interface ShowOptions extends ConnectionOptions {
  readonly full?: boolean;
  readonly json?: boolean;
}

export async function showApproval(terminal: Terminal, id: string, options: ShowOptions): Promise<void> {
  if (!isId(id)) return stop(terminal, 'usage', 'that is not the id of an approval');
  const client = connect(terminal, options);
  if (!client) return;
  const full = options.full ?? false;
  const result = await client.get<ApprovalDetail>(`/api/v1/approvals/${id}?body=${full ? 'full' : 'head'}`);
  if (!result.ok) return fail(terminal, result.failure);
  if (options.json) return terminal.out(`${visibleJson(result.value)}\n`);
  const { text, cut } = renderApproval(result.value, { ...rendering(terminal), full });
  terminal.out(text);
  if (cut) terminal.err(`Parts of this call are not shown. All of it: holdgate approvals show ${id} --full`);
  else {
    const { votes } = result.value.can_vote;
    const commands = [
      ...(votes.includes('approve') ? [`  holdgate approvals approve ${id}\n`] : []),
      ...(votes.includes('deny') ? [`  holdgate approvals deny ${id} --reason "…"\n`] : []),
    ];
    if (commands.length > 0) terminal.out(`\n${commands.join('')}`);
  }
}
