// What Teams says that happened, read strictly: whatever has not the expected form is nothing. It says nothing about who sent it.
// https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference#activity-object
// https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model
import { z } from 'zod';

/** As far as it is read; the rest is ignored. */
export interface Activity {
  readonly type: string;
  readonly id: string;
  readonly timestamp: string;
  readonly channelId: string;
  readonly serviceUrl: string;
  readonly from: { readonly id: string; readonly aadObjectId?: string | undefined };
  readonly recipient: { readonly id: string };
  readonly conversation: { readonly id: string; readonly tenantId?: string | undefined };
  readonly channelData: { readonly tenant: { readonly id: string } };
  readonly name?: string | undefined;
  readonly value?: unknown;
}

const guid = z.string().regex(/^[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$/);
const accountId = z.string().min(1).max(500);

const activity: z.ZodType<Activity> = z.object({
  type: z.string().max(100),
  id: z.string().min(1).max(500),
  timestamp: z.string().max(50),
  channelId: z.string().max(100),
  serviceUrl: z.string().max(500),
  from: z.object({ id: accountId, aadObjectId: guid.optional() }),
  recipient: z.object({ id: accountId }),
  conversation: z.object({ id: z.string().min(1).max(500), tenantId: guid.optional() }),
  channelData: z.object({ tenant: z.object({ id: guid }) }),
  name: z.string().max(100).optional(),
  value: z.unknown().optional(),
});

const invoked = z.object({
  action: z.object({
    type: z.literal('Action.Execute'),
    verb: z.string().max(100),
    data: z.object({ value: z.string().max(500), reason: z.unknown().optional() }),
  }),
});

/** Who clicked, as the activity says; looked up again before anything counts. */
export interface Actor {
  /** `29:…`, of this person in this bot's conversations. */
  readonly userId: string;
  /** Lower case. */
  readonly objectId: string;
  readonly tenantId: string;
}

export interface CardAction {
  readonly actor: Actor;
  /** Without the message that it was in. */
  readonly conversationId: string;
  readonly verb: string;
  readonly value: string;
  readonly reason: string | undefined;
}

export const readActivity = (json: unknown): Activity | undefined => activity.safeParse(json).data;

/** `19:…@thread.tacv2;messageid=…` names a thread. */
export const conversationOf = ({ conversation }: Pick<Activity, 'conversation'>): string =>
  conversation.id.split(';', 1)[0] ?? '';

/** Undefined where nobody clicked on a card. */
export function readCardAction(from: Activity): CardAction | undefined {
  if (from.type !== 'invoke' || from.name !== 'adaptiveCard/action') return undefined;
  const read = invoked.safeParse(from.value).data;
  const { id: userId, aadObjectId } = from.from;
  if (!read || aadObjectId === undefined || !userId.startsWith('29:')) return undefined;
  const { verb, data } = read.action;
  return {
    actor: { userId, objectId: aadObjectId.toLowerCase(), tenantId: from.channelData.tenant.id.toLowerCase() },
    conversationId: conversationOf(from),
    verb,
    value: data.value,
    reason:
      typeof data.reason === 'string' && data.reason.trim() !== '' ? data.reason.trim().slice(0, 2000) : undefined,
  };
}
