// An approval as an Adaptive Card: the same that Slack says, with the buttons that fit its risk and, where it is known, who looks.
// INVARIANTS: if anything that matters was cut, there is no button that approves; the card fits into a message of Teams.
import { humanId, type Person } from '../../core/principal.ts';
import { covered, lookOfShown, type Shown } from '../../core/similar/shown.ts';
import { buttonValue } from '../card/button-value.ts';
import { Cutter } from '../card/cutter.ts';
import { type Offered, offeredHere } from '../card/grant-offer.ts';
import { concerns } from '../card/looked-at.ts';
import type { Part } from '../card/part.ts';
import { tellAll } from '../card/parts.ts';
import { RISK_SIGNS, withinRisk } from '../card/risk.ts';
import { stateLineOf } from '../card/state-line.ts';
import { fullView, type MessageTerms } from '../card/terms.ts';
import { askReason, type Element, execute, facts, quoted, run, title, unfold } from './elements.ts';

export const APPROVE = 'approve';
export const DENY = 'deny';
export const GRANT = 'grant';
export const REFRESH = 'refresh';

/** What the value of a button is made for. */
export const purpose = (verb: string): string => `teams_${verb}`;

export interface CardFor {
  /** People for whom the card is made anew when they look. */
  readonly users: readonly string[];
  /** Who looks; undefined: everybody. */
  readonly person?: Person | undefined;
}

export interface TeamsCard {
  readonly card: Element;
  /** For notifications; our own words. */
  readonly summary: string;
  /** True if an approver does not see everything here. */
  readonly cut: boolean;
  /** True if somebody may approve by it. */
  readonly approvable: boolean;
}

/** Bytes of UTF-16 that a message may have: Teams takes about 100 KB, the rest is for its envelope.
 *  https://learn.microsoft.com/microsoftteams/platform/bots/how-to/format-your-bot-messages */
const MOST_BYTES = 80_000;
const SMALLER = [1, 0.5, 0.2] as const;
const MAX_REASON = 2000;

export function teamsCard(shown: Shown, terms: MessageTerms, whom: CardFor): TeamsCard {
  const made = SMALLER.map((share) => () => cardOf(shown, terms, whom, share));
  for (const make of made) {
    const one = make();
    if (JSON.stringify(one.card).length * 2 <= MOST_BYTES) return one;
  }
  return cardOf({ ...shown, body: null }, terms, whom, SMALLER.at(-1) ?? 1);
}

function cardOf(shown: Shown, terms: MessageTerms, { users, person }: CardFor, share: number): TeamsCard {
  const { view } = shown;
  const cutter = new Cutter(share);
  const told = tellAll(shown, cutter).flatMap(elementsOf);
  const { cut } = cutter;
  const approvable = !cut && withinRisk(view.risk, terms.approveUpTo);
  const open = covered(shown).length > 0;
  const hindrance = person && open ? hindranceOf(shown, person) : undefined;
  const seen = { approvalId: shown.id, look: lookOfShown(shown) };
  const value = (verb: string): string => buttonValue(terms.secrets, purpose(verb), seen);
  const offered = approvable ? offeredHere(shown) : undefined;
  const actions = open && hindrance === undefined ? buttons(approvable, offered, value) : [];
  const why = cut ? 'Not everything fits here' : `Of ${view.risk} risk`;
  const hint = `${why}: it is approved with your own credential, in the full view: ${fullView(view, terms.consoleUrl)}`;
  const card: Element = {
    type: 'AdaptiveCard',
    $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
    version: '1.5',
    msteams: { width: 'Full' },
    ...(users.length > 0 && { refresh: { action: execute('Refresh', REFRESH, value(REFRESH)), userIds: users } }),
    body: [
      ...told,
      facts([
        ['Risk', view.risk],
        ['Expires', `${view.expires_at.slice(0, 16).replace('T', ' ')} UTC`],
      ]),
      run(view.id),
      run(stateLineOf(shown).slice(0, 2000), { bold: true }),
      ...(open && !approvable ? [run(hint)] : []),
      ...(hindrance === undefined ? [] : [run(hindrance)]),
    ],
    ...(actions.length > 0 && { actions }),
  };
  return { card, summary: `${RISK_SIGNS[view.risk]} ${view.risk} risk: an approval`, cut, approvable };
}

function elementsOf(part: Part): readonly Element[] {
  switch (part.kind) {
    case 'heading':
      return [title(part.text)];
    case 'quoted':
      return quoted(part.label, part.text);
    case 'pairs':
      return quoted('Who and why', part.pairs.map(([name, value]) => `${name}: ${value}`).join('\n'));
    case 'note':
    case 'words':
      return [run(part.text)];
  }
}

/** Why this person has nothing to click; the core decides the same again at the vote. */
function hindranceOf(shown: Shown, person: Person): string | undefined {
  const { view } = shown;
  const mine = humanId(person.email);
  if ([view.owner, ...view.acts_for].some((each) => humanId(each) === mine))
    return 'It was started for you: somebody else has to decide.';
  if (covered(shown).every(({ votes }) => votes.some(({ by, vote }) => vote === 'approve' && humanId(by) === mine)))
    return 'You have approved this.';
  return concerns(view, person) ? undefined : 'You are not among those who decide this.';
}

function buttons(
  approvable: boolean,
  offered: Offered | undefined,
  value: (verb: string) => string,
): readonly Element[] {
  const deny = execute('Deny', DENY, value(DENY), { style: 'destructive' });
  return [
    ...(approvable ? [execute('Approve', APPROVE, value(APPROVE), { associatedInputs: 'none' })] : []),
    ...(offered
      ? [
          unfold(
            'Approve and grant…',
            quoted('You may grant this ahead; anybody can revoke it', offered.words),
            grantButton(offered, value),
          ),
        ]
      : []),
    askReason('Deny', deny, MAX_REASON),
  ];
}

const grantButton = ({ time }: Offered, value: (verb: string) => string): Element =>
  execute(`Approve, and grant it ${time}`, GRANT, value(GRANT), { associatedInputs: 'none' });
