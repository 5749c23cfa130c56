// From a click to a vote. Never rejects, and answers whoever clicked in every case: with the rewritten message, or with why not.
import { type ApprovalView, approvalView } from '../../core/approval/view.ts';
import type { Vote } from '../../core/approval/events.ts';
import type { Shown } from '../../core/similar/shown.ts';
import type { Votes } from '../../ports/votes.ts';
import { readButtonValue } from '../card/button-value.ts';
import { concerns, current, FOREIGN, STALE } from '../card/looked-at.ts';
import { offeredHere } from '../card/grant-offer.ts';
import { type Choice, voteOn } from '../card/vote-on.ts';
import { Cutter } from '../card/cutter.ts';
import { stateLine } from '../card/state-line.ts';
import { escaped, plain, preformatted, words } from './blocks.ts';
import type { Identities } from './identity.ts';
import type { Actor, Interaction } from './interaction.ts';
import type { MessageTerms } from '../card/terms.ts';
import { APPROVE, DENY, REVIEW, slackMessage } from './message.ts';
import { denyModal, reviewModal, SUBMIT_APPROVE, SUBMIT_DENY } from './modals.ts';
import type { SlackApi } from './slack-api.ts';

export interface RespondDeps {
  readonly api: SlackApi;
  readonly votes: Votes;
  readonly identities: Identities;
  readonly terms: MessageTerms;
  /** Somebody opened the whole of it. */
  readonly onReview?: (view: ApprovalView) => void;
}

type Click = Extract<Interaction, { kind: 'button' }>;
type Submission = Extract<Interaction, { kind: 'submission' }>;

const HOME_ROWS = 20;

export interface Responder {
  respond(interaction: Interaction): Promise<void>;
}

export function createResponder(deps: RespondDeps): Responder {
  const { api, votes, identities, terms } = deps;

  async function clicked(click: Click): Promise<void> {
    const tell = (text: string): Promise<unknown> => whisper(api, click.actor, click.channelId, text);
    const value = readButtonValue(terms.secrets, click.actionId, click.value);
    if (!value) return void (await tell(FOREIGN));
    const found = await current(votes, value);
    if (typeof found === 'string') return void (await tell(found));
    // A dialog opens only within three seconds of the click: who it is for is checked when it is submitted.
    if (click.actionId === REVIEW || click.actionId === DENY) {
      const dialog = click.actionId === DENY ? denyModal(found, terms) : review(found, terms);
      const opened = await api.openView(click.triggerId, dialog);
      if (opened.ok && click.actionId === REVIEW) deps.onReview?.(found.view);
      if (!opened.ok) await tell(`The dialog could not be opened (${opened.why}). Try again.`);
      return;
    }
    if (click.actionId !== APPROVE) return void (await tell(FOREIGN));
    if (!slackMessage(found, terms).approvable) return void (await tell(STALE));
    await vote(deps, click.actor, found, { vote: 'approve', reason: undefined }, tell);
  }

  async function submitted({ actor, callbackId, metadata, reason, grant }: Submission): Promise<void> {
    const tell = (text: string): Promise<unknown> => whisper(api, actor, undefined, text);
    const value = readButtonValue(terms.secrets, callbackId, metadata);
    if (!value || (callbackId !== SUBMIT_APPROVE && callbackId !== SUBMIT_DENY)) return void (await tell(FOREIGN));
    const found = await current(votes, value);
    if (typeof found === 'string') return void (await tell(found));
    const choice: Vote = callbackId === SUBMIT_DENY ? 'deny' : 'approve';
    if (choice === 'approve' && !slackMessage(found, terms).approvable) return void (await tell(STALE));
    const granted = choice === 'approve' && grant;
    // Ticked in a dialog that offered it: what is no longer offered is not voted for without it.
    if (granted && !offeredHere(found)) return void (await tell(STALE));
    await vote(deps, actor, found, { vote: choice, reason, ...(granted && { grant: true as const }) }, tell);
  }

  return {
    async respond(interaction) {
      if (interaction.kind === 'button') return clicked(interaction);
      if (interaction.kind === 'submission') return submitted(interaction);
      const who = await identities.of(interaction.actor, false);
      const { items } = await votes.list({ status: 'pending', limit: HOME_ROWS }).catch(() => ({ items: [] }));
      const now = await votes.now().catch(() => 0);
      const mine = who.ok
        ? items.map((each) => approvalView(each, now)).filter((view) => concerns(view, who.person))
        : [];
      await api.publishHome(interaction.actor.userId, homeView(who.ok ? undefined : who.why, mine));
    },
  };
}

const review = (shown: Shown, terms: MessageTerms): Readonly<Record<string, unknown>> =>
  reviewModal(shown, slackMessage(shown, terms), terms);

async function vote(
  { votes, identities }: RespondDeps,
  actor: Actor,
  shown: Shown,
  choice: Pick<Choice, 'vote' | 'reason' | 'grant'>,
  tell: (text: string) => Promise<unknown>,
): Promise<void> {
  const { risk } = shown.view;
  const who = await identities.of(actor, risk === 'high' || risk === 'critical');
  if (!who.ok) return void (await tell(who.why));
  const why = await voteOn(votes, shown, { ...choice, person: who.person, channel: 'slack' });
  if (why !== undefined) await tell(why);
}

/** Where the click was made if that is a channel, else to the person. */
async function whisper(api: SlackApi, { userId }: Actor, channel: string | undefined, text: string): Promise<unknown> {
  const said = channel === undefined ? undefined : await api.whisper(channel, userId, escaped(text));
  return said?.ok === true ? said : api.post(userId, { text: escaped(text) });
}

function homeView(why: string | undefined, mine: readonly ApprovalView[]): Readonly<Record<string, unknown>> {
  const rows = mine.flatMap((view) => [
    preformatted(`${view.risk} risk · ${new Cutter().fit(view.agent, 100)}`, new Cutter().fit(view.summary, 500)),
    words(stateLine(view)),
  ]);
  const nothing = why ?? 'Nothing waits for you.';
  return {
    type: 'home',
    blocks: [
      { type: 'header', text: plain('My pending approvals') },
      ...(rows.length > 0 ? rows.slice(0, 90) : [words(nothing)]),
    ],
  };
}
