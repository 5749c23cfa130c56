// What may be granted, what a grant is about, and in which words people are told; what must never happen is searched for in search.test.ts.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Granted, Opened, Voted } from '../../../src/core/approval/events.ts';
import { grantOffer, openOffer } from '../../../src/core/approval/grant-offer.ts';
import { grantOf } from '../../../src/core/approval/grant-of.ts';
import { isCovered, scopeKey } from '../../../src/core/approval/grant-scope.ts';
import { grantWords, offerWords } from '../../../src/core/approval/grant-words.ts';
import { deadlineOf } from '../../../src/core/approval/guards.ts';
import { fold, transition } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { mintGrant } from '../../../src/core/grant.ts';
import { COVERS } from '../../../src/core/policy/grant-terms.ts';
import type { GrantOffer } from '../../../src/core/policy/types.ts';
import type { RiskFlag } from '../../../src/core/risk/flag.ts';
import { claim, intent, opened, vote } from '../../conformance/approval-events.ts';

const AT = 1_000_000;
const OFFER: GrantOffer = { for: 60_000, uses: 2, covers: 'targets' };
const pod = (over: Partial<Action> = {}): Action => ({
  provider: 'k8s',
  service: 'core',
  operation: 'delete',
  name: 'k8s:delete:pods',
  level: 'write',
  levelSource: 'catalogue',
  tags: ['destructive', 'deployment'],
  resource: { type: 'pods', id: 'web-0', namespace: 'staging' },
  params: {},
  summary: 'Delete pod web-0',
  confidence: 'exact',
  ...over,
});
const flag = (id: RiskFlag['id'], severity: RiskFlag['severity'] = 'high'): RiskFlag => ({
  id,
  severity,
  title: id,
  evidence: '',
});
function asked(over: Partial<Opened> = {}, grant: GrantOffer | undefined = OFFER): Opened {
  const base = opened(AT, { actions: [pod()], ...over });
  return { ...base, terms: { ...base.terms, ...over.terms, ...(grant && { grant }) } };
}
const approving = (source: Opened, by = 'ann@example.com', at = AT + 5, grant = 60_000): Voted =>
  vote(source, at, by, 'approve', { grant });

describe('what is offered', () => {
  it('is what the rules offer, where the call was recognised for certain', () => {
    expect(grantOffer(asked())).toEqual(OFFER);
    const base = opened(AT);
    expect(grantOffer(base)).toBeUndefined();
  });

  it.each<[string, Partial<Opened>]>([
    ['critical risk', { risk: 'critical' }],
    ['critical terms', { terms: { ...opened(AT).terms, risk: 'critical' } }],
    ['a default', { reason: 'default' }],
    ['an ambiguous match', { reason: 'ambiguous' }],
    ['an unreadable body', { reason: 'unreadable-body' }],
    ['an evaluation error', { reason: 'evaluation-error' }],
    ['an uninspected body', { uninspected: 'over-limit' }],
    ['an ambiguous action', { actions: [pod(), pod({ confidence: 'ambiguous' })] }],
    ['an unknown action', { actions: [pod({ confidence: 'unknown' })] }],
    ['a critical flag', { flags: [flag('privileged-pod', 'critical')] }],
  ])('is nothing for %s', (_what, over) => {
    expect(grantOffer(asked(over))).toBeUndefined();
  });

  it.each<[string, Partial<Opened>]>([
    ['no action', { actions: [] }],
    ['plain HTTP', { actions: [pod({ provider: 'http' })] }],
    ['an action of unknown level', { actions: [pod(), pod({ level: 'unknown' })] }],
    ['code that runs', { actions: [pod({ tags: ['code-execution'] })] }],
    ['SQL that runs', { actions: [pod({ tags: ['sql-execution'] })] }],
    ['rights that are given', { actions: [pod({ tags: ['privilege-escalation'] })] }],
    [
      'every target there is',
      { actions: [pod({ name: 'k8s:deletecollection:pods', resource: { type: 'pods', id: '*' } })] },
    ],
    [
      'a target in a place that the call does not tell',
      { actions: [pod({ resource: { id: 'web-0', namespace: '*' } })] },
    ],
    ['a field of GraphQL', { actions: [pod({ provider: 'graphql', resource: { type: 'field', id: 'deleteUser' } })] }],
    ['a tool', { actions: [pod({ provider: 'mcp', resource: { type: 'tool', id: 'delete_user' } })] }],
    ['a target with an empty name', { actions: [pod({ resource: { type: 'pods', id: '' } })] }],
    ['a trial', { actions: [pod({ params: { DryRun: 'true' } })] }],
    ['a trial in other words', { actions: [pod({ params: { validate_only: Object.create(null) } })] }],
    ['a target without a name', { actions: [pod({ resource: { type: 'pods', namespace: 'staging' } })] }],
  ])('is the very same call for %s', (_what, over) => {
    expect(grantOffer(asked(over))).toEqual({ ...OFFER, covers: 'call' });
  });

  it('is no less for what says that it is no trial', () => {
    expect(grantOffer(asked({ actions: [pod({ params: { DryRun: 'false', dry_run: false } })] }))).toEqual(OFFER);
  });

  it('needs no target where all targets are offered', () => {
    const nameless = { actions: [pod({ resource: { type: 'pods' } })] };
    expect(grantOffer(asked(nameless, { ...OFFER, covers: 'actions' }))?.covers).toBe('actions');
  });

  it('ends with the first who approves the call alone, and with the decision', () => {
    const two = asked({ terms: { ...opened(AT).terms, quorums: [{ rule: 'r', approvals: 2, from: [] }] } });
    const pending = fold([two]);
    expect(openOffer(pending)).toEqual(OFFER);
    expect(openOffer(fold([two, approving(two)]))).toEqual(OFFER);
    const alone = vote(two, AT, 'ann@example.com', 'approve');
    expect(openOffer(fold([two, alone]))).toBeUndefined();
    expect(transition(fold([two, alone]), approving(two, 'bob@example.com'))).toMatchObject({
      refusal: 'grant-not-offered',
    });
    const escalating = {
      ...two,
      terms: {
        ...two.terms,
        quorums: [{ rule: 'r', approvals: 1, from: ['group:x'], escalate: { after: 1, to: ['group:y'] } }],
      },
    };
    expect(openOffer(fold([escalating]))).toEqual(OFFER);
    expect(openOffer(fold([escalating, { type: 'escalated', at: AT + 5, rules: ['r'] }]))).toBeUndefined();
    expect(openOffer(fold([two, { type: 'cancelled', at: AT, why: '' }]))).toBeUndefined();
  });
});

describe('what votes granted', () => {
  it('is the shortest of their times, from the last of them', () => {
    const source = asked();
    const votes = [
      approving(source, 'ann@example.com', AT + 5, 60_000),
      approving(source, 'bob@example.com', AT + 9, 30_000),
    ];
    expect(grantOf(source, votes)).toEqual({
      id: source.id.replace('apr_', 'grt_'),
      covers: 'targets',
      uses: 2,
      from: AT + 9,
      until: AT + 30_009,
    });
  });

  it('is nothing without votes, or where one of them granted nothing or more than was offered', () => {
    const source = asked();
    expect(grantOf(source, [])).toBeUndefined();
    expect(grantOf(source, [approving(source), vote(source, AT, 'bob@example.com', 'approve')])).toBeUndefined();
    expect(grantOf(source, [approving(source, 'ann@example.com', AT, 60_001)])).toBeUndefined();
    expect(grantOf(opened(AT), [approving(source)])).toBeUndefined();
  });
});

describe('what a grant covers', () => {
  const SEEN: RiskFlag = { ...flag('cross-account'), evidence: 'account 1' };
  const source = asked({ flags: [SEEN] });
  const same: readonly [string, Partial<Opened>][] = [
    ['the same', {}],
    ['other bytes', { digest: 'd'.repeat(64), contentDigest: 'e'.repeat(64), bodySize: 9 }],
    ['other parameters and words', { digest: 'd'.repeat(64), actions: [pod({ params: { a: 1 }, summary: 'again' })] }],
    ['the tags in another order', { digest: 'd'.repeat(64), actions: [pod({ tags: ['deployment', 'destructive'] })] }],
    ['another number of copies', { actions: [pod({ params: { replicas: 2 } })] }],
    ['another query', { digest: 'd'.repeat(64), url: 'https://billing.internal.example.com/refunds?dry=1' }],
    ['another policy with the same rules', { policyDigest: 'd'.repeat(64) }],
    ['a flag that was seen', { flags: [SEEN] }],
    ['another time of day', { digest: 'd'.repeat(64), flags: [flag('off-hours', 'low')] }],
    ['many calls at once', { digest: 'd'.repeat(64), flags: [flag('burst', 'medium')] }],
  ];
  const other: readonly [string, Partial<Opened>][] = [
    ['another target', { actions: [pod({ resource: { type: 'pods', id: 'web-1', namespace: 'staging' } })] }],
    ['another namespace', { actions: [pod({ resource: { type: 'pods', id: 'web-0', namespace: 'prod' } })] }],
    ['a target that says more', { actions: [pod({ resource: { ...pod().resource, region: 'eu' } })] }],
    ['a further action', { actions: [pod(), pod({ name: 'k8s:delete:secrets' })] }],
    ['another method', { method: 'DELETE' }],
    ['a flag that nobody saw', { flags: [flag('force')] }],
    ['a flag that was seen with another value', { flags: [{ ...SEEN, evidence: 'account 2' }] }],
    ['another path', { url: 'https://billing.internal.example.com/refunds/2?dry=0' }],
    ['another host', { url: 'https://eu.billing.example.com/refunds?dry=0' }],
    ['a place outside', { actions: [pod({ boundary: 'outside' })] }],
    ['another image', { actions: [pod({ params: { replicas: 2, images: ['app=evil'] } })] }],
    ['another user', { actions: [pod({ params: { serviceAccounts: ['admin'] } })] }],
    ['another tag', { actions: [pod({ tags: ['destructive'] })] }],
    ['another level', { actions: [pod({ level: 'read' })] }],
  ];
  it.each(same)('targets: %s', (_what, over) => expect(isCovered(source, asked(over), 'targets')).toBe(true));
  it.each(other)('targets: not %s', (_what, over) => expect(isCovered(source, asked(over), 'targets')).toBe(false));
  it('actions: any target', () => {
    const narrow = new Set(other.filter(([what]) => /target|namespace|says more|other value|path|host/.test(what)));
    expect(narrow.size).toBe(6);
    for (const each of other) expect(isCovered(source, asked(each[1]), 'actions')).toBe(narrow.has(each));
  });
  it('actions: on no more targets at once than the call had that was looked at', () => {
    const on = (...ids: readonly string[]): Opened =>
      asked({ actions: ids.map((id) => pod({ resource: { ...pod().resource, id } })) });
    expect(isCovered(on('a'), on('b'), 'actions')).toBe(true);
    expect(isCovered(on('a'), on('b', 'c'), 'actions')).toBe(false);
    expect(isCovered(on('a', 'b'), on('c', 'd'), 'actions')).toBe(true);
    expect(isCovered(on('a', 'b'), on('*'), 'actions')).toBe(false);
    expect(isCovered(on('*'), on('*'), 'actions')).toBe(true);
  });
  it('actions: what the rules would hold as they were when it was given', () => {
    expect(isCovered(source, asked({ policyDigest: 'd'.repeat(64) }), 'actions')).toBe(false);
  });
  it('call: these bytes and no others', () => {
    expect(isCovered(asked(), asked(), 'call')).toBe(true);
    expect(isCovered(asked(), asked({ digest: 'd'.repeat(64) }), 'call')).toBe(false);
  });

  it('is kept where a call like it looks, and nowhere else, whatever the names are', () => {
    const name = fc.string({ unit: 'binary', maxLength: 6 });
    const call = fc.record({
      agent: name,
      owner: name,
      upstream: name,
      requesters: fc.array(name, { maxLength: 3 }),
      rules: fc.array(name, { maxLength: 3 }),
      digest: name,
      actions: fc.array(
        fc.record({ name, id: name }).map((part) => pod({ name: part.name, resource: { id: part.id } })),
        { maxLength: 3 },
      ),
    });
    const set = (list: readonly string[]): string => JSON.stringify([...new Set(list)].toSorted());
    const like = (one: Opened, two: Opened): boolean =>
      one.agent === two.agent &&
      one.owner === two.owner &&
      one.upstream === two.upstream &&
      set(one.requesters) === set(two.requesters) &&
      set(one.rules) === set(two.rules);
    fc.assert(
      fc.property(call, call, fc.boolean(), fc.constantFrom(...COVERS), (a, b, mix, covers) => {
        const [one, two] = [asked(a), asked(mix ? { ...a, actions: b.actions } : b)];
        const [wellOne, wellTwo] = [one, two].map((each) => JSON.stringify(each).isWellFormed());
        fc.pre(
          wellOne === true && wellTwo === true && ![one, two].some((each) => /\\ud[89a-f]/i.test(JSON.stringify(each))),
        );
        const together = like(one, two) && isCovered(one, two, covers);
        expect(scopeKey(one, covers) === scopeKey(two, covers)).toBe(together);
      }),
      { numRuns: 300 },
    );
  });
});

describe('a call that a grant let through', () => {
  const source = asked({ id: 'apr_source' });
  const later: Opened = { ...asked(), at: AT + 1000, expiresAt: AT + 900_000 };
  const use: Granted = {
    type: 'granted',
    at: AT + 1001,
    grant: 'grt_source',
    source,
    votes: [approving(source)],
    until: AT + 60_005,
    use: 1,
  };
  const approved = fold([later, use]);

  it('is approved, and runs only while the grant lasts', () => {
    expect(approved.status).toBe('approved');
    expect(deadlineOf(approved)).toBe(AT + 60_005);
    const eligible = [{ by: 'ann@example.com', groups: ['security'] }];
    const claimed = claim(later, AT + 60_004, 'r1', { eligible, grantNow: { stands: true, offer: OFFER } });
    const taken = fold([later, use, claimed]);
    expect(mintGrant(taken)?.expiresAt).toBe(AT + 60_005);
    expect(transition(approved, { ...claimed, at: AT + 60_005 })).toMatchObject({ refusal: 'expired' });
    expect(transition(taken, intent(later, AT + 60_005, 'r1'))).toMatchObject({ refusal: 'expired' });
    expect(transition(approved, { ...claimed, grantNow: { stands: false, offer: OFFER } })).toMatchObject({
      refusal: 'grant-ended',
    });
    const { grantNow: _, ...bare } = claimed;
    expect(transition(approved, bare)).toMatchObject({ refusal: 'grant-ended' });
  });

  it('counts those who gave it, and nobody who voted on the call itself', () => {
    const two = { ...later, terms: { ...later.terms, quorums: [{ rule: 'r', approvals: 2, from: [] }] } };
    const own = approving(two, 'bob@example.com', AT + 1000);
    expect(transition(fold([two, own]), use)).toMatchObject({ refusal: 'quorum-not-met' });
  });

  it.each<[string, Partial<Granted>, string]>([
    ['a use beyond the last', { use: 3 }, 'grant-not-offered'],
    ['a use below the first', { use: 0 }, 'grant-spent'],
    ['a later end', { until: AT + 60_006 }, 'grant-not-offered'],
    ['a time before the votes', { at: AT + 4 }, 'grant-over'],
    ['its end', { at: AT + 60_005 }, 'grant-over'],
    ['another id', { grant: 'grt_other' }, 'grant-unsound'],
    ['a vote twice', { votes: [approving(source), approving(source)] }, 'grant-unsound'],
    ['a vote of the owner', { votes: [approving(source, 'owner@example.com')] }, 'grant-unsound'],
    ['a vote of the agent', { votes: [approving(source, 'deploy-bot')] }, 'grant-unsound'],
    ['a vote after expiry', { votes: [approving(source, 'ann@example.com', source.expiresAt)] }, 'grant-unsound'],
    ['a denial', { votes: [{ ...approving(source), vote: 'deny' }] }, 'grant-unsound'],
    ['no vote', { votes: [] }, 'grant-unsound'],
  ])('is refused for %s', (_what, over, refusal) => {
    expect(transition(fold([later]), { ...use, ...over })).toMatchObject({ refusal });
  });

  it('is refused where the agent goes by the address of who gave it, in whatever letters', () => {
    const [was, is] = [source, later].map((one) => ({ ...one, agent: 'Ann@Example.com' })) as [Opened, Opened];
    const given = { ...use, source: was, votes: [approving(was)] };
    expect(transition(fold([is]), given)).toMatchObject({ refusal: 'grant-unsound' });
    const byBob = { ...given, votes: [approving(was, 'bob@example.com')] };
    expect(transition(fold([is]), byBob)).toMatchObject({ ok: true });
  });

  it('is shown with who gave it; what can be granted is shown before', () => {
    expect(approvalView(approved, AT + 1001)).toMatchObject({
      grant_offer: null,
      granted_by: {
        grant: 'grt_source',
        approval_id: 'apr_source',
        people: [{ by: 'ann@example.com', groups: ['security'] }],
        use: 1,
        until: new Date(AT + 60_005).toISOString(),
      },
    });
    expect(approvalView(fold([later]), AT)).toMatchObject({ grant_offer: { ...OFFER }, granted_by: null });
  });
});

describe('the words', () => {
  it.each([
    ['call', 'exactly this call (POST https://billing.internal.example.com/refunds?dry=0)'],
    ['targets', 'k8s:delete:pods on web-0 in staging, whatever its other parameters are'],
    ['actions', 'k8s:delete:pods on any target that refunds would hold, whatever its parameters are'],
  ] as const)('say what %s covers', (covers, what) => {
    expect(offerWords(asked(), { ...OFFER, covers })).toBe(
      `deploy-bot may do ${what}, up to 2 times within 1m, without being asked about again`,
    );
    expect(grantWords(asked(), covers, 1, Date.UTC(2026, 0, 15, 16, 5))).toBe(
      `deploy-bot may do ${what}, up to once until 2026-01-15 16:05 UTC, without being asked about again`,
    );
  });

  it('are cut, whatever the agent names', () => {
    const long = asked({ actions: [pod({ resource: { id: '\ud800x'.repeat(5_000) } })] });
    const said = offerWords(long, OFFER);
    expect(said.length).toBeLessThan(500);
    expect(said.isWellFormed()).toBe(true);
  });
});
