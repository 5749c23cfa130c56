// `grants list` and `grants revoke`. INVARIANT: names in a grant are text of the agent: made visible before they are printed.
import { visibleJson, visibleText } from '../../core/visible-text.ts';
import { connect, fail, isId, stop } from '../approvals/command.ts';
import type { ConnectionOptions } from '../approvals/connection.ts';
import { clockTime, wrapWords } from '../approvals/layout.ts';
import type { Terminal } from '../approvals/terminal.ts';

/** As far as it is printed; docs/api.md has all of it. */
interface Grant {
  readonly id: string;
  readonly status: string;
  readonly words: string;
  readonly approval_id: string;
  readonly people: readonly { readonly by: string }[];
  readonly until: string;
  readonly uses: number;
  readonly used: number;
  readonly revoked: { readonly by: string; readonly at: string; readonly why: string } | null;
}

export interface ListGrantsOptions extends ConnectionOptions {
  readonly all?: boolean;
  readonly json?: boolean;
}

function grantText(
  { id, status, words, people, until, uses, used, revoked, approval_id: source }: Grant,
  columns: number,
): string {
  const by = visibleText(people.map((each) => each.by).join(', '));
  const ended = revoked
    ? ` by ${visibleText(revoked.by)} at ${clockTime(revoked.at)}: ${visibleText(revoked.why)}`
    : '';
  return [
    ...wrapWords(visibleText(words), columns),
    `    ${visibleText(status)}${ended} · ${used} of ${uses} used · until ${clockTime(until)}`,
    `    given by ${by} with ${visibleText(source)}`,
    `    ${visibleText(id)}`,
    '',
  ].join('\n');
}

export async function listGrants(terminal: Terminal, options: ListGrantsOptions): Promise<void> {
  const result = await connect(terminal, options)?.get<{ readonly items: readonly Grant[] }>('/api/v1/grants');
  if (!result) return;
  if (!result.ok) return fail(terminal, result.failure);
  const items = result.value.items.filter(({ status }) => options.all === true || status === 'standing');
  if (options.json) return terminal.out(`${visibleJson({ items })}\n`);
  if (items.length === 0) return terminal.out(options.all === true ? 'No grants.\n' : 'No grant stands.\n');
  terminal.out(items.map((grant) => grantText(grant, terminal.columns)).join('\n'));
}

export async function revokeGrant(
  terminal: Terminal,
  id: string,
  options: ConnectionOptions & { readonly json?: boolean },
): Promise<void> {
  if (!isId(id)) return stop(terminal, 'usage', 'that is not the id of a grant');
  const result = await connect(terminal, options)?.post<Grant>(`/api/v1/grants/${id}/revoke`, undefined);
  if (!result) return;
  if (!result.ok) return fail(terminal, result.failure);
  if (options.json) return terminal.out(`${visibleJson(result.value)}\n`);
  terminal.out(grantText(result.value, terminal.columns));
}
