// The receiving side of Holdgate's webhooks, in one file without dependencies; webhook-pagerduty.mjs and webhook-email.mjs stand on it.
// It believes only what is signed with the secret (Standard Webhooks 1.0) and is not older than five minutes, and does each message once: a
// message that comes again with the same webhook-id is answered, not done again.
import { createHmac, timingSafeEqual } from 'node:crypto';
import { appendFileSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';

const TOLERANCE_S = 300;
const MAX_BODY = 1024 * 1024;
/** Messages that are remembered; the gate gives up on one when its approval ends. */
const MAX_SEEN = 10_000;

/** Why these headers and this body are not a message of the gate; undefined if they are. `now`: epoch ms. */
export function fault(secret, headers, body, now) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures } = headers;
  if (!/^[\w-]{1,300}$/.test(id ?? '')) return 'webhook-id is missing or not an id';
  if (!/^\d{1,12}$/.test(timestamp ?? '')) return 'webhook-timestamp is missing or not a time';
  // Both ways: a message from the future would be good for too long.
  if (Math.abs(now / 1000 - Number(timestamp)) > TOLERANCE_S) return 'webhook-timestamp is not of the last five minutes';
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  const expected = createHmac('sha256', key).update(`${id}.${timestamp}.`).update(body).digest();
  // Several while a secret is exchanged.
  const given = String(signatures ?? '').split(' ').filter((each) => each.startsWith('v1,'));
  const signed = given.some((each) => {
    const bytes = Buffer.from(each.slice(3), 'base64');
    return bytes.length === expected.length && timingSafeEqual(bytes, expected);
  });
  return signed ? undefined : 'webhook-signature is not of this secret';
}

/** Ids that were done, in memory and, with a file, over restarts. */
function memory(file) {
  const ids = new Set(file && existsSync(file) ? readFileSync(file, 'utf8').split('\n').filter(Boolean).slice(-MAX_SEEN) : []);
  if (file) writeFileSync(file, [...ids, ''].join('\n'), { mode: 0o600 });
  return {
    has: (id) => ids.has(id),
    add(id) {
      ids.add(id);
      if (ids.size > MAX_SEEN) ids.delete(ids.values().next().value);
      if (file) appendFileSync(file, `${id}\n`);
    },
  };
}

async function bodyOf(request) {
  const chunks = [];
  let size = 0;
  for await (const chunk of request) {
    size += chunk.length;
    if (size > MAX_BODY) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/**
 * Listens and hands each new message to `act(event, id)`, one after the other. When that rejects, the gate is told to try again later.
 * Environment: HOLDGATE_WEBHOOK_SECRET, HOST (127.0.0.1), PORT (8090), SEEN_FILE (where the ids of what was done are kept).
 */
export function receive(act, env = process.env) {
  const secret = env.HOLDGATE_WEBHOOK_SECRET ?? '';
  if (Buffer.from(secret.replace(/^whsec_/, ''), 'base64').length < 24) {
    console.error('HOLDGATE_WEBHOOK_SECRET has to be the secret of the webhook: base64 of at least 24 bytes.');
    process.exit(2);
  }
  const seen = memory(env.SEEN_FILE);
  let before = Promise.resolve();

  async function answer(request) {
    if (request.method !== 'POST') return 405;
    const body = await bodyOf(request);
    if (!body) return 413;
    const why = fault(secret, request.headers, body, Date.now());
    if (why) {
      console.error(`refused: ${why}`);
      return 401;
    }
    const id = request.headers['webhook-id'];
    // In turn, so that the same message twice at once is done once.
    const turn = before.then(async () => {
      if (seen.has(id)) return;
      await act(JSON.parse(body.toString('utf8')), id);
      seen.add(id);
    });
    before = turn.catch(() => {});
    await turn;
    return 204;
  }

  const server = createServer((request, response) => {
    answer(request)
      .catch((error) => {
        console.error(`not done, the gate will try again: ${error.message}`);
        return 503;
      })
      .then((status) => response.writeHead(status, status === 413 ? { connection: 'close' } : {}).end());
  });
  server.listen(Number(env.PORT ?? 8090), env.HOST ?? '127.0.0.1', () => {
    const { address, port } = server.address();
    console.log(`listening on http://${address}:${port}`);
  });
}
