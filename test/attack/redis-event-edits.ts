// Edits of the events of one approval, each a list of events in the place of another. All of them have to be noticed.
import type { Entry, Json } from './redis-hands.ts';
import type { Random } from './random.ts';

export interface Before {
  readonly id: string;
  readonly mine: readonly Entry[];
  /** Of an approval for which somebody voted. */
  readonly theirs: readonly Entry[];
}

export type EventEdit = (before: Before, pick: Random) => readonly (Entry | string)[];

const replace = (mine: readonly Entry[], n: number, body: Json): readonly Entry[] =>
  mine.map((entry, m) => (m === n ? { ...entry, body } : entry));

/** Edits one event that has the field; the opening has most of them. */
const field =
  (name: string, value: (value: unknown, pick: Random, before: Before) => unknown): EventEdit =>
  (before, pick) => {
    const { mine } = before;
    const having = [...mine.keys()].filter((n) => Object.hasOwn(mine[n]?.body ?? {}, name));
    const n = having.length > 0 ? pick.of(having) : 0;
    const body = mine[n]?.body ?? {};
    return replace(mine, n, { ...body, [name]: value(body[name], pick, before) });
  };

const opening = (name: string): EventEdit => field(name, (_value, _pick, { theirs }) => theirs[0]?.body[name]);

const terms = (over: Json): EventEdit => field('terms', (value) => ({ ...(value as Json), ...over }));

/** A seal for an event that nobody sealed. */
const seals = ({ mine, theirs }: Before, pick: Random): string =>
  pick.of([mine.at(-1)?.seal ?? '', mine[0]?.seal ?? '', theirs.at(-1)?.seal ?? '', '', 'AAAA', '-1']);

const append =
  (body: (before: Before, pick: Random) => Json): EventEdit =>
  (before, pick) => [...before.mine, { seal: seals(before, pick), body: body(before, pick) }];

const NOW = (): number => Date.now();

const vote =
  (by: string, over: Json = {}) =>
  ({ mine, theirs }: Before): Json => ({
    type: 'voted',
    at: NOW(),
    by,
    vote: 'approve',
    digest: mine[0]?.body['digest'],
    groups: ['security'],
    channel: 'api',
    reason: 'because',
    proof: theirs.find(({ body }) => body['type'] === 'voted')?.body['proof'],
    ...over,
  });

const claimed = ({ mine }: Before): Json => ({
  type: 'claimed',
  at: NOW(),
  replica: 'r9',
  token: 'clm_x',
  digest: mine[0]?.body['digest'],
  contentDigest: mine[0]?.body['contentDigest'],
  policyDigest: mine[0]?.body['policyDigest'],
  effectNow: 'allow',
  quorumsNow: [],
  eligible: [{ by: 'security-oncall@example.com', groups: ['security'] }],
});

const shuffled = (mine: readonly Entry[], pick: Random): readonly Entry[] => {
  const rest = [...mine];
  return mine.map(() => rest.splice(pick.below(rest.length), 1)[0] as Entry);
};

export const EVENT_EDITS: Readonly<Record<string, EventEdit>> = {
  requesters: field('requesters', () => []),
  owner: field('owner', () => 'nobody@example.com'),
  agent: field('agent', () => 'other-bot'),
  'one voter is enough': terms({ quorums: [{ rule: 'all', approvals: 1, from: [] }] }),
  'no voter is needed': terms({ quorums: [] }),
  'short memories': terms({ denyMemory: 0, replayWindow: 0 }),
  'runs without an agent': terms({ onAbsent: 'execute' }),
  'later expiry': field('expiresAt', (at) => Number(at) + 1e9),
  'never expires': field('expiresAt', () => Number.MAX_SAFE_INTEGER),
  'digest of the other': opening('digest'),
  'content digest of the other': opening('contentDigest'),
  'a digest of nothing': field('digest', () => '0'.repeat(64)),
  url: field('url', () => 'http://api.test/harmless'),
  summary: field('summary', () => 'Reads a list'),
  upstream: field('upstream', () => 'other'),
  labels: field('labels', () => ({ env: 'dev' })),
  risk: field('risk', () => 'low'),
  method: field('method', () => 'GET'),
  'body size': field('bodySize', (size) => Number(size) + 1),
  justification: field('justification', () => 'approved by the board'),
  'a denial made an approval': field('vote', (value) => (value === 'deny' ? 'approve' : 'deny')),
  'another voter': field('by', () => 'second-oncall@example.com'),
  'groups of a vote': field('groups', () => ['security', 'admins']),
  'proof of another vote': field('proof', (_value, _pick, { theirs }) => theirs.at(-1)?.body['proof']),
  'reason of a vote': field('reason', () => 'looked at it twice'),
  'token of a claim': field('token', () => 'clm_mine'),
  'replica of a claim': field('replica', () => 'r1'),
  outcome: field('outcome', () => 'indeterminate'),
  'time of an event': field('at', (at, pick) => Number(at) - 1 - pick.below(1_000_000)),
  'another type': ({ mine }, pick) => {
    const n = pick.below(mine.length);
    const types = ['seen', 'voted', 'opened', 'cancelled', 'delivered', 'blessed'];
    return replace(mine, n, {
      ...mine[n]?.body,
      type: pick.of(types.filter((type) => type !== mine[n]?.body['type'])),
    });
  },
  'a field that nobody knows': ({ mine }, pick) => {
    const n = pick.below(mine.length);
    return replace(mine, n, { ...mine[n]?.body, approved: true });
  },
  'last event gone': ({ mine }) => mine.slice(0, -1),
  'all but the opening gone': ({ mine }) => (mine.length > 1 ? mine.slice(0, 1) : []),
  'back to what was approved': ({ mine }) =>
    mine.slice(0, mine.findLastIndex(({ body }) => body['type'] === 'voted') + 1),
  'an event in the middle gone': ({ mine }, pick) => mine.toSpliced(pick.below(Math.max(1, mine.length - 1)), 1),
  'the opening gone': ({ mine }) => mine.slice(1),
  'all events gone': () => [],
  'another order': ({ mine }, pick) => shuffled(mine, pick),
  'the wrong way round': ({ mine }) => mine.toReversed(),
  'an event twice': ({ mine }, pick) => mine.toSpliced(mine.length, 0, pick.of(mine)),
  'all events twice': ({ mine }) => [...mine, ...mine],
  'a forged vote': append(vote('security-oncall@example.com')),
  'a forged vote of another human': append(vote('second-oncall@example.com')),
  'a forged vote without a proof': append(vote('second-oncall@example.com', { proof: '' })),
  'forged votes of everybody': (before, pick) => [
    ...before.mine,
    ...['security-oncall@example.com', 'second-oncall@example.com'].map((by) => ({
      seal: seals(before, pick),
      body: vote(by)(before),
    })),
  ],
  'an event that says approved': append(() => ({ type: 'approved', at: NOW() })),
  'a forged claim': append(claimed),
  'a forged intent': append(({ mine }) => ({
    type: 'intent',
    at: NOW(),
    token: 'clm_x',
    digest: mine[0]?.body['digest'],
  })),
  'a forged result': append(() => ({
    type: 'result',
    at: NOW(),
    token: 'clm_x',
    outcome: 'succeeded',
    httpStatus: 200,
  })),
  'a forged end': append((_before, pick) => ({ type: pick.of(['cancelled', 'void', 'expired']), at: 9e12, why: 'x' })),
  'a forged delivery': append(() => ({ type: 'delivered', at: NOW(), replayed: false })),
  'an old vote again at the end': ({ mine, theirs }) => [
    ...mine,
    ...[...mine, ...theirs].filter(({ body }) => body['type'] === 'voted').slice(0, 1),
  ],
  'events of the other': ({ theirs }) => theirs,
  'events of the other under this name': ({ id, theirs }) =>
    theirs.map((entry) => (Object.hasOwn(entry.body, 'id') ? { ...entry, body: { ...entry.body, id } } : entry)),
  'the vote of the other': ({ mine, theirs }) => [...mine.slice(0, 1), ...theirs.slice(1)],
  'no seal': ({ mine }) => mine.map((entry) => ({ ...entry, seal: '' })),
  'seal of the other': ({ mine, theirs }) => mine.map((entry) => ({ ...entry, seal: theirs.at(-1)?.seal ?? '' })),
  'seal of an earlier event': ({ mine }) =>
    mine.length > 1 ? mine.map((entry) => ({ ...entry, seal: mine[0]?.seal ?? '' })) : [],
  'another seal of the opening': ({ mine }) => mine.map((entry, n) => (n === 0 ? { ...entry, seal: 'AAAA' } : entry)),
  'a bit of the seal': ({ mine }, pick) => {
    const last = mine.at(-1);
    const bytes = Buffer.from(last?.seal ?? '', 'base64url');
    const n = pick.below(bytes.length);
    bytes[n] = (bytes[n] ?? 0) ^ (1 << pick.below(8));
    return last ? [...mine.slice(0, -1), { ...last, seal: bytes.toString('base64url') }] : [];
  },
  'no JSON': ({ mine }) => [...mine.slice(0, -1), `${mine.at(-1)?.seal} {`],
  'not even an event': ({ mine }, pick) => [...mine, pick.of(['', ' ', '\u0000', '{}', 'null', '[]', ' null'])],
};
