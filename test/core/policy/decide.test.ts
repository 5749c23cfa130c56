import { describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import type { Rule } from '../../../src/core/policy/ast.ts';
import { compilePolicies } from '../../../src/core/policy/compile.ts';
import type { Decision, DecisionContext } from '../../../src/core/policy/types.ts';
import { aCall, aContext, aFile, anAction, aRule, DEFAULTS, formCall, jsonCall, whole } from './fixtures.ts';

function decided(rules: readonly Rule[], call: Call, context: Partial<DecisionContext> = {}): Decision {
  const decision = compilePolicies([aFile(rules)], DEFAULTS).decide(call, aContext(call, context));
  if (decision === 'needs-body') throw new Error('asks for the body');
  return decision;
}

describe('the strictest matching rule', () => {
  const allow = aRule('reads', 'allow', {});
  const hold = aRule('billing', 'hold', { upstream: ['billing'] });
  const deny = aRule('never', 'deny', { path: ['/v1/users'] });
  it('wins wherever it stands', () => {
    for (const rules of [
      [allow, hold, deny],
      [deny, hold, allow],
    ]) {
      expect(decided(rules, aCall())).toMatchObject({ effect: 'deny', rules: ['never'], reason: 'rule' });
      expect(decided(rules, aCall({ path: '/x' }))).toMatchObject({ effect: 'hold', rules: ['billing'] });
      expect(decided(rules, aCall({ path: '/x', upstream: 'other' }))).toMatchObject({
        effect: 'allow',
        rules: ['reads'],
      });
    }
  });
  it('gives way to the default only where nothing matched', () => {
    const decision = decided([aRule('x', 'allow', { upstream: ['other'] })], aCall());
    expect(decision).toMatchObject({ effect: 'hold', rules: [], reason: 'default' });
    expect(decision.hold?.quorums).toEqual([{ rule: 'default', approvals: 1, from: ['group:security'] }]);
  });
});

describe('a call that does several things', () => {
  const get = anAction({ provider: 'gcp', name: 'gcp:bigquery.jobs.query', level: 'read' });
  const select = anAction({ provider: 'sql', name: 'sql:select:d.t', level: 'read' });
  const both = { actions: () => [get, select] };
  const method = aRule('method', 'allow', { action: ['gcp:*'] });
  const sql = aRule('sql', 'allow', { action: ['sql:*'], level: ['read'] });

  it('passes where each of them is allowed, by whichever rule', () => {
    const made = decided([method, sql, aRule('other', 'allow', { action: ['aws:*'] })], aCall(), both);
    expect(made).toMatchObject({ effect: 'allow', rules: ['method', 'sql'], reason: 'rule' });
  });

  it('passes where each of them is allowed by some block of one rule', () => {
    const blocks = aRule('blocks', 'allow', [{ action: ['gcp:*'] }, { action: ['sql:*'] }]);
    expect(decided([blocks], aCall(), both)).toMatchObject({ effect: 'allow', rules: ['blocks'] });
  });

  it('does not where one of them is not allowed, not for certain, or held', () => {
    const unknown = anAction({
      provider: 'sql',
      service: '',
      name: 'sql:unknown',
      level: 'unknown',
      confidence: 'unknown',
    });
    const outcomes = [
      decided([method], aCall(), both),
      decided([method, sql], aCall(), { actions: () => [get, select, anAction({ name: 'aws:s3:GetObject' })] }),
      decided([method, aRule('sql', 'allow', { action: ['sql:*'] })], aCall(), { actions: () => [get, unknown] }),
      decided([method, { ...sql, except: [{ resource: { id: ['d.t'] } }] }], aCall(), {
        actions: () => [get, { ...select, resource: { id: 'd.t' } }],
      }),
      decided([method, { ...sql, mode: 'observe' }], aCall(), both),
    ];
    expect(outcomes.map(({ effect, reason }) => `${effect} ${reason}`)).toEqual(outcomes.map(() => 'hold default'));
    const held = decided([method, sql, aRule('stop', 'hold', { action: ['sql:select:d.t'] })], aCall(), both);
    expect(held).toMatchObject({ effect: 'hold', rules: ['stop'] });
  });

  it('opens a WebSocket only where all that allow it say so', () => {
    const open = (...rules: readonly Rule[]): boolean => decided(rules, aCall(), both).websocket;
    expect(open({ ...method, websocket: true }, sql)).toBe(false);
    expect(open({ ...method, websocket: true }, { ...sql, websocket: true })).toBe(true);
  });
});

it('merges hold rules to the strictest of each term', () => {
  const one = aRule(
    'one',
    'hold',
    {},
    {
      risk: 'low',
      hold: { approvals: 2, from: ['group:a'], expires: 60_000, deny_memory: 5000, on_absent: 'execute' },
    },
  );
  const two = aRule(
    'two',
    'hold',
    {},
    { risk: 'critical', hold: { from: ['group:b'], wait: 1000, on_absent: 'cancel' } },
  );
  expect(decided([one, two], aCall()).hold).toEqual({
    quorums: [
      { rule: 'one', approvals: 2, from: ['group:a'] },
      { rule: 'two', approvals: 1, from: ['group:b'] },
    ],
    risk: 'critical',
    expires: 60_000,
    wait: 1000,
    denyMemory: 900_000,
    replayWindow: 600_000,
    onAbsent: 'cancel',
  });
});

describe('observe rules', () => {
  it('are recorded and never enforced', () => {
    const rules = [aRule('go', 'allow', {}), aRule('trial', 'deny', {}, { mode: 'observe' })];
    const decision = decided(rules, aCall());
    expect(decision).toMatchObject({ effect: 'allow', rules: ['go'], observed: { effect: 'deny', rules: ['trial'] } });
  });
  it('never weaken an enforced rule', () => {
    const rules = [aRule('no', 'deny', {}), aRule('trial', 'allow', {}, { mode: 'observe' })];
    expect(decided(rules, aCall())).toMatchObject({ effect: 'deny', observed: { effect: 'allow' } });
  });
});

describe('except', () => {
  const hold = aRule('h', 'hold', {}, { except: [{ path: ['/public/**'] }] });
  const allow = aRule('a', 'allow', {}, { except: [{ path: ['/private/**'] }] });
  it('exempts from a hold only what it matches for certain', () => {
    const rules = [aRule('any', 'allow', {}), hold];
    expect(decided(rules, aCall({ path: '/public/x' })).effect).toBe('allow');
    const odd = decided(rules, aCall({ path: '/public/../x' }));
    expect(odd).toMatchObject({ effect: 'hold', reason: 'ambiguous', rules: ['h'] });
  });
  it('takes from an allow whatever it may match', () => {
    expect(decided([allow], aCall({ path: '/x' })).effect).toBe('allow');
    const decision = decided([allow], aCall({ path: '/x/../private/y' }));
    expect(decision).toMatchObject({ effect: 'hold', reason: 'default' });
    expect(decision.detail).toContain('a did not apply');
  });
});

describe('the body', () => {
  const rules = [
    aRule('list', 'allow', { body: { form: { Action: ['List*'] } } }),
    aRule('create', 'hold', { body: { form: { Action: ['Create*'] } } }),
    aRule('delete', 'deny', { body: { form: { Action: ['Delete*'] } } }),
  ];
  it('decides by form fields', () => {
    expect(decided(rules, formCall('Action=ListUsers&Version=1'))).toMatchObject({ effect: 'allow', reason: 'rule' });
    expect(decided(rules, formCall('Action=CreateUser'))).toMatchObject({
      effect: 'hold',
      rules: ['create'],
      reason: 'rule',
    });
    expect(decided(rules, formCall('Version=1&%41ction=DeleteUser'))).toMatchObject({
      effect: 'deny',
      rules: ['delete'],
    });
  });
  const nasty: readonly (readonly [string, Call, string])[] = [
    ['two fields of one name', formCall('Action=ListUsers&Action=DeleteUser'), 'deny'],
    ['a semicolon as separator', formCall('Action=ListUsers;Action=DeleteUser'), 'deny'],
    ['the field in query and body', formCall('Action=ListUsers', { query: 'Action=ListUsers' }), 'deny'],
    ['no content type', formCall('Action=ListUsers', { headers: [] }), 'deny'],
    [
      'two content types',
      formCall('Action=ListUsers', { headers: ['Content-Type', 'a/b', 'Content-Type', 'a/b'] }),
      'deny',
    ],
    [
      'another charset',
      formCall('Action=ListUsers', { headers: ['Content-Type', 'application/x-www-form-urlencoded; charset=utf-16'] }),
      'deny',
    ],
    ['a byte order mark', formCall('\uFEFFAction=ListUsers'), 'deny'],
    ['bytes outside UTF-8', formCall('', { body: whole(new Uint8Array([0x41, 0xff])) }), 'deny'],
    ['a broken escape', formCall('Action=ListUsers&x=%zz'), 'deny'],
    ['a body over the limit', formCall('', { body: { state: 'unreadable', why: 'over-limit' } }), 'deny'],
    ['a form sent as text', formCall('Action=DeleteUser', { headers: ['Content-Type', 'text/plain'] }), 'deny'],
    ['the action in JSON', jsonCall('{"Action":"DeleteUser"}'), 'deny'],
    [
      'a multipart field',
      formCall('--b\r\nContent-Disposition: form-data; name="Action"\r\n\r\nx\r\n--b--', {
        headers: ['Content-Type', 'multipart/form-data; boundary=b'],
      }),
      'deny',
    ],
    ['an action in the query of a GET', aCall({ query: 'Action=DeleteUser' }), 'deny'],
    ['JSON that only mentions nothing of it', jsonCall('{"a":1}'), 'hold'],
  ];
  it.each(nasty)('is read strictly: %s', (_what, call, effect) => {
    expect(decided(rules, call).effect).toBe(effect);
  });
  it('is asked for only where it could change the outcome', () => {
    const unread = formCall('', { body: { state: 'unread' } });
    const set = (more: Rule[]): string => {
      const decision = compilePolicies([aFile([...rules, ...more])], DEFAULTS).decide(unread, aContext(unread));
      return decision === 'needs-body' ? decision : decision.effect;
    };
    expect(set([])).toBe('needs-body');
    expect(set([aRule('no', 'deny', { upstream: ['billing'] })])).toBe('deny');
    expect(set([aRule('ok', 'allow', {})])).toBe('needs-body');
    const head = compilePolicies(
      [aFile([aRule('r', 'allow', { upstream: ['other'], body: { form: { a: ['b'] } } })])],
      DEFAULTS,
    );
    expect(head.decide(unread, aContext(unread))).toMatchObject({ effect: 'hold', reason: 'default' });
  });
  it('matches JSON pointers by type, and by text only in doubt', () => {
    const admin = [aRule('ok', 'allow', {}), aRule('j', 'hold', { body: { json: { '/user/admin': [true] } } })];
    expect(decided(admin, jsonCall('{"user":{"admin":true}}'))).toMatchObject({ effect: 'hold', reason: 'rule' });
    expect(decided(admin, jsonCall('{"user":{"admin":"true"}}'))).toMatchObject({
      effect: 'hold',
      reason: 'ambiguous',
    });
    expect(decided(admin, jsonCall('{"user":{"Admin":true}}'))).toMatchObject({ effect: 'hold', reason: 'ambiguous' });
    expect(decided(admin, jsonCall('{"user":{"admin":false}}'))).toMatchObject({ effect: 'allow' });
    expect(decided(admin, jsonCall('{"a":1,"\\u0061":1}'))).toMatchObject({
      effect: 'hold',
      reason: 'unreadable-body',
    });
  });
});

describe('method overrides', () => {
  const rules = [aRule('w', 'allow', { method: ['POST'] }), aRule('d', 'deny', { method: ['DELETE'] })];
  it.each([
    ['header', aCall({ method: 'POST', headers: ['X-HTTP-Method-Override', 'delete'] })],
    ['query', aCall({ method: 'POST', query: '_method=DELETE' })],
    ['encoded query', aCall({ method: 'POST', query: '%5fmethod=DELETE' })],
    ['form', formCall('_method=delete')],
  ])('count beside the real method: %s', (_where, call) => {
    expect(decided(rules, call)).toMatchObject({ effect: 'deny', reason: 'ambiguous' });
  });
});

describe('actions', () => {
  const rules = [
    aRule('reads', 'allow', { action: ['aws:*'], level: ['read'] }),
    aRule('creates', 'hold', { action: ['aws:iam:Create*'] }),
  ];
  const read = anAction({ name: 'aws:s3:GetObject', service: 's3', level: 'read' });
  it('all have to match an allow, one is enough for a hold', () => {
    expect(decided(rules, aCall(), { actions: () => [read] }).effect).toBe('allow');
    const both = decided(rules, aCall(), { actions: () => [read, anAction()] });
    expect(both).toMatchObject({ effect: 'hold', rules: ['creates'], reason: 'rule' });
  });
  it('that nobody recognised may be any', () => {
    const unknown = anAction({ name: 'aws:iam:?', operation: '', level: 'unknown', confidence: 'unknown' });
    expect(decided(rules, aCall(), { actions: () => [unknown] })).toMatchObject({
      rules: ['creates'],
      reason: 'ambiguous',
    });
    const other = anAction({ provider: 'gcp', service: '', name: 'gcp:?', confidence: 'unknown' });
    expect(decided(rules, aCall(), { actions: () => [other] }).reason).toBe('default');
  });
  it('a failing recogniser counts as matched', () => {
    const failing = (): never => {
      throw new Error('bug');
    };
    expect(decided(rules, aCall(), { actions: failing })).toMatchObject({ effect: 'hold', reason: 'evaluation-error' });
  });
  it('are not asked for where no candidate rule speaks of them', () => {
    const never = (): never => expect.fail('asked');
    expect(
      decided(
        [
          aRule('p', 'allow', { path: ['/v1/**'] }),
          ...rules.map((r) => ({ ...r, match: [{ ...r.match[0], upstream: ['aws'] }] })),
        ],
        aCall(),
        { actions: never },
      ).effect,
    ).toBe('allow');
  });
});

describe('when', () => {
  const deny = (when: string): Rule[] => [
    aRule('ok', 'allow', {}),
    aRule('w', 'deny', { upstream: ['billing'] }, { when }),
  ];
  it('is one more criterion', () => {
    expect(decided(deny('agent.labels.env == "ci"'), aCall()).effect).toBe('deny');
    expect(decided(deny('agent.labels.env == "prod"'), aCall()).effect).toBe('allow');
  });
  it('that fails counts as matched for a deny and not for an allow', () => {
    expect(decided(deny('agent.labels.nope == "x"'), aCall())).toMatchObject({
      effect: 'deny',
      reason: 'evaluation-error',
    });
    expect(decided([aRule('a', 'allow', {}, { when: 'agent.labels.nope == "x"' })], aCall()).effect).toBe('hold');
  });
  it('that fails beside a rule that matches for certain leaves the reason, and nothing to grant', () => {
    const grant = { for: 3_600_000 };
    const rules = (when: string): Rule[] => [
      aRule('all', 'hold', { upstream: ['billing'] }, { hold: { grant } }),
      aRule('w', 'hold', { upstream: ['billing'] }, { when, hold: { grant } }),
    ];
    const sure = decided(rules('agent.labels.env == "ci"'), aCall());
    expect(sure).toMatchObject({ reason: 'rule', rules: ['all', 'w'] });
    expect(sure.hold?.grant).toMatchObject({ for: 3_600_000 });
    const doubtful = decided(rules('agent.labels.nope == "x"'), aCall());
    expect(doubtful).toMatchObject({ reason: 'rule', rules: ['all', 'w'] });
    expect(doubtful.hold?.grant).toBeUndefined();
  });
  it('sees every reading of the path', () => {
    const rules = deny('path.startsWith("/admin")');
    expect(decided(rules, aCall({ path: '/pub/..%2fadmin/x' }))).toMatchObject({ effect: 'deny', reason: 'ambiguous' });
  });
  it('reads the body', () => {
    const rules = deny('has(body.amount) && body.amount > 100');
    expect(decided(rules, jsonCall('{"amount":101}'))).toMatchObject({ effect: 'deny', reason: 'rule' });
    expect(decided(rules, jsonCall('{"amount":99}')).effect).toBe('allow');
    expect(decided(rules, jsonCall('{"amount":1,"amount":999}'))).toMatchObject({
      effect: 'deny',
      reason: 'unreadable-body',
    });
  });
});

describe('who, where and when', () => {
  const effect = (block: Parameters<typeof aRule>[2], context: Partial<DecisionContext> = {}): string =>
    decided([aRule('x', 'allow', block)], aCall(), context).effect;
  it('matches source ranges, IPv4-mapped addresses too', () => {
    expect(effect({ source: ['10.0.0.0/8'] })).toBe('allow');
    expect(effect({ source: ['10.0.0.0/8'] }, { source: '::ffff:10.1.2.3' })).toBe('allow');
    expect(effect({ source: ['10.0.0.0/8'] }, { source: '11.0.0.1' })).toBe('hold');
    expect(effect({ source: ['10.0.0.0/8'] }, { source: 'unknown' })).toBe('hold');
  });
  it('matches time windows in their zone, over midnight by the day they start', () => {
    const night = { days: [1], from: 22 * 60, to: 6 * 60, zone: 'Europe/Berlin' };
    expect(effect({ time: [night] }, { now: Date.UTC(2026, 0, 5, 22, 0) })).toBe('allow'); // Monday 23:00
    expect(effect({ time: [night] }, { now: Date.UTC(2026, 0, 6, 4, 59) })).toBe('allow'); // Tuesday 05:59
    expect(effect({ time: [night] }, { now: Date.UTC(2026, 0, 6, 5, 0) })).toBe('hold'); // Tuesday 06:00
    expect(effect({ time: [night] }, { now: Date.UTC(2026, 0, 6, 22, 0) })).toBe('hold'); // Tuesday 23:00
  });
  it('matches owners whatever their case, and labels by their own keys only', () => {
    expect(effect({ owner: ['owner@EXAMPLE.com'] })).toBe('allow');
    expect(effect({ labels: { constructor: ['*'] } })).toBe('hold');
  });
});

it('names rules by file where two files use one id', () => {
  const files = [
    aFile([aRule('a', 'hold', {})], 'one'),
    aFile([aRule('a', 'hold', {}), aRule('b', 'hold', {})], 'two'),
  ];
  expect(compilePolicies(files, DEFAULTS).decide(aCall(), aContext(aCall()))).toMatchObject({
    rules: ['one/a', 'two/a', 'b'],
  });
});

it('has a digest that positions and files do not change, and meaning does', () => {
  const digest = (rule: Rule): string => compilePolicies([aFile([rule])], DEFAULTS).digest;
  const rule = aRule('a', 'hold', {});
  expect(digest({ ...rule, at: 'elsewhere.yaml:9:9' })).toBe(digest(rule));
  expect(digest({ ...rule, effect: 'deny' })).not.toBe(digest(rule));
});

it('shares one decision between calls that one rule allows', () => {
  const set = compilePolicies([aFile([aRule('a', 'allow', {})])], DEFAULTS);
  expect(set.decide(aCall(), aContext(aCall()))).toBe(set.decide(aCall({ path: '/y' }), aContext(aCall())));
});
