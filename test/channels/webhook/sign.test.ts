// Signatures of webhooks, by the published example and by what must not pass as a secret.
import { describe, expect, it } from 'vitest';
import { secretBytes, webhookHeaders } from '../../../src/channels/webhook/sign.ts';

describe('a signature', () => {
  it('is that of the specification', () => {
    // https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md, "Signature scheme"
    const secret = secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
    expect(secret).toBeDefined();
    const headers = webhookHeaders(
      secret ?? Buffer.alloc(0),
      'msg_p5jXN8AQM9LWM0D4loKWxJek',
      1_614_265_330_999,
      '{"test": 2432232314}',
    );
    expect(headers).toEqual({
      'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
      'webhook-timestamp': '1614265330',
      'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    });
  });
});

describe('a secret', () => {
  it.each(['', 'whsec_', 'short', 'not base64 at all, not even nearly!', 'A'.repeat(120)])('is not %j', (text) => {
    expect(secretBytes(text)).toBeUndefined();
  });

  it('may come without its prefix', () => {
    expect(secretBytes('MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')).toEqual(
      secretBytes('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'),
    );
  });
});
