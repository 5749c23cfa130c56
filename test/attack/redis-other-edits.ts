// Edits of everything that Redis keeps beside the events of an approval: stored bytes, lists, pointers, the stream of changes.
import type { Hands } from './redis-hands.ts';
import type { Random } from './random.ts';

export interface Victim {
  readonly id: string;
  readonly status: string;
  readonly other: string;
  /** Key of the pointer from its call. */
  readonly pointer: string;
}

export type Edit = (hands: Hands, victim: Victim, pick: Random) => Promise<unknown>;
export type Edits = Readonly<Record<string, Edit>>;

const flip =
  (kind: string): Edit =>
  async ({ by, bytes }, { id }, pick) => {
    const key = `b:${kind}:${id}`;
    const stored = Buffer.from(await bytes(key));
    if (stored.length === 0) return;
    const at = pick.below(stored.length);
    stored[at] = (stored[at] ?? 0) ^ (1 << pick.below(8));
    await by('SET', key, stored, 'KEEPTTL');
  };

const cut =
  (kind: string): Edit =>
  async ({ by, bytes }, { id }, pick) => {
    const key = `b:${kind}:${id}`;
    const stored = await bytes(key);
    if (stored.length > 0) await by('SET', key, stored.subarray(0, pick.below(stored.length)), 'KEEPTTL');
  };

const ofTheOther =
  (kind: string, from = kind): Edit =>
  async ({ by, bytes }, { id, other }) =>
    by('SET', `b:${kind}:${id}`, await bytes(`b:${from}:${other}`), 'KEEPTTL');

/** The events as something else than a list of them. */
export const KINDS: Edits = {
  'a text in place of the events': ({ by }, { id }) => by('SET', `e:${id}`, 'approved'),
  'a map in place of the events': async ({ by }, { id }) => {
    await by('DEL', `e:${id}`);
    await by('HSET', `e:${id}`, 'status', 'approved');
  },
  'events that end at once': async ({ by }, { id }) => by('PEXPIRE', `e:${id}`, 0),
  'events of the other, moved': async ({ by }, { id, other }) =>
    by('COPY', `e:${other}`, `{tampering}:e:${id}`, 'REPLACE'),
};

/** The last events taken away, and somebody who says that it was never otherwise. */
const foretold =
  (...facts: readonly string[]): Edit =>
  async ({ by, entries, rewrite }, { id }) => {
    const mine = await entries(id);
    await by('XADD', 'changes', '*', 'id', id, ...facts);
    await rewrite(id, []);
    await by('XADD', 'changes', '*', 'id', id, 'version', '0', 'expires', '0');
    await rewrite(id, mine.slice(0, mine.findIndex(({ body }) => body['vote'] === 'approve') + 1 || 1));
  };

export const FORETOLD: Edits = {
  'a version that is no number, then less': foretold('version', 'none', 'expires', '0'),
  'an endless version, then less': foretold('version', 'Infinity', 'expires', '-1'),
  'a negative version, then less': foretold('version', '-1', 'expires', 'x'),
  'a later version that has expired, then less': foretold('version', '99', 'expires', '1'),
};

/** Of the call: shows when it is to run. */
export const CALLS: Edits = {
  'the call of the other': ofTheOther('call'),
  'a bit of the call': flip('call'),
  'the end of the call': cut('call'),
  'no call': ({ by }, { id }) => by('DEL', `b:call:${id}`),
  'no bytes in the call': ({ by }, { id }) => by('SET', `b:call:${id}`, '', 'KEEPTTL'),
};

/** Of the kept response: shows when it is to be replayed. */
export const RESPONSES: Edits = {
  'the response of the other': ofTheOther('response', 'call'),
  'a bit of the response': flip('response'),
  'the end of the response': cut('response'),
  'the call in place of the response': async ({ by, bytes }, { id }) =>
    by('SET', `b:response:${id}`, await bytes(`b:call:${id}`), 'KEEPTTL'),
};

/** Of the receipt: shows when somebody reads it. */
export const RECEIPTS: Edits = {
  'the receipt of the other': ofTheOther('receipt'),
  'a bit of the receipt': async (hands, victim, pick) => {
    // Within its payload: the rest of a text is not part of the signature's bytes.
    const key = `b:receipt:${victim.id}`;
    const stored = String(await hands.bytes(key)).split('.');
    const payload = stored[1] ?? '';
    const at = pick.below(Math.max(1, payload.length - 2));
    const letter = payload[at] === 'A' ? 'B' : 'A';
    const changed = [stored[0], payload.slice(0, at) + letter + payload.slice(at + 1), stored[2]].join('.');
    if (payload !== '') await hands.by('SET', key, changed, 'KEEPTTL');
  },
  'the end of the receipt': cut('receipt'),
  'a receipt that is none': ({ by }, { id }) => by('SET', `b:receipt:${id}`, '{}', 'KEEPTTL'),
};

const ALL = [
  'pending',
  'approved',
  'claimed',
  'sending',
  'denied',
  'expired',
  'cancelled',
  'void',
  'not_sent',
  'succeeded',
];
const otherStatus = (status: string, pick: Random): string => pick.of(ALL.filter((one) => one !== status));

/** Of the lists: reported, and put right. */
export const LISTS: Edits = {
  'open or not': async ({ by }, { id }) =>
    (await by('ZSCORE', 'open', id)) === null ? by('ZADD', 'open', 1, id) : by('ZREM', 'open', id),
  'counts for the agent or not': async ({ by }, { id }) =>
    Number(await by('SADD', 'o:deploy-bot', id)) === 1 ? undefined : by('SREM', 'o:deploy-bot', id),
  'place among the open': async ({ by }, { id }, pick) => by('ZADD', 'open', 1_000_000 + pick.below(1_000), id),
  'due at once': ({ by }, { id }) => by('ZADD', 'due', 1, id),
  'due later': ({ by }, { id }, pick) => by('ZADD', 'due', Date.now() + 1e9 + pick.below(1e6), id),
  'never due': async ({ by }, { id }) =>
    Number(await by('ZREM', 'due', id)) === 1 ? undefined : by('ZADD', 'due', 9e12, id),
  'one more status': async ({ by }, { id, status }, pick) => by('ZADD', `s:${otherStatus(status, pick)}`, 1, id),
  'no status': ({ by }, { id, status }) => by('ZREM', `s:${status}`, id),
  'another status': async ({ by }, { id, status }, pick) => {
    await by('ZREM', `s:${status}`, id);
    await by('ZADD', `s:${otherStatus(status, pick)}`, 1, id);
  },
  'place in its status': ({ by }, { id, status }, pick) => by('ZADD', `s:${status}`, 1_000_000 + pick.below(1_000), id),
  'claimed by somebody': ({ by }, { id }) => by('HSET', 'claimed', id, 'r8'),
  'agent in the lists': ({ by }, { id }) => by('HSET', 'agents', id, 'other-bot'),
  'not in the list of its agent': ({ by }, { id }) => by('ZREM', 'a:deploy-bot', id),
  'receipt due or not': async ({ by }, { id }) =>
    Number(await by('ZADD', 'unreceipted', 1, id)) === 1 ? undefined : by('ZREM', 'unreceipted', id),
  'not in the list of all': ({ by }, { id }) => by('ZREM', 'all', id),
  'a place that is none': ({ by }, { id }, pick) =>
    by('ZADD', 'all', pick.of(['inf', '-inf', '0', '-5', '1.5', '1e300']), id),
  'out of every list': async ({ by }, { id, status }) => {
    for (const list of ['all', 'open', 'due', 'a:deploy-bot', `s:${status}`]) await by('ZREM', list, id);
    await by('SREM', 'o:deploy-bot', id);
    await by('HDEL', 'agents', id);
  },
};

/** Of the pointer from a call to its open approval: reported, and put right. */
export const POINTERS: Edits = {
  'no pointer': ({ by }, { pointer }) => by('DEL', pointer),
  'pointer to the other': ({ by }, { pointer, other }) => by('SET', pointer, other),
  'pointer to nothing': ({ by }, { pointer }) => by('SET', pointer, 'apr_00000000000000000000000000'),
  'pointer that is a list': async ({ by }, { pointer, id }) => {
    await by('DEL', pointer);
    await by('RPUSH', pointer, id);
  },
};
