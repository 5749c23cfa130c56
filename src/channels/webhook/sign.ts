// Standard Webhooks (https://github.com/standard-webhooks/standard-webhooks, spec 1.0): who sent this, when, and that nothing was changed.
import { createHmac } from 'node:crypto';

const PREFIX = 'whsec_';

/** Bytes of a secret as configured: `whsec_` and base64, or base64 alone; undefined where it is neither or has not 24 to 64 bytes. */
export function secretBytes(text: string): Buffer | undefined {
  const base64 = text.startsWith(PREFIX) ? text.slice(PREFIX.length) : text;
  const bytes = Buffer.from(base64, 'base64');
  const exact = bytes.toString('base64').replace(/=+$/, '') === base64.replace(/=+$/, '');
  return exact && bytes.length >= 24 && bytes.length <= 64 ? bytes : undefined;
}

/** The three headers over exactly this body. `at`: epoch ms. `id` without a dot. */
export function webhookHeaders(secret: Buffer, id: string, at: number, body: string): Record<string, string> {
  const timestamp = String(Math.floor(at / 1000));
  const signature = createHmac('sha256', secret).update(`${id}.${timestamp}.${body}`).digest('base64');
  return { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': `v1,${signature}` };
}
