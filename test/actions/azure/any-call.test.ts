// Calls bent at random, and calls made of nothing but chance: the recogniser always answers, never throws, and is bounded.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { TAGS } from '../../../src/core/policy/schema-words.ts';
import { bend, bends } from '../bent-call.ts';
import { call, GROUP, recogniser, whole } from './calls.ts';

const MAX_ACTIONS = 1_200;

function expectSound(each: Call): readonly Action[] {
  const actions = recogniser.recognise(each);
  expect(actions.length).toBeGreaterThan(0);
  expect(actions.length).toBeLessThanOrEqual(MAX_ACTIONS);
  for (const { name, service, operation, tags, level, confidence, summary, params } of actions) {
    if (name !== 'azure:unknown') expect(name).toMatch(/^azure:/);
    if (name !== 'azure:unknown')
      expect(name.slice('azure:'.length)).toBe(service + name.charAt('azure:'.length + service.length) + operation);
    expect(tags.every((tag) => TAGS.includes(tag))).toBe(true);
    expect(level === 'unknown').toBe(confidence === 'unknown');
    expect(summary).toMatch(/^[^\p{Cc}\p{Cf}]+$/u);
    expect(() => JSON.stringify(params)).not.toThrow();
  }
  // A name that nobody is sure of never stands alone.
  if (
    actions.some(
      ({ confidence, name }) => confidence === 'unknown' && name !== 'azure:unknown' && each.body.state !== 'whole',
    )
  )
    expect(actions.some(({ service }) => service === '')).toBe(true);
  expect(typeof recogniser.needsBody(each)).toBe('boolean');
  return actions;
}

const SAMPLE: readonly Call[] = [
  call(`PUT ${GROUP}/Microsoft.Authorization/roleAssignments/a1?api-version=1`, {
    body: '{"properties":{"principalId":"p"}}',
  }),
  call(`POST ${GROUP}/Microsoft.Storage/storageAccounts/st/listKeys`),
  call('DELETE https://management.azure.com/subscriptions/s1/resourceGroups/prod'),
  call('POST https://management.azure.com/batch', {
    body: '{"requests":[{"httpMethod":"GET","url":"/subscriptions"}]}',
  }),
  call('GET https://kv.vault.azure.net/secrets/db/0123'),
  call('PUT https://acc.blob.core.windows.net/c?restype=container&comp=acl', {
    headers: ['x-ms-blob-public-access', 'blob'],
  }),
  call('POST https://graph.microsoft.com/v1.0/applications/a/addPassword', { body: '{}' }),
  call('POST https://login.microsoftonline.com/t/oauth2/v2.0/token', { body: '{}' }),
];

const junk = fc.constantFrom(
  '%00',
  '%2F',
  '%2e%2e',
  '//',
  '/..',
  '/providers/',
  ';',
  '?',
  '&comp=acl',
  '\u202e',
  '{',
  '[]',
  '\\',
  '%',
  '+',
  "('x')",
  '\n',
  '$ref',
  'x',
);

describe('any call', () => {
  it('that was a good one before something was put into it', () => {
    const bent = fc.tuple(fc.constantFrom(...SAMPLE), bends(junk, 5));
    fc.assert(
      fc.property(bent, ([sample, all]) => void expectSound(bend(sample, all))),
      { numRuns: 3_000, seed: 7 },
    );
  });

  it('made of chance', () => {
    const word = fc.oneof(
      junk,
      fc.string({ maxLength: 12 }),
      fc.constantFrom(
        '/subscriptions',
        '/s1',
        '/resourceGroups',
        '/providers',
        '/Microsoft.Compute',
        '/virtualMachines',
        '/secrets',
        '/v1.0',
        '/users',
      ),
    );
    const text = fc.array(word, { maxLength: 10 }).map((words) => words.join(''));
    fc.assert(
      fc.property(
        fc.constantFrom('GET', 'PUT', 'POST', 'DELETE', 'HEAD', 'PATCH', 'X'),
        fc.constantFrom(
          'management.azure.com',
          'kv.vault.azure.net',
          'a.blob.core.windows.net',
          'graph.microsoft.com',
          'login.microsoftonline.com',
          'gate.internal',
          'a.queue.core.windows.net',
        ),
        text,
        fc.option(text, { nil: undefined }),
        text,
        (method, host, path, query, body) => {
          expectSound({
            method,
            upstream: 'azure',
            scheme: 'https',
            host,
            path: `/${path}`,
            query,
            headers: ['Content-Type', 'application/json'],
            body: body === '' ? { state: 'none' } : whole(Buffer.from(body)),
          });
        },
      ),
      { numRuns: 3_000, seed: 7 },
    );
  });

  it('as long as calls may be, in a moment', () => {
    const megabyte = 'a'.repeat(1_000_000);
    const parts: readonly Partial<Call>[] = [
      { path: `/${megabyte}` },
      { path: '/subscriptions/s/providers/A' + '/b'.repeat(500_000) },
      { path: '/subscriptions/s' + '/providers/A/b/c'.repeat(900) },
      { path: `/v1.0${'/users/x'.repeat(1_900)}` },
      { path: `/${'%41'.repeat(300_000)}` },
      { path: `/subscriptions/${'%252e/'.repeat(3_000)}` },
      { query: 'a=b&'.repeat(250_000) },
      { query: 'comp=acl&'.repeat(100_000) },
      { body: whole(Buffer.from('['.repeat(1_000_000))) },
      { body: whole(Buffer.from(`{"a":[${'{"B":1},'.repeat(80_000)}1]}`)) },
      {
        path: '/batch',
        body: whole(Buffer.from(`{"requests":[${'{"method":"GET","url":"/subscriptions"},'.repeat(20_000)}1]}`)),
      },
      { headers: Array.from({ length: 2_000 }, () => ['X-HTTP-Method-Override', 'A']).flat() },
    ];
    for (const host of [
      'management.azure.com',
      'kv.vault.azure.net',
      'a.blob.core.windows.net',
      'graph.microsoft.com',
      'gate.internal',
    ]) {
      for (const part of parts) {
        const started = performance.now();
        expectSound({ ...call(`PUT https://${host}/subscriptions/s1/resourceGroups/g`, { body: '{}' }), ...part });
        expect(performance.now() - started).toBeLessThan(2_000);
      }
    }
  });
});
