// What Slack says that somebody did, read strictly: whatever has not exactly the expected form is nothing.
// https://docs.slack.dev/reference/interaction-payloads
import { z } from 'zod';
import { submittedGrant, submittedReason } from './modals.ts';

/** Who did it, as the payload says; looked up again before anything counts. */
export interface Actor {
  readonly userId: string;
  readonly teamId: string;
}

export type Interaction =
  | {
      readonly kind: 'button';
      readonly actor: Actor;
      readonly actionId: string;
      readonly value: string;
      /** Opens a dialog, once, within 3 s. */
      readonly triggerId: string;
      /** Where answers for this one person go; absent in the home tab. */
      readonly channelId: string | undefined;
    }
  | {
      readonly kind: 'submission';
      readonly actor: Actor;
      readonly callbackId: string;
      readonly metadata: string;
      readonly reason: string | undefined;
      /** What the dialog offered to grant ahead was ticked. */
      readonly grant: boolean;
    }
  | { readonly kind: 'home'; readonly actor: Actor };

const id = z.string().regex(/^[A-Z0-9]{2,20}$/);
const user = z.object({ id, team_id: id.optional() });
const team = z.object({ id });

const blockActions = z.object({
  type: z.literal('block_actions'),
  user,
  team,
  trigger_id: z.string().min(1).max(200),
  channel: z.object({ id }).optional(),
  actions: z.array(z.object({ action_id: z.string().max(255), value: z.string().max(2000) })).length(1),
});

const submission = z.object({
  type: z.literal('view_submission'),
  user,
  team,
  view: z.object({
    callback_id: z.string().max(255),
    private_metadata: z.string().max(3000),
    state: z.unknown(),
  }),
});

const homeOpened = z.object({
  type: z.literal('event_callback'),
  team_id: id,
  event: z.object({ type: z.literal('app_home_opened'), user: id, tab: z.literal('home') }),
});

/** The person's own team where the payload names it: in shared channels it is another one than that of the channel. */
const actorOf = (data: { user: z.infer<typeof user>; team: z.infer<typeof team> }): Actor => ({
  userId: data.user.id,
  teamId: data.user.team_id ?? data.team.id,
});

export function readInteraction(payload: unknown): Interaction | undefined {
  const click = blockActions.safeParse(payload);
  if (click.success) {
    const { trigger_id: triggerId, channel, actions } = click.data;
    const [action] = actions;
    if (!action) return undefined;
    const { action_id: actionId, value } = action;
    return { kind: 'button', actor: actorOf(click.data), actionId, value, triggerId, channelId: channel?.id };
  }
  const sent = submission.safeParse(payload);
  if (sent.success) {
    const { callback_id: callbackId, private_metadata: metadata, state } = sent.data.view;
    const said = { reason: submittedReason(state), grant: submittedGrant(state) };
    return { kind: 'submission', actor: actorOf(sent.data), callbackId, metadata, ...said };
  }
  const home = homeOpened.safeParse(payload);
  if (!home.success) return undefined;
  return { kind: 'home', actor: { userId: home.data.event.user, teamId: home.data.team_id } };
}
