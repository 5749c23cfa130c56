// The response side of HTTP/1.1 as a push parser (RFC 9112): bytes in, head and slices of the body out.
// INVARIANT: how the bytes are cut into reads changes nothing but how the body is sliced; after a failure nothing is reported.
import { readChunkSize } from './chunk-size.ts';
import { isFieldValue, tokenBytes } from './field-grammar.ts';
import { emptyHead, frameResponse, readFieldLine, readStatusLine, type ResponseHead } from './response-head.ts';
import type { WireErrorKind } from './wire-error.ts';

export interface ResponseLimits {
  /** Bytes of one head, and of all trailers. */
  readonly maxHeaderBytes: number;
}

export interface ResponseSink {
  information(status: number, rawHeaders: string[]): void;
  head(head: ResponseHead, bodyLength: number | undefined): void;
  data(chunk: Buffer, last: boolean): void;
}

export interface ResponseParser {
  /** Starts over for the response to a request; `upgrade` is the protocol it asked for. */
  begin(method: string, upgrade: string | undefined): void;
  /** Returns how many bytes belong to the response: fewer than given if it ended, failed or was stopped before the last. */
  feed(chunk: Buffer): number;
  /** The peer's orderly end of stream: completes a body that ends so, or fails. */
  close(): void;
  /** Reports nothing any more; may be called from within the sink. */
  stop(): void;
  readonly state: 'reading' | 'complete' | 'upgraded' | 'failed' | 'stopped';
  /** Whether a byte of this response was seen. */
  readonly started: boolean;
  readonly failure: { readonly kind: WireErrorKind; readonly detail: string } | undefined;
  readonly head: ResponseHead;
}

const maxFields = 256;
const maxInformational = 16;
/** A chunk-size line: 13 digits, extensions, CRLF. */
const maxChunkLine = 512;
/** What chunk lines may cost beyond 16 bytes each plus twice their data, so that extensions cannot outweigh the body. */
const maxChunkExcess = 16_384;

const lf = 0x0a;
const cr = 0x0d;
const colon = 0x3a;
const headEnd = Buffer.from('\r\n\r\n');
const noBytes = Buffer.alloc(0);

// Steps in this order: up to `trailers` they take whole lines; from `over` on nothing is read.
const statusLine = 0;
const fieldLine = 1;
const chunkLine = 2;
const trailers = 3;
const lengthData = 4;
const chunkData = 5;
const chunkCr = 6;
const chunkLf = 7;
const untilClose = 8;
const over = 9;

export function createResponseParser(limits: ResponseLimits, sink: ResponseSink): ResponseParser {
  return new PushParser(limits, sink);
}

// A class, not a closure: fields of one shape are what the engine reads fastest, and this runs for every byte.
class PushParser implements ResponseParser {
  state: ResponseParser['state'] = 'complete';
  started = false;
  failure: ResponseParser['failure'] = undefined;
  readonly head: ResponseHead = emptyHead();
  readonly #sink: ResponseSink;
  readonly #maxHeaderBytes: number;
  #method = '';
  #upgrade: string | undefined = undefined;
  #step = over;
  /** Bytes that the current head, trailer section or chunk line may still have. */
  #budget = 0;
  /** Bytes of the body, or of the chunk, still to come. */
  #remaining = 0;
  #excess = 0;
  #informational = 0;
  /** The start of a line whose end has not been read yet: `#held[0, #heldLength)`. */
  #held: Buffer = noBytes;
  #heldLength = 0;
  /** The latin1 text of the head in the buffer being fed, its first character at `#textBase`: made once a head, not once a field. */
  #text: string | undefined = undefined;
  #textBase = 0;
  /** Data is passed on one step late, so that it can be said of the last slice that it is the last. */
  #pending: Buffer | undefined = undefined;

  constructor(limits: ResponseLimits, sink: ResponseSink) {
    this.#sink = sink;
    this.#maxHeaderBytes = limits.maxHeaderBytes;
  }

  begin(method: string, upgrade: string | undefined): void {
    this.state = 'reading';
    this.started = false;
    this.failure = undefined;
    this.#method = method;
    this.#upgrade = upgrade;
    this.#step = statusLine;
    this.#budget = this.#maxHeaderBytes;
    this.#excess = 0;
    this.#informational = 0;
    this.#heldLength = 0;
    this.#pending = undefined;
  }

  feed(chunk: Buffer): number {
    const length = chunk.length;
    if (length > 0) this.started = true;
    this.#text = undefined;
    let at = 0;
    while (at < length && this.#step < over) {
      if (this.#step <= trailers) at = this.#takeLine(chunk, at);
      else if (this.#step === chunkCr || this.#step === chunkLf) this.#takeChunkEnd(chunk[at++] as number);
      else at = this.#takeData(chunk, at);
    }
    this.#flush(this.state === 'complete');
    return at;
  }

  close(): void {
    if (this.#step === untilClose) this.#complete();
    else if (this.#step < over) {
      if (this.started) this.#fail('truncated', 'the connection ended inside the response');
      else this.#fail('no-response', 'the connection ended before a response');
    }
  }

  stop(): void {
    if (this.#step === over) return;
    this.#step = over;
    this.state = 'stopped';
    this.#pending = undefined;
  }

  #fail(kind: WireErrorKind, detail: string): void {
    this.#flush(false);
    if (this.#step === over) return;
    this.#step = over;
    this.state = 'failed';
    this.failure = { kind, detail };
  }

  #complete(): void {
    this.#step = over;
    this.state = 'complete';
  }

  #flush(last: boolean): void {
    const pending = this.#pending;
    if (pending === undefined) return;
    this.#pending = undefined;
    this.#sink.data(pending, last);
  }

  #takeData(chunk: Buffer, at: number): number {
    const available = chunk.length - at;
    const bounded = this.#step !== untilClose;
    const size = bounded && this.#remaining < available ? this.#remaining : available;
    this.#flush(false);
    // The sink may have stopped us.
    if (this.#step === over) return at;
    this.#pending = size === chunk.length ? chunk : chunk.subarray(at, at + size);
    if (bounded) {
      this.#remaining -= size;
      if (this.#remaining === 0) {
        if (this.#step === chunkData) this.#step = chunkCr;
        else this.#complete();
      }
    }
    return at + size;
  }

  #takeChunkEnd(byte: number): void {
    if (byte !== (this.#step === chunkCr ? cr : lf)) this.#fail('malformed-body', 'chunk data does not end in CRLF');
    else if (this.#step === chunkCr) this.#step = chunkLf;
    else this.#expectChunkLine();
  }

  #expectChunkLine(): void {
    this.#step = chunkLine;
    this.#budget = maxChunkLine;
  }

  #takeLine(chunk: Buffer, from: number): number {
    const length = chunk.length;
    let stop = from;
    while (stop < length && chunk[stop] !== lf) stop++;
    const ended = stop < length;
    if (ended) stop++;
    const lineLength = this.#heldLength + stop - from;
    if (lineLength > this.#budget) {
      if (this.#step <= fieldLine)
        this.#fail('head-too-large', `the head is longer than ${this.#maxHeaderBytes} bytes`);
      else this.#fail('malformed-body', 'a chunk line or the trailers are too long');
      return stop;
    }
    if (!ended) {
      this.#hold(chunk, from, stop);
      return stop;
    }
    this.#budget -= lineLength;
    if (this.#heldLength > 0) {
      this.#hold(chunk, from, stop);
      this.#heldLength = 0;
      this.#text = undefined;
      this.#line(this.#held, 0, lineLength);
      this.#text = undefined;
    } else {
      this.#line(chunk, from, stop);
    }
    return stop;
  }

  #hold(chunk: Buffer, from: number, to: number): void {
    const needed = this.#heldLength + to - from;
    if (needed > this.#held.length) {
      const grown = Buffer.allocUnsafeSlow(Math.max(256, needed * 2));
      this.#held.copy(grown, 0, 0, this.#heldLength);
      this.#held = grown;
    }
    chunk.copy(this.#held, this.#heldLength, from, to);
    this.#heldLength = needed;
  }

  /** One line `buffer[start, stop)` with its LF. */
  #line(buffer: Buffer, start: number, stop: number): void {
    const end = stop - 2;
    if (end < start || buffer[end] !== cr) {
      this.#fail(this.#step <= fieldLine ? 'malformed-head' : 'malformed-body', 'a line ends in a bare LF');
    } else if (this.#step <= fieldLine) this.#headLine(buffer, start, end);
    else if (this.#step === chunkLine) this.#chunkSize(buffer, start, end);
    else this.#trailer(buffer, start, end);
  }

  #headLine(buffer: Buffer, start: number, end: number): void {
    if (this.#step === fieldLine && start === end) {
      this.#headComplete();
      return;
    }
    if (this.#text === undefined) {
      const found = buffer.indexOf(headEnd, start);
      const limit = start + this.#maxHeaderBytes;
      const to = found === -1 || found > limit ? Math.min(buffer.length, limit) : found + 4;
      this.#text = buffer.toString('latin1', start, to);
      this.#textBase = start;
    }
    const read = this.#step === statusLine ? readStatusLine : readFieldLine;
    const wrong = read(this.head, buffer, start, end, this.#text, this.#textBase);
    if (wrong !== undefined) this.#fail('malformed-head', wrong);
    else if (this.head.fieldCount > maxFields)
      this.#fail('head-too-large', `the head has more than ${maxFields} fields`);
    else this.#step = fieldLine;
  }

  #headComplete(): void {
    const { head } = this;
    this.#text = undefined;
    const framed = frameResponse(head, this.#method);
    if (framed.wrong !== undefined) {
      this.#fail('malformed-head', framed.wrong);
      return;
    }
    if (framed.framing === 'upgrade') this.#switchProtocol();
    else if (head.status < 200) this.#information();
    else {
      const { framing } = framed;
      this.#remaining = head.contentLength;
      this.#step = framing === 'length' ? lengthData : framing === 'until-close' ? untilClose : over;
      if (framing === 'chunked') this.#expectChunkLine();
      if (framing === 'none') this.#complete();
      const length = head.contentLength !== -1 ? head.contentLength : head.status === 204 ? 0 : undefined;
      this.#sink.head(head, length);
    }
  }

  #information(): void {
    if (++this.#informational > maxInformational) {
      this.#fail('too-many-informational', `more than ${maxInformational} informational responses`);
      return;
    }
    this.#step = statusLine;
    this.#budget = this.#maxHeaderBytes;
    // 100 answers an Expect that we never send.
    if (this.head.status !== 100) this.#sink.information(this.head.status, this.head.rawHeaders);
  }

  /** RFC 9110 §7.8: a switch must name what was asked for. */
  #switchProtocol(): void {
    const asked = this.#upgrade?.toLowerCase();
    const nominates = this.head.connection.split(',').some((option) => option.trim().toLowerCase() === 'upgrade');
    if (!nominates || this.head.upgrade.toLowerCase() !== asked) {
      this.#fail('unexpected-upgrade', '101 without a matching Upgrade of ours');
      return;
    }
    this.#step = over;
    this.state = 'upgraded';
  }

  #chunkSize(buffer: Buffer, start: number, end: number): void {
    const size = readChunkSize(buffer, start, end);
    if (size === -1) {
      this.#fail('malformed-body', 'a chunk size is not hexadecimal digits and well-formed extensions');
      return;
    }
    this.#excess = Math.max(0, this.#excess + (end - start) - 16 - 2 * size);
    if (this.#excess > maxChunkExcess) this.#fail('malformed-body', 'chunk extensions outweigh the body');
    else if (size > 0) {
      this.#remaining = size;
      this.#step = chunkData;
    } else {
      this.#step = trailers;
      this.#budget = this.#maxHeaderBytes;
    }
  }

  /** Trailers are checked and dropped: nobody decided on them, and merging them into headers is how they do harm. */
  #trailer(buffer: Buffer, start: number, end: number): void {
    if (start === end) {
      this.#complete();
      return;
    }
    let nameEnd = start;
    while (nameEnd < end && tokenBytes[buffer[nameEnd] as number] === 1) nameEnd++;
    if (nameEnd === start || buffer[nameEnd] !== colon || !isFieldValue(buffer.toString('latin1', nameEnd + 1, end))) {
      this.#fail('malformed-body', 'a trailer is not a header field');
    }
  }
}
