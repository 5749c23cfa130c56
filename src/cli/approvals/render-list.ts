// Many approvals, two lines each: what matters first.
import type { ApprovalView } from '../../core/approval/view.ts';
import { durationText } from '../../core/duration.ts';
import { shortenedText, visibleText } from '../../core/visible-text.ts';
import { createStyle, duration } from './layout.ts';
import { quorumWords, type RenderOptions, stateWords } from './render-approval.ts';

const MAX_SUMMARY = 120;
const MAX_URL = 200;

/** The block of one approval in a list or a live view. */
export function renderSummary(view: ApprovalView, { colour }: RenderOptions): string {
  const style = createStyle(colour);
  const waiting = view.status === 'pending';
  const call = `${view.method} ${view.url}`;
  const state = waiting ? `${duration(view.time_left)} left · ${quorumWords(view)}` : stateWords(view);
  return [
    `${style.risk(view.risk, view.risk.toUpperCase().padEnd(8))}  ${style.bold(shortenedText(view.summary, MAX_SUMMARY))}`,
    // Without a recogniser's sentence the summary is the call itself.
    ...(view.summary === call ? [] : [`          ${shortenedText(call, MAX_URL)}`]),
    ...flagWords(view),
    ...grantWords(view),
    `          ${visibleText(view.agent)} · ${state}`,
    `          ${style.dim(visibleText(view.id))}`,
    '',
  ].join('\n');
}

/** What an approval can let through beyond it, or what let it through. */
function grantWords({ grant_offer: offer, granted_by: granted }: ApprovalView): string[] {
  if (granted) return [`          granted: use ${granted.use} of ${visibleText(granted.grant)}`];
  if (!offer) return [];
  return [`          offers a grant: ${offer.covers}, ${offer.uses} uses within ${durationText(offer.for)}`];
}

/** The serious ones by their names. */
function flagWords({ flags }: ApprovalView): string[] {
  const serious = flags.filter(({ severity }) => severity === 'critical' || severity === 'high');
  const names = [...new Set(serious.map(({ id, severity }) => (severity === 'critical' ? `${id} (critical)` : id)))];
  return names.length === 0 ? [] : [`          flags: ${visibleText(names.join(', '))}`];
}

/** A page of approvals; `more` says that there is another page. */
export function renderList(
  items: readonly ApprovalView[],
  options: RenderOptions & { readonly status: string; readonly more: boolean },
): string {
  const which = options.status === '' ? '' : ` ${options.status}`;
  if (items.length === 0) return `No${which} approvals.\n`;
  const count = `${items.length}${options.more ? ' or more' : ''}${which} approval${items.length === 1 ? '' : 's'}`;
  return `${count}\n\n${items.map((view) => renderSummary(view, options)).join('\n')}`;
}
