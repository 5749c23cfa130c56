import { expect, test } from 'vitest';
import { claimedAgent, type ClaimMapping } from '../../../src/proxy/auth/jwt-claims.ts';

const mapping: ClaimMapping = { id: 'sub', owner: undefined, acts_for: undefined, labels: {} };

test('the whole chain of actors acts for somebody (RFC 8693), the agent itself excepted', () => {
  const claims = {
    sub: 'Alice@Example.com',
    act: { sub: 'bot', act: { sub: 'Bob@Example.com', act: { sub: 'carol@example.com' } } },
  };
  expect(claimedAgent(claims, { ...mapping, id: 'act.sub', acts_for: 'sub' })).toEqual({
    id: 'bot',
    owner: undefined,
    labels: {},
    actsFor: ['alice@example.com', 'bob@example.com', 'carol@example.com'],
  });
});

test.each([
  ['a text', 'a@example.com', ['a@example.com']],
  ['a list', ['a@example.com', 'B@example.com'], ['a@example.com', 'b@example.com']],
  ['an actor', { sub: 'a@example.com', act: { sub: 'b@example.com' } }, ['a@example.com', 'b@example.com']],
  ['null', null, []],
  ['nothing', undefined, []],
])('acts_for reads %s', (_name, value, expected) => {
  expect(claimedAgent({ sub: 'bot', for: value }, { ...mapping, acts_for: 'for' })?.actsFor).toEqual(expected);
});

function chain(length: number): unknown {
  return length === 0 ? undefined : { sub: `a${length}`, act: chain(length - 1) };
}

test.each([
  ['a list with another type in it', ['a@example.com', 1]],
  ['a list that is too long', Array.from({ length: 65 }, (_, i) => `a${i}@example.com`)],
  ['a chain that is too deep', chain(9)],
  ['a chain with a hole', { sub: 'a', act: { act: { sub: 'b' } } }],
  ['a control character', 'a\u0000@example.com'],
  ['a number', 7],
])('acts_for that is %s refuses the token', (_name, value) => {
  expect(claimedAgent({ sub: 'bot', for: value }, { ...mapping, acts_for: 'for' })).toBeUndefined();
});

test('labels take texts, numbers and booleans; absent ones stay absent, others refuse the token', () => {
  const labels = { env: 'environment', run: 'run.number', main: 'protected', gone: 'gone' };
  const claims = { sub: 'bot', environment: 'production', run: { number: 7 }, protected: true };
  expect(claimedAgent(claims, { ...mapping, labels })?.labels).toEqual({ env: 'production', run: '7', main: 'true' });
  expect(claimedAgent({ ...claims, environment: { a: 1 } }, { ...mapping, labels })).toBeUndefined();
});
