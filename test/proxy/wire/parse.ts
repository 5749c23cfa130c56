// Feeds a response to the parser in given cuts and records what came out, for every test of the parser.
import { createResponseParser, type ResponseParser } from '../../../src/proxy/wire/response-parser.ts';
import type { ResponseHead } from '../../../src/proxy/wire/response-head.ts';

export interface Parsed {
  readonly state: ResponseParser['state'];
  readonly failure: string | undefined;
  readonly detail: string | undefined;
  readonly status: number | undefined;
  readonly statusText: string;
  readonly headers: readonly string[];
  readonly bodyLength: number | undefined;
  readonly body: string;
  readonly information: readonly number[];
  /** Bytes after the end of the response. */
  readonly surplus: number;
  readonly persistent: boolean;
  /** `last` was said of one slice at most, the last one. */
  readonly lastIsRight: boolean;
}

export interface ParseOptions {
  readonly method?: string;
  readonly upgrade?: string;
  readonly maxHeaderBytes?: number;
  /** The peer's FIN after the bytes. */
  readonly fin?: boolean;
}

export function parse(pieces: readonly Buffer[], options: ParseOptions = {}): Parsed {
  let head: ResponseHead | undefined;
  let bodyLength: number | undefined;
  const body: Buffer[] = [];
  const information: number[] = [];
  let afterLast = false;
  let lastIsRight = true;
  const parser = createResponseParser(
    { maxHeaderBytes: options.maxHeaderBytes ?? 8192 },
    {
      information: (status) => void information.push(status),
      head: (seen, length) => {
        head = { ...seen };
        bodyLength = length;
      },
      data: (chunk, last) => {
        if (afterLast || chunk.length === 0) lastIsRight = false;
        afterLast = last;
        body.push(Buffer.from(chunk));
      },
    },
  );
  parser.begin(options.method ?? 'GET', options.upgrade);
  let surplus = 0;
  for (const piece of pieces) {
    const used = parser.state === 'reading' ? parser.feed(piece) : 0;
    surplus += piece.length - used;
  }
  if (options.fin === true && parser.state === 'reading') parser.close();
  if (afterLast && parser.state !== 'complete') lastIsRight = false;
  return {
    state: parser.state,
    failure: parser.failure?.kind,
    detail: parser.failure?.detail,
    status: head?.status,
    statusText: head?.statusText ?? '',
    headers: head?.rawHeaders ?? [],
    bodyLength,
    body: Buffer.concat(body).toString('latin1'),
    information,
    surplus: parser.state === 'failed' ? 0 : surplus,
    persistent: parser.state === 'complete' && parser.head.persistent,
    lastIsRight,
  };
}

export function whole(bytes: Buffer): Buffer[] {
  return [bytes];
}

export function byteByByte(bytes: Buffer): Buffer[] {
  return Array.from(bytes, (byte) => Buffer.from([byte]));
}

/** A small seeded generator (mulberry32): the same cases in every run. */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function randomCuts(bytes: Buffer, random: () => number): Buffer[] {
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; ) {
    const size = 1 + Math.floor(random() * random() * 40);
    pieces.push(bytes.subarray(at, at + size));
    at += size;
  }
  return pieces;
}
