// Refusals as JSON-RPC errors. That MCP's own client raises them is tested with that client (test/e2e/mcp.test.ts).
import { describe, expect, it } from 'vitest';
import type { Envelope } from '../../../src/actions/envelope.ts';
import type { Call } from '../../../src/core/call.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';

const STREAMABLE = ['Accept', 'application/json, text/event-stream'];

function call(headers: readonly string[]): Call {
  return {
    method: 'POST',
    upstream: 'files',
    scheme: 'https',
    host: 'mcp.example',
    path: '/mcp',
    query: undefined,
    headers,
    body: { state: 'unread' },
  };
}

type Words = Parameters<typeof nativeRefusal>;

function said(type: Words[2], envelope: Envelope | undefined, headers = STREAMABLE, retryAfter?: number): unknown {
  const words = { detail: 'd', envelope, ...(retryAfter !== undefined && { retryAfter }) };
  const refusal = nativeRefusal('mcp', call(headers), type, words);
  return { status: refusal?.status, body: JSON.parse(refusal?.body ?? 'null') as unknown };
}

const asked = { batch: false, ids: [7] };
const error = (code: number, type: string, more: object = {}): object => ({
  code,
  message: `d [${type}]`,
  data: { type, ...more },
});

describe('a request is told no', () => {
  it('with its own id and status 200, which is what clients read', () => {
    expect(said('denied-by-person', asked)).toEqual({
      status: 200,
      body: { jsonrpc: '2.0', id: 7, error: error(-32010, 'denied-by-person') },
    });
  });

  it('in a way that says that asking again helps', () => {
    expect(said('approval-pending', asked, STREAMABLE, 2)).toEqual({
      status: 200,
      body: { jsonrpc: '2.0', id: 7, error: error(-32011, 'approval-pending', { retry_after: 2 }) },
    });
  });

  it('each of a batch', () => {
    expect(said('denied-by-policy', { batch: true, ids: ['a', 2] })).toEqual({
      status: 200,
      body: [
        { jsonrpc: '2.0', id: 'a', error: error(-32010, 'denied-by-policy') },
        { jsonrpc: '2.0', id: 2, error: error(-32010, 'denied-by-policy') },
      ],
    });
  });

  it('with −32020 and the status of the problem where headers contradict the body', () => {
    expect(said('malformed-call', asked)).toEqual({
      status: undefined,
      body: { jsonrpc: '2.0', id: 7, error: error(-32020, 'malformed-call') },
    });
  });
});

describe('by the status', () => {
  const plain = { status: undefined, body: { jsonrpc: '2.0', error: error(-32010, 'denied-by-policy') } };
  it('learns whoever asked nothing', () => {
    expect(said('denied-by-policy', { batch: false, ids: [] })).toEqual(plain);
    expect(said('denied-by-policy', undefined)).toEqual(plain);
  });

  it('learns a client of HTTP+SSE, whose answers come on another connection', () => {
    expect(said('denied-by-policy', asked, [])).toEqual({
      status: undefined,
      body: { jsonrpc: '2.0', id: 7, error: error(-32010, 'denied-by-policy') },
    });
  });
});
