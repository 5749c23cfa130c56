// Doubts about a call, habits of an agent, and what bounds the flags.
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Opened } from '../../../src/core/approval/events.ts';
import type { Call } from '../../../src/core/call.ts';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { MAX_EVIDENCE } from '../../../src/core/risk/flag.ts';
import { FLAG_TABLE } from '../../../src/core/risk/flag-table.ts';
import { habitFlags } from '../../../src/core/risk/habit-flags.ts';
import { BURST, riskFlags } from '../../../src/core/risk/risk-flags.ts';
import { actionOf, callOf, flagsOf, ids } from './risk-fixture.ts';

const plain = [actionOf()];

describe('a body', () => {
  it.each(['over-limit', 'unknown-coding', 'undecodable', 'unknown-charset'] as const)(
    'that is %s is flagged',
    (why) => {
      const call: Call = { ...callOf(), body: { state: 'unreadable', why } };
      expect(ids(flagsOf(call, plain))).toEqual(['body-not-inspected']);
    },
  );
  it('that is read is not', () => expect(ids(flagsOf(callOf({ body: { a: 1 } }), plain))).toEqual([]));
  it('that holds more than is looked through is flagged', () => {
    const call = callOf({ body: { list: Array.from({ length: 30_000 }, (_, i) => i) } });
    expect(ids(flagsOf(call, plain))).toEqual(['body-not-inspected']);
  });
});

describe('recognition', () => {
  it.each([
    ['unknown', ['unknown-action']],
    ['ambiguous', ['ambiguous-action']],
    ['exact', []],
  ] as const)('that is %s raises %j', (confidence, expected) =>
    expect(ids(flagsOf(callOf(), [actionOf({ confidence })]))).toEqual(expected),
  );
});

describe('the boundary', () => {
  it.each([
    ['outside', ['outside-boundary']],
    ['unknown', ['boundary-unknown']],
    ['inside', []],
  ] as const)('%s raises %j', (boundary, expected) =>
    expect(ids(flagsOf(callOf(), [actionOf({ boundary, resource: { region: 'us-east-1' } })]))).toEqual(expected),
  );
  it('names the place', () => {
    const action = actionOf({ name: 'aws:ec2:RunInstances', boundary: 'outside', resource: { region: 'us-east-1' } });
    expect(flagsOf(callOf(), [action])[0]?.evidence).toBe('aws:ec2:RunInstances: region us-east-1');
  });
});

describe('contradicting signals', () => {
  it.each(['X-HTTP-Method-Override', 'X-Http-Method', 'X-Method-Override'])('%s is a method override', (name) =>
    expect(flagsOf(callOf({ headers: [name, 'DELETE'] }), plain)).toMatchObject([
      { id: 'method-override', evidence: `${name.toLowerCase()}: DELETE` },
    ]),
  );
  it('_method is one in a query and in a form', () => {
    expect(ids(flagsOf(callOf({ url: 'https://api.test/x?_method=DELETE' }), plain))).toEqual(['method-override']);
    expect(ids(flagsOf(callOf({ body: '_method=DELETE' }), plain))).toEqual(['method-override']);
    expect(ids(flagsOf(callOf({ body: { nested: { _method: 'DELETE' } } }), plain))).toEqual([]);
  });
  it('a plain header is none', () =>
    expect(ids(flagsOf(callOf({ headers: ['X-Method', 'DELETE'] }), plain))).toEqual([]));
  it('Impersonate-User acts in another name', () => {
    expect(ids(flagsOf(callOf({ headers: ['Impersonate-User', 'root'] }), plain))).toEqual(['impersonation']);
  });
});

describe('hidden text', () => {
  it.each([
    ['a right-to-left override', 'abc\u202Etxt'],
    ['a zero-width space', 'pass\u200Bword'],
    ['an escape', 'a\u001b[2J'],
    ['a tag character', 'a\u{E0041}'],
  ])('%s is flagged in bodies, URLs and justifications', (_what, text) => {
    expect(ids(flagsOf(callOf({ body: { text } }), plain))).toEqual(['hidden-text']);
    expect(ids(flagsOf(callOf({ url: `https://api.test/${encodeURIComponent(text)}` }), plain))).toEqual([
      'hidden-text',
    ]);
    expect(ids(flagsOf(callOf(), plain, text))).toEqual(['hidden-text']);
  });
  it.each(['Grüße, 你好', 'line\nbreak\ttab', 'naïve café', '🙂'])('%j is not', (text) => {
    expect(ids(flagsOf(callOf({ body: { text } }), plain, text))).toEqual([]);
  });
  it('stands in the evidence in visible form', () => {
    const [flag] = flagsOf(callOf({ body: { text: 'abc\u202Etxt' } }), plain);
    expect(flag?.evidence).toBe('body.text: abc⟦U+202E⟧txt');
  });
});

describe('a burst', () => {
  const held = (heldLately: number): readonly string[] =>
    ids(riskFlags({ call: callOf(), actions: plain, justification: undefined, heldLately }));
  it('is many held calls', () => expect(held(BURST)).toEqual(['burst']));
  it('is not a few', () => expect(held(BURST - 1)).toEqual([]));
});

describe('habits', () => {
  const opened = (...actions: readonly Partial<Action>[]): Opened =>
    ({ actions: actions.map(actionOf) }) as unknown as Opened;

  it('show the first time', () => {
    expect(habitFlags(opened({ name: 'a' }), [])).toMatchObject([
      { id: 'first-time', evidence: 'a (its first approval)' },
    ]);
    expect(habitFlags(opened({ name: 'a' }), [opened({ name: 'b' })])).toMatchObject([
      { id: 'first-time', evidence: 'a (none of its last 1 approvals was about it)' },
    ]);
  });
  it('show no flag for what is usual', () => {
    expect(habitFlags(opened({ name: 'a', params: { x: 1 } }), [opened({ name: 'a', params: { x: 2 } })])).toEqual([]);
  });
  it('show a parameter that is new', () => {
    const before = [opened({ name: 'a', params: { x: 1 } }), opened({ name: 'b', params: { y: 1 } })];
    expect(habitFlags(opened({ name: 'a', params: { x: 1, y: 2 } }), before)).toMatchObject([
      { id: 'new-parameter', evidence: 'a: y' },
    ]);
  });
  it('judge each action once', () => {
    expect(habitFlags(opened({ name: 'a' }, { name: 'a' }, { name: 'b' }), [])).toHaveLength(2);
  });
});

describe('flags as a whole', () => {
  it('come worst first', () => {
    const call = callOf({
      body: { PolicyArn: 'arn:aws:iam::aws:policy/AdministratorAccess', cidr: '0.0.0.0/0', text: 'a\u200Bb' },
    });
    expect(flagsOf(call, plain).map(({ severity }) => severity)).toEqual(['critical', 'high', 'medium']);
  });

  it('are bounded in number and length, and canonical JSON can hold them', () => {
    const nasty = `0.0.0.0/0 \ud800${'x'.repeat(10_000)}`;
    const actions = Array.from({ length: 300 }, (_, i) =>
      actionOf({
        name: `x${i}${nasty}`,
        confidence: 'unknown',
        boundary: 'outside',
        params: { [`p${i}\udfff`]: nasty },
      }),
    );
    const body = Object.fromEntries(
      Array.from({ length: 500 }, (_, i) => [`acl${i}`, i % 2 ? 'public-read' : 'allUsers']),
    );
    const flags = flagsOf(callOf({ body }), actions);
    expect(flags.length).toBeGreaterThan(3);
    expect(flags.length).toBeLessThanOrEqual(24);
    for (const { evidence } of flags) expect(evidence.length).toBeLessThanOrEqual(MAX_EVIDENCE);
    expect(() => canonicalJson(flags)).not.toThrow();
  });

  it('never throw, and take a bounded time, for any body', () => {
    const deep = `${'{"Statement":['.repeat(40)}${']}'.repeat(40)}`;
    const many = JSON.stringify(
      Array.from({ length: 5_000 }, () => ({ Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }] })),
    );
    const texts = [
      '{',
      '[[[[',
      'null',
      '{"__proto__":{"x":1},"Statement":null}',
      '{"Statement":[1,null,"x",[]]}',
      deep,
      many,
    ];
    const bodies = [...texts, JSON.stringify({ a: texts }), '\ufeff{}', '{"a":1,"a":2}'];
    const began = performance.now();
    for (const body of bodies) {
      for (const type of [
        'application/json',
        'application/x-www-form-urlencoded',
        'text/plain',
        'application/xml',
        'x',
      ]) {
        expect(Array.isArray(flagsOf(callOf({ body, type }), plain))).toBe(true);
      }
    }
    expect(performance.now() - began).toBeLessThan(5_000);
  });

  it('have one line of words each', () => {
    for (const { title } of Object.values(FLAG_TABLE)) expect(title).toMatch(/^[A-Z][^\n.]{10,90}$/);
  });
});
