// A small closed world around one approval: two replicas that crash, stall and lose acknowledgements, people who should and
// should not vote, a clock, a policy that tightens, bytes that somebody changes. `steps` gives every next state of a state;
// `violations` says in its own words (not the reducer's) which invariant of holds.md a state or step breaks.
import type { ApprovalEvent, Claimed, Granted, Opened, Voted } from '../../../src/core/approval/events.ts';
import type { Approval, Status } from '../../../src/core/approval/state.ts';
import type { Reducer } from '../../../src/core/approval/transition.ts';
import { mintGrant } from '../../../src/core/grant.ts';
import type { Quorum } from '../../../src/core/policy/types.ts';
import { opened } from '../../conformance/approval-events.ts';

const EXPIRY = 1;
/** Before expiry, and exactly at it. */
const TIMES = [0, EXPIRY] as const;
const GOOD = 'good';

interface Bytes {
  readonly digest: string;
  readonly content: string;
}

/** `ready`: believes that it holds the claim (true, or its claim was refused and the answer got lost). */
interface Replica {
  readonly phase: 'idle' | 'ready' | 'recorded' | 'sent' | 'done' | 'crashed';
  /** Rises with each restart: a new life has a new token. */
  readonly life: number;
  /** What it loaded when it claimed. */
  readonly bytes: Bytes;
}

export interface World {
  readonly approval: Approval;
  readonly time: number;
  /** The stored call, as it is now. */
  readonly stored: Bytes;
  readonly policy: 'same' | 'tighter' | 'denies' | 'grants nothing';
  /** Somebody ended the grant. */
  readonly revoked: boolean;
  /** Somebody took the agent's access key back. */
  readonly keyGone: boolean;
  /** Bob lost his group. */
  readonly bobLeft: boolean;
  readonly replicas: Readonly<Record<'A' | 'B', Replica>>;
  /** First bytes at the upstream: the truth. */
  readonly firstBytes: readonly (Bytes & { readonly token: string })[];
}

export interface Step {
  readonly name: string;
  readonly to: World;
}

const quorum = (from: string): Quorum => ({ rule: 'refunds', approvals: 2, from: [`group:${from}`] });
const OFFER = { for: 5, uses: 2, covers: 'call' } as const;
const OPENED = opened(0, {
  id: 'apr_search',
  digest: GOOD,
  contentDigest: GOOD,
  expiresAt: EXPIRY,
  accessKey: 'HGAKAFQWCYLBMRWG25DB',
  terms: { ...opened(0).terms, quorums: [quorum('security')], grant: OFFER },
});

const ELIGIBLE = ['ann', 'bob'];
const vote = (by: string, kind: Voted['vote'], over: Partial<Voted> = {}): Omit<Voted, 'at'> => ({
  type: 'voted',
  by,
  vote: kind,
  digest: GOOD,
  groups: by === 'eve' ? ['support'] : ['security'],
  channel: 'api',
  proof: '',
  ...over,
});
const VOTES: readonly Omit<Voted, 'at'>[] = [
  vote('ann', 'approve'),
  vote('ann', 'approve', { channel: 'slack' }),
  vote('ann', 'deny'),
  vote('bob', 'approve'),
  vote('bob', 'approve', { digest: 'other' }),
  vote('bob', 'deny'),
  vote('bob', 'approve', { grant: OFFER.for + 1 }),
  vote('owner@example.com', 'approve'),
  vote('deploy-bot', 'approve'),
  vote('eve', 'approve'),
  vote('eve', 'deny'),
];

/** What people had granted before, and what must not pass for it: each is wrong in one thing. */
const SOURCE: Opened = { ...OPENED, id: 'apr_source', at: -9 };
function use(over: Partial<Granted> = {}, source: Partial<Opened> = {}, cast: Partial<Voted> = {}): Granted {
  const votes = ['ann', 'bob'].map(
    (by): Voted => ({ ...vote(by, 'approve', { grant: 5, ...cast }), at: cast.at ?? -2 }),
  );
  const at = votes[0]?.at ?? 0;
  const until = at + (votes[0]?.grant ?? 0);
  return {
    type: 'granted',
    at: 0,
    grant: 'grt_source',
    source: { ...SOURCE, ...source },
    votes,
    until,
    use: 1,
    ...over,
  };
}
const oneIsEnough = [{ ...quorum('security'), approvals: 1 }];
const USES: readonly Granted[] = [
  use(),
  use({}, { agent: 'other-bot' }),
  use({}, { requesters: ['owner@example.com', 'somebody@example.com'] }),
  use({}, { rules: ['other'] }),
  use({}, { terms: { ...SOURCE.terms, grant: { ...OFFER, for: 9 } } }, { grant: 9 }),
  use({}, { digest: 'other' }, { digest: 'other' }),
  use({}, {}, { at: -6 }),
  use({ use: 2 }, { terms: { ...SOURCE.terms, grant: { ...OFFER, uses: 1 } } }),
  use({}, {}, { digest: 'other' }),
  use({ votes: use().votes.slice(0, 1) }, { terms: { ...SOURCE.terms, quorums: oneIsEnough } }),
];

/** Tells them apart. */
const nameOf = ({ source, votes, until, use: count }: Granted): string =>
  [source.agent, source.requesters, source.rules, source.digest, votes[0]?.digest, votes.length, until, count].join();

const IDLE: Replica = { phase: 'idle', life: 0, bytes: { digest: GOOD, content: GOOD } };

export function start(reducer: Reducer): World {
  const first = reducer(undefined, OPENED);
  if (!first.ok) throw new Error(first.refusal);
  return {
    approval: first.approval,
    time: 0,
    stored: { digest: GOOD, content: GOOD },
    policy: 'same',
    bobLeft: false,
    revoked: false,
    keyGone: false,
    replicas: { A: IDLE, B: IDLE },
    firstBytes: [],
  };
}

/** Equal exactly for states that behave alike from here on. */
export function key(world: World): string {
  const { approval, ...rest } = world;
  const { status, votes, granted, claim, intent, result, annotation } = approval;
  const cast = votes.map((one) => [one.by, one.vote, one.digest, one.at].join()).toSorted();
  return JSON.stringify([
    rest,
    status,
    cast,
    granted && nameOf(granted),
    claim && [claim.token, claim.at, claim.digest, claim.contentDigest],
    intent && [intent.token, intent.at, intent.digest],
    result?.outcome,
    annotation?.outcome,
    approval.deliveredAt !== undefined,
  ]);
}

export function steps(reducer: Reducer, world: World): Step[] {
  const found: Step[] = [];
  const go = (name: string, change: Partial<World>): void => void found.push({ name, to: { ...world, ...change } });
  const { approval, time } = world;

  /** The store: atomically the event and what follows from it, or nothing. */
  const append = (name: string, event: ApprovalEvent, then: Partial<World> = {}): boolean => {
    const next = reducer(approval, event);
    if (next.ok) go(name, { ...then, approval: next.approval });
    return next.ok;
  };

  for (const ballot of VOTES) append(`${ballot.by} ${ballot.vote}s`, { ...ballot, at: time });
  // Right after the opening, before anybody could be asked.
  if (approval.votes.length === 0)
    for (const [n, granted] of USES.entries()) append(`grant ${n}`, { ...granted, at: time });
  append('cancel', { type: 'cancelled', at: time, why: '' });
  append('expire', { type: 'expired', at: time });
  append('deliver', { type: 'delivered', at: time, replayed: false });
  append('annotate', { type: 'annotated', at: time, by: 'ann', outcome: 'not_done', note: '' });
  append('open again', OPENED);

  for (const later of TIMES) if (later > time) go('clock', { time: later });
  // What comes after the claim changes nothing about it.
  const unclaimed = approval.granted !== undefined && approval.status === 'approved';
  if (world.policy === 'same') {
    go('policy tightens', { policy: 'tighter' });
    go('policy denies', { policy: 'denies' });
    if (unclaimed) go('policy offers no grant', { policy: 'grants nothing' });
  }
  if (unclaimed && !world.revoked) go('revoke', { revoked: true });
  if (approval.status === 'approved' && !world.keyGone) go('take the access key back', { keyGone: true });
  if (!world.bobLeft) go('bob leaves', { bobLeft: true });
  if (world.stored.digest === GOOD && world.stored.content === GOOD) {
    go('another call in the store', { stored: { digest: 'other', content: 'other' } });
    go('an upgrade digests the call differently', { stored: { digest: 'other', content: GOOD } });
    go('another date header in the store', { stored: { digest: GOOD, content: 'other' } });
  }
  for (const name of ['A', 'B'] as const) replicaSteps(world, name, append, go);
  return found;
}

function replicaSteps(
  world: World,
  name: 'A' | 'B',
  append: (name: string, event: ApprovalEvent, then?: Partial<World>) => boolean,
  go: (name: string, change: Partial<World>) => void,
): void {
  const replica = world.replicas[name];
  const { approval, time: at } = world;
  const token = `${name}${replica.life}`;
  const become = (change: Partial<Replica>): Pick<World, 'replicas'> => ({
    replicas: { ...world.replicas, [name]: { ...replica, ...change } },
  });

  if (replica.phase === 'idle') {
    const groups = world.policy === 'tighter' ? 'leads' : 'security';
    const claim: Claimed = {
      type: 'claimed',
      at,
      replica: name,
      token,
      digest: world.stored.digest,
      contentDigest: world.stored.content,
      policyDigest: world.policy,
      effectNow: world.policy === 'denies' ? 'deny' : 'hold',
      quorumsNow: [quorum(groups)],
      eligible: ELIGIBLE.filter((by) => by !== 'bob' || !world.bobLeft).map((by) => ({ by, groups: ['security'] })),
      accessKeyStands: !world.keyGone,
      ...(approval.granted && {
        grantNow: { stands: !world.revoked, ...(world.policy !== 'grants nothing' && { offer: OFFER }) },
      }),
    };
    const ready = become({ phase: 'ready', bytes: world.stored });
    append(`${name} claims`, claim, ready);
    // The answer to a refused claim can get lost as well; this replica then goes on as if it held it.
    if (approval.claim) go(`${name} wrongly believes it claimed`, ready);
  }
  if (replica.phase === 'ready') {
    for (const built of [replica.bytes, { digest: 'misbuilt', content: 'misbuilt' }]) {
      append(
        `${name} records its intent`,
        { type: 'intent', at, token, digest: built.digest },
        become({ phase: 'recorded', bytes: built }),
      );
    }
    append(`${name} gives up before sending`, { type: 'not_sent', at, token, why: '' }, become({ phase: 'done' }));
    append(`${name} voids`, { type: 'void', at, why: '' }, become({ phase: 'done' }));
  }
  if (replica.phase === 'recorded') {
    const firstBytes = [...world.firstBytes, { ...replica.bytes, token }];
    go(`${name} sends`, { ...become({ phase: 'sent' }), firstBytes });
  }
  if (replica.phase === 'sent') {
    for (const outcome of ['succeeded', 'upstream_error', 'indeterminate'] as const) {
      append(`${name} records ${outcome}`, { type: 'result', at, token, outcome }, become({ phase: 'done' }));
    }
  }
  if (replica.phase === 'crashed') {
    if (replica.life === 0) go(`${name} restarts`, become({ phase: 'idle', life: 1 }));
  } else go(`${name} crashes`, become({ phase: 'crashed' }));

  // Recovery of what this replica left behind, also when it was only stalled and goes on afterwards.
  if (approval.claim?.replica === name) {
    if (approval.status === 'claimed') append(`${name} is given up: void`, { type: 'void', at, why: 'replica gone' });
    if (approval.status === 'sending') {
      const lost = { type: 'result', at, token: approval.claim.token, outcome: 'indeterminate' } as const;
      append(`${name} is given up: indeterminate`, lost);
    }
  }
}

const TERMINAL: readonly Status[] = [
  'denied',
  'expired',
  'cancelled',
  'void',
  'not_sent',
  'succeeded',
  'upstream_error',
  'indeterminate',
];

/** Every broken invariant of the step from `before` to `after`, in words. */
export function violations(before: World, after: World): string[] {
  const broken: string[] = [];
  const must = (holds: boolean, words: string): void => {
    if (!holds) broken.push(words);
  };
  const was = before.approval;
  const is = after.approval;
  const { firstBytes } = after;
  const approving = (one: Approval): readonly Voted[] => one.votes.filter(({ vote: kind }) => kind === 'approve');
  const approvers = (is.granted ? is.granted.votes : approving(is)).map((one) => one.by);
  const entered = (status: Status): boolean => is.status === status && was.status !== status;

  must(firstBytes.length <= 1, 'I1 at most one first byte');
  for (const one of is.votes) {
    must(ELIGIBLE.includes(one.by), 'I2 votes only by eligible people who did not ask');
    must(one.digest === GOOD, 'I2 votes only on this digest');
    must(one.at < EXPIRY, 'I4 votes only before expiry');
    must((one.grant ?? 0) <= OFFER.for, 'I14 no more is granted than is offered');
  }
  if (is.granted && !was.granted) broken.push(...wrongUse(is.granted, after.time));
  for (const sent of firstBytes) {
    must(new Set(approvers).size >= 2, 'I2 sent only with the quorum of distinct people');
    must(!is.votes.some((one) => one.vote === 'deny'), 'I2 sent only if nobody denied');
    must(sent.digest === GOOD && sent.content === GOOD, 'I3 what was sent is what was approved');
    must(
      is.claim?.token === sent.token && is.intent?.token === sent.token,
      'I6 sent only under the recorded claim and intent',
    );
  }
  if (entered('approved')) must(after.time < EXPIRY, 'I4 no approval at or after expiry');
  if (is.claim && is.claim !== was.claim) {
    must(was.claim === undefined, 'I1 at most one claim');
    must(after.time < EXPIRY, 'I4 no claim at or after expiry');
    must(is.claim.digest === GOOD && is.claim.contentDigest === GOOD, 'I3 a grant only for the call that was approved');
    const standing = new Set(approvers.filter((by) => by === 'ann' || (by === 'bob' && !after.bobLeft)));
    must(standing.size >= 2, 'I2 the quorum still stands at the claim');
    const gone = is.granted && after.policy === 'grants nothing';
    must(!gone && ['same', 'grants nothing'].includes(after.policy), 'I9 a tightened policy is not outrun');
    must(!after.keyGone, 'I10 nothing runs for an access key that was revoked');
    must(!is.granted || !after.revoked, 'I14 a grant that was ended lets nothing through');
    must(mintGrant(is)?.agent === 'deploy-bot', 'I10 the grant is for the agent that asked');
  }
  if (is.intent && is.intent !== was.intent) {
    must(was.intent === undefined, 'I1 at most one intent');
    must(after.time < EXPIRY, 'I4 no send at or after expiry');
    must(is.votes.length === was.votes.length && was.status === 'claimed', 'I6 intent only from a standing claim');
  }
  if (entered('expired')) must(after.time >= EXPIRY, 'I4 nothing expires early');
  if (TERMINAL.includes(was.status)) must(is.status === was.status, 'I5 terminal states absorb');
  must(
    was.votes.every((one, index) => is.votes[index] === one),
    'I7 an acknowledged vote is never lost',
  );
  const voters = approving(is).map((one) => one.by);
  const doubled = voters.length !== new Set(voters).size;
  const denials = is.votes.filter((one) => one.vote === 'deny');
  must(!doubled && denials.length <= 1, 'I11 one vote per human');
  if (['succeeded', 'upstream_error'].includes(is.status)) must(firstBytes.length === 1, 'I12 a result only of a send');
  if (TERMINAL.slice(0, 5).includes(is.status))
    must(firstBytes.length === 0, 'I12 nothing was sent where the record says so');
  if (was.status === 'indeterminate') must(is.status === 'indeterminate', 'I13 indeterminate is never approved again');
  return broken;
}

/** What is wrong with this use of a grant, in words of its own. */
function wrongUse({ source, votes, until, use: count }: Granted, now: number): string[] {
  const broken: string[] = [];
  const must = (holds: boolean, words: string): void => {
    if (!holds) broken.push(words);
  };
  must(source.agent === OPENED.agent && source.owner === OPENED.owner, 'I14 a grant is for one agent');
  must(source.requesters.join() === OPENED.requesters.join(), 'I14 a grant is for one agent');
  must(source.rules.join() === OPENED.rules.join(), 'I14 a grant is for what the same rules hold');
  must(source.digest === GOOD, 'I14 a grant covers only calls like the one that was seen');
  must(votes.length === 2, 'I14 a grant has the quorum');
  must(
    votes.every((one) => ELIGIBLE.includes(one.by) && one.vote === 'approve' && one.digest === source.digest),
    'I14 a grant rests on votes that count',
  );
  const granted = Math.min(...votes.map((one) => one.grant ?? 0));
  must(granted <= OFFER.for && count <= OFFER.uses, 'I14 a grant goes as far as the rules offer');
  must(now < until && until <= Math.max(...votes.map((one) => one.at)) + granted, 'I14 a grant ends in time');
  must(count <= (source.terms.grant?.uses ?? 0), 'I14 a grant is not used more often than was granted');
  return broken;
}
