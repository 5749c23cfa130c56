// What every message about an approval says, in what order and how much of it; how that looks is each channel's own.
// INVARIANT: whatever an agent or an upstream wrote is `quoted` or a value of `pairs`, made visible; what was left out is known to the cutter.
import type { ApprovalView } from '../../core/approval/view.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { BodyText } from '../../ports/channel.ts';
import { Cutter } from './cutter.ts';
import { RISK_SIGNS } from './risk.ts';

export type Part =
  /** Our own words. */
  | { readonly kind: 'heading' | 'words' | 'note'; readonly text: string }
  /** Theirs: shown as it is, without link, mention or markup. */
  | { readonly kind: 'quoted'; readonly label: string; readonly text: string }
  /** At most ten, each a name of ours and a value of theirs. */
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [name: string, value: string])[] };

const MOST_FLAGS = 6;
const MOST_ACTIONS = 8;
const MOST_CHANGES = 12;

const heading = (text: string): Part => ({ kind: 'heading', text });
const words = (text: string): Part => ({ kind: 'words', text });
const note = (text: string): Part => ({ kind: 'note', text });
const quoted = (label: string, text: string): Part => ({ kind: 'quoted', label, text });
const pairs = (all: readonly (readonly [name: string, value: string])[]): Part => ({ kind: 'pairs', pairs: all });

/** Everything but where it stands, which changes most. `body`: of the call; null where there is none, or where it is no longer kept. */
export function tellAll(view: ApprovalView, body: BodyText | null, cutter: Cutter): readonly Part[] {
  return [...headline(view, cutter), ...details(view, cutter), ...bodyParts(body, cutter)];
}

function headline(view: ApprovalView, cutter: Cutter): Part[] {
  const { agent, owner, acts_for: actsFor, upstream, risk } = view;
  const behind = [owner, ...actsFor].join(', ');
  return [
    heading(
      `${RISK_SIGNS[risk]} ${risk.toUpperCase()} RISK · ${view.status === 'pending' ? 'approval needed' : view.status.replaceAll('_', ' ')}`,
    ),
    quoted('What it does', cutter.fit(view.summary, 900)),
    pairs([
      ['Agent', cutter.fit(agent, 200)],
      ['For', cutter.fit(behind, 400)],
      ['On', cutter.fit(upstream, 200)],
      ['Why held', cutter.fit(`${view.rules.join(', ') || 'default'}: ${view.detail}`, 600)],
    ]),
  ];
}

function details(view: ApprovalView, cutter: Cutter): Part[] {
  const { flags, actions, context, justification } = view;
  const parts: Part[] = [];
  for (const { severity, title, evidence } of flags.slice(0, MOST_FLAGS))
    parts.push(quoted(`⚑ ${severity}: ${visibleText(title)}`.slice(0, 250), cutter.fit(evidence, 300)));
  if (flags.length > MOST_FLAGS) {
    cutter.leave();
    parts.push(note(`and ${flags.length - MOST_FLAGS} more flags`));
  }
  if (actions.length > 1) {
    const lines = actions.slice(0, MOST_ACTIONS).map(({ name, summary }) => `${name}: ${summary}`);
    if (actions.length > MOST_ACTIONS) {
      cutter.leave();
      lines.push(`and ${actions.length - MOST_ACTIONS} more`);
    }
    parts.push(quoted('All that it does', cutter.fit(lines.join('\n'), 2000, true)));
  }
  parts.push(quoted('The call', cutter.fit(`${view.method} ${view.url}`, 1500)));
  const changes = context?.preview.changes ?? [];
  if (changes.length > 0) parts.push(quoted('What would change', changeLines(changes, cutter)));
  // The agent's plea is not what is approved: cutting it hides nothing that happens.
  if (justification !== null)
    parts.push(quoted("The agent's words (nobody checked them)", new Cutter().fit(justification, 800, true)));
  if (view.uninspected !== null) parts.push(words(`⚠️ Policy could not read the body (${view.uninspected}).`));
  return parts;
}

function bodyParts(body: BodyText | null, cutter: Cutter): Part[] {
  if (!body) return [];
  const label = `Body (${body.size} bytes)`;
  if (body.text !== null && !body.truncated) return [quoted(label, cutter.fit(body.text, 2400, true))];
  cutter.leave();
  return [note(`${label}: ${body.text === null ? 'no text' : 'too long'} to be shown here`)];
}

type Change = NonNullable<ApprovalView['context']>['preview']['changes'][number];

function changeLines(changes: readonly Change[], cutter: Cutter): string {
  const lines = changes
    .slice(0, MOST_CHANGES)
    .map(({ path, before, after }) => `${path}: ${before ?? '–'} → ${after ?? '–'}`);
  // The preview helps, the call decides: what is left out of it stands in the call.
  if (changes.length > MOST_CHANGES) lines.push(`and ${changes.length - MOST_CHANGES} more`);
  return cutter.fit(lines.join('\n'), 2000, true);
}
