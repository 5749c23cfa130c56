// Whether a request is Slack's (https://docs.slack.dev/authentication/verifying-requests-from-slack), over the raw bytes. Stricter than Slack's own
// library: a time from the future is as wrong as an old one, and no request counts twice.
import { createHmac, timingSafeEqual } from 'node:crypto';

/** ms on both sides. */
const WINDOW = 300_000;
/** Requests that are remembered; more within ten minutes are refused. */
const MOST = 100_000;

export interface SlackRequest {
  /** `x-slack-signature` and `x-slack-request-timestamp`, each exactly once, else undefined. */
  readonly signature: string | undefined;
  readonly timestamp: string | undefined;
  readonly body: Uint8Array;
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string };

/** `now`: epoch ms. */
export function createVerifier(secret: string, now: () => number): (request: SlackRequest) => Verdict {
  const seen = new Map<string, number>();
  const no = (why: string): Verdict => ({ ok: false, why });
  return ({ signature, timestamp, body }) => {
    if (secret === '') return no('no signing secret is configured');
    if (signature === undefined || !/^v0=[0-9a-f]{64}$/.test(signature)) return no('there is no signature');
    if (timestamp === undefined || !/^[1-9]\d{9}$/.test(timestamp)) return no('there is no time');
    const at = Number(timestamp) * 1000;
    if (Math.abs(now() - at) > WINDOW) return no('it is not of now');
    const mac = createHmac('sha256', secret).update(`v0:${timestamp}:`).update(body).digest('hex');
    if (!timingSafeEqual(Buffer.from(`v0=${mac}`), Buffer.from(signature))) return no('the signature is wrong');
    for (const [known, until] of seen) {
      if (until > now()) break;
      seen.delete(known);
    }
    if (seen.has(signature)) return no('it came before');
    if (seen.size >= MOST) return no('too many requests');
    seen.set(signature, at + WINDOW);
    return { ok: true };
  };
}
