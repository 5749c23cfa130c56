// What an approver is told beside the call: flags with their evidence, what would change, what the agent did before. INVARIANT: evidence,
// values and calls are text of others: behind the bar, made visible.
import type { ApprovalView, PreviewView } from '../../core/approval/view.ts';
import { shortenedText, visibleText } from '../../core/visible-text.ts';
import { barred, clockTime, INDENT, labelled, type Style, wrapWords } from './layout.ts';

const MAX_EVIDENCE = 400;
const MAX_VALUE = 300;
const MAX_ACTIONS = 6;
/** Of the agent's history, unless all of it is asked for. */
const FEW = 3;

/** What the call does, by the API's own names; nothing where it is known by its method and path alone. */
export function actionLines({ actions }: ApprovalView, full: boolean, columns: number): string[] {
  const named = actions.filter(({ provider }) => provider !== 'http');
  if (named.length === 0) return [];
  const shown = full ? named : named.slice(0, MAX_ACTIONS);
  const lines = shown.flatMap(({ name, resource, tags, confidence }) => {
    const on = resource.arn ?? resource.id;
    const doubt = confidence === 'exact' ? [] : [confidence];
    const words = [...doubt, ...tags].join(', ');
    const what = `${name}${on === undefined ? '' : ` on ${on}`}`;
    return barred(`${shortenedText(what, MAX_VALUE)}${words === '' ? '' : ` (${visibleText(words)})`}`, columns);
  });
  if (named.length > shown.length) lines.push(`and ${named.length - shown.length} more`);
  return labelled('does', lines);
}

/** Worst first; nothing where there are none. */
export function flagLines({ flags }: ApprovalView, style: Style, columns: number): string[] {
  if (flags.length === 0) return [];
  const lines = flags.flatMap(({ id, severity, title, evidence }) => [
    `${style.risk(severity, severity.toUpperCase())} ${visibleText(title)} (${visibleText(id)})`,
    ...barred(shortenedText(evidence, MAX_EVIDENCE), columns),
  ]);
  return labelled('flags', lines);
}

/** What would change, as the upstream itself said. */
export function previewLines({ context }: ApprovalView, columns: number): string[] {
  if (!context) return [];
  const { preview } = context;
  const lines = wrapWords(visibleText(preview.note), columns - INDENT);
  for (const { name, value } of preview.facts) {
    lines.push(...barred(`${visibleText(name)}: ${shortenedText(value, MAX_VALUE)}`, columns));
  }
  for (const change of preview.changes) lines.push(...barred(changeText(change), columns));
  if (preview.cut) lines.push('(more would change than is listed here)');
  return labelled('preview', lines);
}

function changeText({ path, before, after }: PreviewView['changes'][number]): string {
  const show = (value: string | null): string => (value === null ? '(nothing)' : shortenedText(value, MAX_VALUE));
  return `${shortenedText(path, MAX_VALUE) || '(all)'}: ${show(before)} → ${show(after)}`;
}

/** What the agent did lately, and how much it is waiting for. */
export function historyLines({ context }: ApprovalView, full: boolean, columns: number): string[] {
  if (!context) return [];
  const { open_approvals: open, earlier_approvals: earlier, recent_calls: recent } = context;
  const others = open <= 1 ? 'no other approval open' : `${open - 1} other approval${open === 2 ? '' : 's'} open`;
  const lines = [`${others}; ${earlier.length === 0 ? 'none before this one' : 'before this one:'}`];
  const shown = full ? Number.POSITIVE_INFINITY : FEW;
  for (const { at, status, summary } of earlier.slice(0, shown)) {
    lines.push(...barred(`${clockTime(at)} ${status}: ${visibleText(summary)}`, columns));
  }
  if (recent.length > 0) lines.push('its last calls:');
  for (const { at, effect, status, call } of recent.slice(0, shown)) {
    lines.push(
      ...barred(`${clockTime(at)} ${effect} ${status === 0 ? '(hung up)' : status}: ${visibleText(call)}`, columns),
    );
  }
  return labelled('agent', lines);
}

/** What can be granted with an approval, or what was. */
export function grantLines({ grant_offer: offer, granted_by: granted }: ApprovalView, columns: number): string[] {
  const width = columns - INDENT;
  if (granted) {
    const by = granted.people.map((each) => each.by).join(', ');
    const use = `use ${granted.use} of ${granted.grant}, given by ${by} with ${granted.approval_id}`;
    return labelled('granted', [...wrapWords(visibleText(use), width), ...barred(visibleText(granted.words), columns)]);
  }
  if (!offer) return [];
  return labelled('offers', [
    'with --grant an approval lets calls like this through:',
    ...barred(visibleText(offer.words), columns),
  ]);
}
