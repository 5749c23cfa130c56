// Slack over HTTP: what it posts is verified over its raw bytes, acknowledged at once, and handled after that.
import { createVerifier } from './request-signature.ts';

/** As received: name, value, name, value, …. */
export interface SlackPost {
  readonly rawHeaders: readonly string[];
  readonly body: Uint8Array;
}

export interface SlackAnswer {
  readonly status: number;
  readonly contentType: string;
  readonly body: string;
}

export interface SlackHttpDeps {
  readonly signingSecret: string;
  /** Epoch ms. */
  readonly now: () => number;
  /** A verified payload. Never throws. */
  readonly onPayload: (payload: unknown) => void;
  readonly onRefused: (why: string) => void;
}

const empty = (status: number): SlackAnswer => ({ status, contentType: 'text/plain; charset=utf-8', body: '' });

export function createSlackHttp(deps: SlackHttpDeps): (post: SlackPost) => SlackAnswer {
  const verify = createVerifier(deps.signingSecret, deps.now);
  return ({ rawHeaders, body }) => {
    const form = new TextDecoder().decode(body);
    // Slack asks whether a certificate is good, unsigned; nothing of it is read (and nothing depends on the answer).
    if (/^(?:[^&]*&)?ssl_check=1(?:&|$)/.test(form)) return empty(200);
    const verdict = verify({
      signature: single(rawHeaders, 'x-slack-signature'),
      timestamp: single(rawHeaders, 'x-slack-request-timestamp'),
      body,
    });
    if (!verdict.ok) {
      deps.onRefused(verdict.why);
      return empty(401);
    }
    const payload = payloadOf(single(rawHeaders, 'content-type') ?? '', form);
    if (payload === undefined) return empty(400);
    const challenge = challengeOf(payload);
    if (challenge !== undefined) return { status: 200, contentType: 'text/plain; charset=utf-8', body: challenge };
    deps.onPayload(payload);
    return empty(200);
  };
}

function single(rawHeaders: readonly string[], name: string): string | undefined {
  const values = rawHeaders.filter((_, i) => i % 2 === 1 && rawHeaders[i - 1]?.toLowerCase() === name);
  return values.length === 1 ? values[0] : undefined;
}

/** Interactions come as the field `payload` of a form, events as JSON. */
function payloadOf(type: string, text: string): unknown {
  try {
    if (type.startsWith('application/json')) return JSON.parse(text) as unknown;
    const fields = new URLSearchParams(text).getAll('payload');
    return fields.length === 1 ? (JSON.parse(fields[0] ?? '') as unknown) : undefined;
  } catch {
    return undefined;
  }
}

/** https://docs.slack.dev/apis/events-api/using-http-request-urls#challenge */
function challengeOf(payload: unknown): string | undefined {
  if (typeof payload !== 'object' || payload === null || !('type' in payload)) return undefined;
  if (payload.type !== 'url_verification' || !('challenge' in payload)) return undefined;
  return typeof payload.challenge === 'string' ? payload.challenge.slice(0, 500) : undefined;
}
