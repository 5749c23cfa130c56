import { describe, expect, it } from 'vitest';
import { byteByByte, parse, randomCuts, seeded, whole, type Parsed } from './parse.ts';
import { bytesOf, responseCases } from './responses.ts';

function verdict(parsed: Parsed): string {
  if (parsed.state === 'complete') return `ok:${parsed.status}:${parsed.body}`;
  if (parsed.state === 'reading') return 'open';
  return parsed.failure ?? parsed.state;
}

const asRows = responseCases.map(([title, text, expected, options]) => ({ title, text, expected, options }));

describe('the response parser', () => {
  it('has a table of at least 150 cases with titles of their own', () => {
    expect(responseCases.length).toBeGreaterThanOrEqual(150);
    expect(new Set(responseCases.map(([title]) => title)).size).toBe(responseCases.length);
  });

  it.each(asRows)('judges $title', ({ text, expected, options }) => {
    expect(verdict(parse(whole(bytesOf(text)), options))).toBe(expected);
  });

  it.each(asRows)('judges $title alike in every cut', ({ title, text, options }) => {
    const bytes = bytesOf(text);
    const reference = parse(whole(bytes), options);
    expect(reference.lastIsRight).toBe(true);
    expect(parse(byteByByte(bytes), options)).toEqual(reference);
    const random = seeded(title.length * 7919 + bytes.length);
    for (let i = 0; i < 20; i++) expect(parse(randomCuts(bytes, random), options)).toEqual(reference);
    for (let at = 1; at < Math.min(bytes.length, 400); at++) {
      expect(parse([bytes.subarray(0, at), bytes.subarray(at)], options)).toEqual(reference);
    }
  });

  it('counts the bytes after the end of a response', () => {
    for (const [text, surplus] of [
      ['HTTP/1.1 200 OK^Content-Length: 2^^hi', 0],
      ['HTTP/1.1 200 OK^Content-Length: 2^^hi!', 1],
      ['HTTP/1.1 200 OK^Content-Length: 2^^hi^', 2],
      ['HTTP/1.1 204 No^^HTTP/1.1 200 OK^^', 19],
      ['HTTP/1.1 200 OK^Transfer-Encoding: chunked^^0^^x', 1],
    ] as const) {
      expect(parse([bytesOf(text)]).surplus).toBe(surplus);
    }
  });

  it('gives the end-to-end fields in order and in their case, without framing and hop-by-hop fields', () => {
    const parsed = parse([
      bytesOf(
        'HTTP/1.1 200 Fine by me^X-A: 1^x-a:  2 ^Connection: X-Gone, keep-alive, close^X-GONE: 3^Keep-Alive: timeout=5^' +
          'Upgrade: h2c^TE: trailers^Trailer: X-T^Proxy-Connection: close^Proxy-Authenticate: Basic^' +
          'Holdgate-Decision: allow^holdgate-receipt: forged^Holdgates: mine^Set-Cookie: a=\xe9^Content-Length: 2^^hi',
      ),
    ]);
    expect(parsed.headers).toEqual(['X-A', '1', 'x-a', '2', 'Holdgates', 'mine', 'Set-Cookie', 'a=\xe9']);
    expect(parsed.statusText).toBe('Fine by me');
    expect(parsed.bodyLength).toBe(2);
  });

  it('says the length where it is declared, also for HEAD and 304, and not where it is unknown', () => {
    const length = (text: string, method = 'GET') => parse([bytesOf(text)], { method, fin: true }).bodyLength;
    expect(length('HTTP/1.1 200 OK^Content-Length: 0^^')).toBe(0);
    expect(length('HTTP/1.1 200 OK^Content-Length: 12^^', 'HEAD')).toBe(12);
    expect(length('HTTP/1.1 304 NM^Content-Length: 12^^')).toBe(12);
    expect(length('HTTP/1.1 204 NC^^')).toBe(0);
    expect(length('HTTP/1.1 200 OK^Transfer-Encoding: chunked^^0^^')).toBeUndefined();
    expect(length('HTTP/1.1 200 OK^^')).toBeUndefined();
  });

  it.each([
    ['HTTP/1.1 200 OK^Content-Length: 0^^', true],
    ['HTTP/1.1 200 OK^Connection: close^Content-Length: 0^^', false],
    ['HTTP/1.1 200 OK^Connection: Close^Content-Length: 0^^', false],
    ['HTTP/1.1 200 OK^Connection: keep-alive, close^Content-Length: 0^^', false],
    ['HTTP/1.1 200 OK^Connection: close^Connection: keep-alive^Content-Length: 0^^', false],
    ['HTTP/1.1 200 OK^Connection: x-close^Content-Length: 0^^', true],
    ['HTTP/1.0 200 OK^Content-Length: 0^^', false],
    ['HTTP/1.0 200 OK^Connection: keep-alive^Content-Length: 0^^', true],
    ['HTTP/1.0 200 OK^Connection: Keep-Alive, x^Content-Length: 0^^', true],
    ['HTTP/1.1 200 OK^^', false],
  ] as const)('knows whether the connection persists after %s', (text, persistent) => {
    expect(parse([bytesOf(text)], { fin: true }).persistent).toBe(persistent);
  });

  it('reports informational responses but 100', () => {
    const text = 'HTTP/1.1 100 C^^HTTP/1.1 103 E^Link: a^^HTTP/1.1 102 P^^HTTP/1.1 200 OK^Content-Length: 0^^';
    expect(parse([bytesOf(text)]).information).toEqual([103, 102]);
  });

  it('passes data on without copying it', async () => {
    const { createResponseParser } = await import('../../../src/proxy/wire/response-parser.ts');
    const seen: Buffer[] = [];
    const parser = createResponseParser(
      { maxHeaderBytes: 1000 },
      { information() {}, head() {}, data: (chunk) => void seen.push(chunk) },
    );
    parser.begin('GET', undefined);
    const first = bytesOf('HTTP/1.1 200 OK^Content-Length: 10^^hello');
    const second = Buffer.from('world');
    parser.feed(first);
    parser.feed(second);
    expect(seen[0]?.buffer).toBe(first.buffer);
    expect(seen[1]).toBe(second);
  });
});
