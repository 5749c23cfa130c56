// Tells any other tool about approvals: one signed POST for each thing that changes. Decisions come back only through the API, with the
// approver's own credential. INVARIANT: a message that is tried again has the same id, so that a receiver can tell.
import type { Channel, Delivery, NoticeMessage } from '../../ports/channel.ts';
import type { HttpClient, OutboundAnswer } from '../../ports/http-client.ts';
import type { WebhookSettings } from '../../core/channel-settings.ts';
import { secretBytes, webhookHeaders } from './sign.ts';
import { retryAfter } from '../retry-after.ts';

export interface WebhookDeps {
  readonly webhooks: readonly WebhookSettings[];
  readonly http: HttpClient;
  /** Epoch ms. */
  readonly now: () => number;
  /** The console as people reach it. */
  readonly consoleUrl: string | undefined;
}

const TIMEOUT = 15_000;
/** Answers after which the receiver wants nothing more (Standard Webhooks, "Operational considerations"). */
const GONE = 410;

/** Throws on a secret that is none: the configuration has checked them. */
export function createWebhookChannel({ webhooks, http, now, consoleUrl }: WebhookDeps): Channel {
  const byName = new Map(webhooks.map((each) => [each.name, { ...each, secret: keyOf(each) }]));
  return {
    name: 'webhook',
    async deliver(target, message): Promise<Delivery> {
      const webhook = byName.get(target);
      if (!webhook) return { outcome: 'refused', why: `there is no webhook "${target}"` };
      const at = now();
      const body = JSON.stringify(eventOf(message, at, consoleUrl));
      const id = idOf(message);
      const answer = await http.request({
        method: 'POST',
        url: webhook.url,
        headers: {
          'content-type': 'application/json',
          'user-agent': 'holdgate',
          ...webhookHeaders(webhook.secret, id, at, body),
        },
        body,
        timeout: TIMEOUT,
        allowPrivate: webhook.allowPrivate,
      });
      return judged(answer, id, at);
    },
  };
}

function keyOf({ name, secret }: WebhookSettings): Buffer {
  const key = secretBytes(secret.reveal());
  if (!key) throw new Error(`the secret of webhook "${name}" is not base64 of 24 to 64 bytes`);
  return key;
}

const TYPES: Readonly<Record<NoticeMessage['reason'], string>> = {
  posted: 'approval.opened',
  updated: 'approval.changed',
  nudged: 'approval.nudged',
  escalated: 'approval.escalated',
  ended: 'approval.changed',
};

/** What is sent: `{type, timestamp, data}`, the approval as the API gives it, and those like it that came in the same minute. */
function eventOf({ reason, shown }: NoticeMessage, at: number, consoleUrl: string | undefined): unknown {
  const { view, others } = shown;
  return {
    type: TYPES[reason],
    timestamp: new Date(at).toISOString(),
    data: {
      message_id: shown.id,
      approval: view,
      similar: others.map((each) => each.view),
      approval_url: consoleUrl === undefined ? null : `${consoleUrl}/api/v1/approvals/${view.id}`,
    },
  };
}

/** The same for every attempt to say the same. Dots would end it in what is signed. */
const idOf = ({ key, version, reason }: NoticeMessage): string =>
  `${key}_${version}_${reason}`.replaceAll(/[^\w-]/g, '_');

function judged(answer: OutboundAnswer, id: string, now: number): Delivery {
  if (!answer.ok) return { outcome: 'later', why: answer.why };
  const { status, headers } = answer;
  if (status >= 200 && status < 300) return { outcome: 'delivered', ref: id };
  if (status === GONE) return { outcome: 'refused', why: 'it answered 410: it is gone' };
  const after = retryAfter(headers['retry-after'], now);
  return { outcome: 'later', why: `it answered ${status}`, ...(after !== undefined && { after }) };
}
