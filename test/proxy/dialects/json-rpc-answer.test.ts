// The answer to a request that was asked again under another id, however it is sent and cut into pieces.
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { AgentSink } from '../../../src/gate/capture.ts';
import { readdressed, readdressingSink } from '../../../src/proxy/dialects/json-rpc-answer.ts';

const ANSWER = '{"jsonrpc":"2.0","id":1,"result":{"text":"é \\u00e9","id":1}}';
const TOLD = '{"jsonrpc":"2.0","id":"again","result":{"text":"é \\u00e9","id":1}}';
const JSON_TYPE = ['Content-Type', 'application/json; charset=utf-8'];
const EVENTS = ['Content-Type', 'text/event-stream'];
const ASKS = 'data: {"jsonrpc":"2.0","id":1,"method":"elicitation/create"}\n\n';
const STREAM = `: hello\n\n${ASKS}event: message\nid: 7\ndata: ${ANSWER}\n\n`;
const STREAM_TOLD = `: hello\n\n${ASKS}event: message\nid: 7\ndata: ${TOLD}\n\n`;

/** What the agent gets of a response that comes in these pieces. */
function through(headers: string[], pieces: readonly Uint8Array[]): { headers: readonly string[]; body: string } {
  let head: readonly string[] = [];
  const got: Uint8Array[] = [];
  const sink: AgentSink = {
    head: (_status, sent) => void (head = sent),
    data: (chunk) => void got.push(chunk),
    end: () => Promise.resolve(true),
    fail: () => undefined,
  };
  const readdressing = readdressingSink(sink, 'again');
  readdressing.head(200, headers);
  for (const piece of pieces) void readdressing.data(piece);
  void readdressing.end();
  return { headers: head, body: Buffer.concat(got).toString() };
}

const cut = (text: string, at: readonly number[]): Buffer[] => {
  const bytes = Buffer.from(text);
  const places = [0, ...at.map((place) => place % bytes.length).toSorted((a, b) => a - b), bytes.length];
  return places.slice(1).map((place, index) => bytes.subarray(places[index], place));
};

describe('a live answer', () => {
  it('as JSON has the new id and its new length, in whatever pieces it comes', () => {
    fc.assert(
      fc.property(fc.array(fc.nat()), (at) => {
        const { headers, body } = through(
          [...JSON_TYPE, 'Content-Length', String(Buffer.byteLength(ANSWER))],
          cut(ANSWER, at),
        );
        expect(body).toBe(TOLD);
        expect(headers).toEqual([...JSON_TYPE, 'Content-Length', String(Buffer.byteLength(TOLD))]);
      }),
    );
  });

  it.each([STREAM, STREAM.replaceAll('\n', '\r\n'), STREAM.replaceAll('\n', '\r')])(
    'as events has it in its event only',
    (stream) => {
      fc.assert(
        fc.property(fc.array(fc.nat()), (at) => {
          const { headers, body } = through([...EVENTS, 'Content-Length', '5'], cut(stream, at));
          expect(body.replaceAll(/\r\n?/g, '\n')).toBe(STREAM_TOLD);
          expect(headers).toEqual(EVENTS);
        }),
      );
    },
  );

  it('as one long event in thousands of pieces is looked through once', () => {
    const long = (id: string): string => `data: {"jsonrpc":"2.0","id":${id},"result":"${'x'.repeat(6_000_000)}"}\n\n`;
    const places = Array.from({ length: 6000 }, (_, i) => i * 1000);
    expect(through(EVENTS, cut(long('1'), places)).body === long('"again"')).toBe(true);
  });

  it('passes the end of a stream that is no whole event', () => {
    expect(through(EVENTS, [Buffer.from(`${ASKS}data: {`)]).body).toBe(`${ASKS}data: {`);
  });

  it('that is unpacked on the way is sent as it is read', () => {
    const packed = gzipSync(ANSWER);
    const { headers, body } = through(
      [...JSON_TYPE, 'Content-Encoding', 'gzip', 'Content-Length', String(packed.length)],
      [packed],
    );
    expect(body).toBe(TOLD);
    expect(headers).not.toContain('Content-Encoding');
  });

  it('that is no message, or too long, passes as it is', () => {
    expect(through(['Content-Type', 'text/plain'], [Buffer.from(ANSWER)]).body).toBe(ANSWER);
    expect(through(JSON_TYPE, [Buffer.from('no JSON')]).body).toBe('no JSON');
    const long = `${ANSWER}${' '.repeat(9_000_000)}`;
    expect(through(JSON_TYPE, [Buffer.from(long)]).body).toBe(long);
  });
});

describe('a kept answer', () => {
  const kept = (headers: string[], body: string | Buffer) =>
    readdressed({ status: 200, headers, body: Buffer.from(body) }, 'again');

  it('has the new id', () => {
    expect(Buffer.from(kept(JSON_TYPE, ANSWER).body).toString()).toBe(TOLD);
    expect(Buffer.from(kept(EVENTS, STREAM).body).toString()).toBe(STREAM_TOLD);
    expect(Buffer.from(kept([...EVENTS, 'content-encoding', 'GZIP'], gzipSync(STREAM)).body).toString()).toBe(
      STREAM_TOLD,
    );
  });

  it('that cannot be unpacked passes as it is', () => {
    expect(Buffer.from(kept([...JSON_TYPE, 'content-encoding', 'gzip'], ANSWER).body).toString()).toBe(ANSWER);
    expect(Buffer.from(kept([...JSON_TYPE, 'content-encoding', 'compress'], ANSWER).body).toString()).toBe(ANSWER);
  });
});
