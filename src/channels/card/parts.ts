// What every message about an approval says, in what order and how much of it; how that looks is each channel's own.
// INVARIANT: whatever an agent or an upstream wrote is `quoted` or a value of `pairs`, made visible; what was left out is known to the cutter.
import type { ApprovalView } from '../../core/approval/view.ts';
import type { BodyText, Shown } from '../../core/similar/shown.ts';
import { visibleText } from '../../core/visible-text.ts';
import { Cutter } from './cutter.ts';
import { listOthers } from './others.ts';
import { heading, note, pairs, type Part, quoted, words } from './part.ts';
import { RISK_SIGNS } from './risk.ts';

const MOST_FLAGS = 6;
const MOST_ACTIONS = 8;
const MOST_CHANGES = 12;

/** Everything but where it stands, which changes most. */
export function tellAll(shown: Shown, cutter: Cutter): readonly Part[] {
  const { view, body } = shown;
  return [
    ...headline(shown, cutter),
    ...details(view, cutter),
    ...bodyParts(body, cutter),
    ...listOthers(shown, cutter),
  ];
}

function headline(shown: Shown, cutter: Cutter): Part[] {
  const { view, others } = shown;
  const { agent, owner, acts_for: actsFor, upstream, risk } = view;
  const many = others.length > 0 ? ` · ${others.length + 1} similar calls` : '';
  const behind = [owner, ...actsFor].join(', ');
  return [
    heading(`${RISK_SIGNS[risk]} ${risk.toUpperCase()} RISK${many} · ${statusWords(shown)}`),
    quoted('What it does', cutter.fit(view.summary, 900)),
    pairs([
      ['Agent', cutter.fit(agent, 200)],
      ['For', cutter.fit(behind, 400)],
      ['On', cutter.fit(upstream, 200)],
      ['Why held', cutter.fit(`${view.rules.join(', ') || 'default'}: ${view.detail}`, 600)],
    ]),
  ];
}

/** Of all of them: what became of one is not what became of the others. */
function statusWords({ view, others }: Shown): string {
  if (view.status === 'pending') return 'approval needed';
  return others.every((each) => each.view.status === view.status) ? view.status.replaceAll('_', ' ') : 'decided';
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
