// A GraphQL client (urql) through a whole gate: what passes, what is held, and what it raises when it is told no.
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Client, fetchExchange } from '@urql/core';
import { sha256 } from '../../src/core/sha256.ts';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: reads
    match: {action: "graphql:query:*"}
    effect: allow
  - id: mutations
    match: {action: "graphql:mutation:*"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: never
    description: Shops are never closed
    match: {action: "graphql:mutation:closeShop"}
    effect: deny
`;

let asked: string[];
let gate: TestGate;
let close: () => void;
let client: Client;

beforeEach(async () => {
  asked = [];
  const server = createServer((req, res) => {
    let text = '';
    req.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    req.on('end', () => {
      asked.push(text);
      res.writeHead(200, { 'content-type': 'application/json' }).end('{"data":{"orders":[1],"deleteOrder":true}}');
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  close = () => {
    server.closeAllConnections();
    server.close();
  };
  const upstream = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  gate = await startGate({ upstream, rules: RULES, upstreamMore: 'kind: graphql' });
  client = new Client({
    url: `http://127.0.0.1:${gate.running.proxy.port}/api`,
    exchanges: [fetchExchange],
    preferGetMethod: false,
    fetchOptions: { headers: { authorization: `Bearer ${AGENT}` } },
  });
});
afterEach(async () => {
  await gate.stop();
  close();
});

describe('urql', () => {
  it('reads what is allowed', async () => {
    const { data, error } = await client.query('{ orders }', {}).toPromise();
    expect([data, error]).toMatchObject([{ orders: [1] }, undefined]);
  });

  it('reads what is allowed with GET too', async () => {
    const { data } = await client.query('{ orders }', {}, { preferGetMethod: 'force' }).toPromise();
    expect(data).toMatchObject({ orders: [1] });
  });

  it('raises its own error with the words of the policy', async () => {
    const { error } = await client.mutation('mutation { x: closeShop }', {}).toPromise();
    expect(error?.networkError).toBeUndefined();
    expect(error?.graphQLErrors[0]).toMatchObject({
      message: expect.stringContaining('Shops are never closed') as string,
      extensions: { code: 'FORBIDDEN', type: 'denied-by-policy' },
    });
    expect(asked).toEqual([]);
  });

  it("raises its own error with the approver's words", async () => {
    const pending = client.mutation('mutation D($id: Int!) { deleteOrder(id: $id) }', { id: 7 }).toPromise();
    const approval = await gate.held();
    expect(approval.summary).toBe('GraphQL mutation deleteOrder of api with id 7');
    await gate.vote(approval, 'deny', { reason: 'not on a Friday' });
    expect((await pending).error?.graphQLErrors[0]?.message).toContain('not on a Friday');
    expect(asked).toEqual([]);
  });

  it.each(['force', false] as const)('is asked for a query of which it sent only the hash (GET: %s)', async (get) => {
    const told: unknown[] = [];
    // What urql and Apollo do with automatic persisted queries: the hash first, the query when the server does not know it.
    const ask = async (member: object): Promise<unknown> => {
      const extensions = { persistedQuery: { version: 1, sha256Hash: sha256('mutation { deleteOrder(id: 9) }') } };
      const said = { ...member, extensions };
      const query = new URLSearchParams(
        Object.entries(said).map(([name, value]) => [name, typeof value === 'string' ? value : JSON.stringify(value)]),
      );
      const answer = await (get === 'force' && Object.keys(member).length === 0
        ? gate.call(`/api?${query.toString()}`)
        : gate.call('/api', {
            method: 'POST',
            body: JSON.stringify(said),
            headers: { 'content-type': 'application/json' },
          }));
      const { errors, data } = (await answer.json()) as { errors?: { message: string }[]; data?: unknown };
      told.push(errors?.[0]?.message ?? data);
      return errors;
    };
    expect(await ask({})).toMatchObject([
      { extensions: { code: 'PERSISTED_QUERY_NOT_FOUND', type: 'document-needed' } },
    ]);
    const pending = ask({ query: 'mutation { deleteOrder(id: 9) }' });
    const approval = await gate.held();
    expect(approval.summary).toBe('GraphQL mutation deleteOrder of api with id 9');
    await gate.vote(approval, 'approve');
    await pending;
    expect(told).toEqual(['PersistedQueryNotFound', { orders: [1], deleteOrder: true }]);
    expect(asked).toHaveLength(1);
  });

  it('gets the data once a person has approved', async () => {
    const pending = client.mutation('mutation { deleteOrder(id: 7) }', {}).toPromise();
    await gate.vote(await gate.held(), 'approve');
    expect((await pending).data).toMatchObject({ deleteOrder: true });
    expect(asked).toHaveLength(1);
  });

  it('has a place for each of a batch', async () => {
    const batch = JSON.stringify([{ query: '{ orders }' }, { query: 'mutation { closeShop }' }]);
    const response = await gate.call('/api', {
      method: 'POST',
      body: batch,
      headers: { 'content-type': 'application/json' },
    });
    const answer = { errors: [{ extensions: { type: 'denied-by-policy' } }] };
    expect(response.status).toBe(200);
    expect(await response.json()).toMatchObject([answer, answer]);
  });
});
