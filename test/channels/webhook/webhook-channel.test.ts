// What a webhook receives, and what its answers mean.
import { describe, expect, it } from 'vitest';
import { webhookHeaders } from '../../../src/channels/webhook/sign.ts';
import { createWebhookChannel } from '../../../src/channels/webhook/webhook-channel.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { Secret } from '../../../src/core/secret.ts';
import { alone } from '../../../src/core/similar/shown.ts';
import type { NoticeMessage } from '../../../src/ports/channel.ts';
import type { OutboundAnswer, OutboundRequest } from '../../../src/ports/http-client.ts';
import { opened } from '../../conformance/approval-events.ts';

const NOW = Date.UTC(2026, 0, 2, 3, 4, 5);
const KEY = Buffer.alloc(32, 7);
const message: NoticeMessage = {
  reason: 'posted',
  shown: alone(approvalView(fold([opened(NOW)]), NOW), null),
  version: 1,
  key: 'apr_1.webhook_ops',
};

function channel(answer: OutboundAnswer): {
  readonly requests: OutboundRequest[];
  readonly channel: ReturnType<typeof createWebhookChannel>;
} {
  const requests: OutboundRequest[] = [];
  return {
    requests,
    channel: createWebhookChannel({
      webhooks: [
        {
          name: 'ops',
          url: 'https://ops.example.com/hook',
          secret: new Secret(KEY.toString('base64')),
          allowPrivate: false,
        },
      ],
      http: {
        async request(request) {
          requests.push(request);
          return answer;
        },
      },
      now: () => NOW,
      consoleUrl: 'https://gate.example.com',
    }),
  };
}

const answered = (status: number, headers: Record<string, string> = {}): OutboundAnswer => ({
  ok: true,
  status,
  headers,
  body: Buffer.alloc(0),
});

describe('a webhook', () => {
  it('receives the approval as the API gives it, signed over exactly these bytes', async () => {
    const { channel: webhook, requests } = channel(answered(204));
    expect(await webhook.deliver('ops', message, undefined)).toEqual({
      outcome: 'delivered',
      ref: 'apr_1_webhook_ops_1_posted',
    });
    const [request] = requests;
    const body = String(request?.body);
    expect(JSON.parse(body)).toEqual({
      type: 'approval.opened',
      timestamp: '2026-01-02T03:04:05.000Z',
      data: {
        message_id: message.shown.id,
        approval: JSON.parse(JSON.stringify(message.shown.view)) as unknown,
        similar: [],
        approval_url: `https://gate.example.com/api/v1/approvals/${message.shown.view.id}`,
      },
    });
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://ops.example.com/hook',
      headers: webhookHeaders(KEY, 'apr_1_webhook_ops_1_posted', NOW, body),
    });
  });

  it.each([
    ['updated', 'approval.changed'],
    ['nudged', 'approval.nudged'],
    ['escalated', 'approval.escalated'],
  ] as const)('hears of %s as %s, with an id of its own', async (reason, type) => {
    const { channel: webhook, requests } = channel(answered(200));
    await webhook.deliver('ops', { ...message, reason, version: 3 }, 'before');
    await webhook.deliver('ops', { ...message, reason, version: 3 }, 'before');
    expect(JSON.parse(String(requests[0]?.body))).toMatchObject({ type });
    expect(requests.map(({ headers }) => headers['webhook-id'])).toEqual(
      Array.from({ length: 2 }, () => `apr_1_webhook_ops_3_${reason}`),
    );
  });

  it.each<[string, OutboundAnswer, object]>([
    ['500', answered(500), { outcome: 'later', why: 'it answered 500' }],
    ['a redirect', answered(302, { location: 'https://evil.example.com' }), { outcome: 'later' }],
    ['seconds to wait', answered(429, { 'retry-after': '17' }), { outcome: 'later', after: 17_000 }],
    [
      'a date to wait for',
      answered(503, { 'retry-after': new Date(NOW + 5000).toUTCString() }),
      { outcome: 'later', after: 5000 },
    ],
    ['nonsense to wait for', answered(503, { 'retry-after': 'soon' }), { outcome: 'later', why: 'it answered 503' }],
    ['gone', answered(410), { outcome: 'refused' }],
    ['nothing', { ok: false, why: 'no connection', sent: false }, { outcome: 'later', why: 'no connection' }],
  ])('that answers %s', async (_name, answer, delivery) => {
    const { channel: webhook } = channel(answer);
    expect(await webhook.deliver('ops', message, undefined)).toMatchObject(delivery);
  });

  it('that is not configured is refused', async () => {
    const { channel: webhook, requests } = channel(answered(200));
    expect(await webhook.deliver('other', message, undefined)).toMatchObject({ outcome: 'refused' });
    expect(requests).toEqual([]);
  });
});
