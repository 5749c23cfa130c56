// The Redis protocol (RESP2 and RESP3, redis.io/docs/reference/protocol-spec), as far as tests need it: to talk to a server without
// the product's client, and to see requests and replies in a byte stream.

export class RespError extends Error {
  override readonly name = 'RespError';
}

export type RespValue = Buffer | string | number | boolean | null | RespError | readonly RespValue[];

/** One whole message and the very bytes that it came in. */
export interface Frame {
  readonly value: RespValue;
  readonly bytes: Buffer;
  /** RESP3: sent without being asked for. */
  readonly push: boolean;
}

export type Argument = string | number | Buffer;

export function encodeCommand(args: readonly Argument[]): Buffer {
  const parts = args.flatMap((each) => {
    const bytes = Buffer.isBuffer(each) ? each : Buffer.from(String(each));
    return [Buffer.from(`$${bytes.length}\r\n`), bytes, Buffer.from('\r\n')];
  });
  return Buffer.concat([Buffer.from(`*${args.length}\r\n`), ...parts]);
}

interface Parsed {
  readonly value: RespValue;
  readonly end: number;
}

/** How many values follow one element of an aggregate. */
const AGGREGATES: Readonly<Record<string, number>> = { '*': 1, '~': 1, '>': 1, '%': 2, '|': 2 };

/** Undefined if the message is not all there yet; throws on bytes that are no RESP. */
function parseAt(buffer: Buffer, start: number): Parsed | undefined {
  const line = buffer.indexOf('\r\n', start);
  if (line < 0) return undefined;
  const type = buffer.toString('latin1', start, start + 1);
  const text = buffer.toString('utf8', start + 1, line);
  const end = line + 2;
  const perElement = AGGREGATES[type];
  if (perElement !== undefined) {
    if (text === '-1') return { value: null, end };
    const items: RespValue[] = [];
    let at = end;
    for (let left = Number(text) * perElement; left > 0; left--) {
      const item = parseAt(buffer, at);
      if (!item) return undefined;
      items.push(item.value);
      at = item.end;
    }
    // An attribute is said of the value that follows it.
    return type === '|' ? parseAt(buffer, at) : { value: items, end: at };
  }
  switch (type) {
    case '+':
    case ',':
    case '(':
      return { value: text, end };
    case '-':
      return { value: new RespError(text), end };
    case ':':
      return { value: Number(text), end };
    case '_':
      return { value: null, end };
    case '#':
      return { value: text === 't', end };
    case '$':
    case '=':
    case '!': {
      if (text === '-1') return { value: null, end };
      const after = end + Number(text);
      if (buffer.length < after + 2) return undefined;
      const bytes = buffer.subarray(end, after);
      return { value: type === '!' ? new RespError(bytes.toString('utf8')) : bytes, end: after + 2 };
    }
    default:
      throw new Error(`not RESP: ${JSON.stringify(buffer.toString('latin1', start, start + 40))}`);
  }
}

/** Feeds on chunks as they arrive, returns the messages that each completes. */
export function createRespReader(): (chunk: Buffer) => Frame[] {
  let pending: Buffer = Buffer.alloc(0);
  return (chunk) => {
    pending = pending.length === 0 ? chunk : Buffer.concat([pending, chunk]);
    const frames: Frame[] = [];
    let at = 0;
    while (at < pending.length) {
      const parsed = parseAt(pending, at);
      if (!parsed) break;
      const bytes = pending.subarray(at, parsed.end);
      frames.push({ value: parsed.value, bytes, push: bytes[0] === 0x3e });
      at = parsed.end;
    }
    pending = pending.subarray(at);
    return frames;
  };
}

/** Bulk strings as UTF-8 text, at any depth. */
export function asText(value: RespValue): unknown {
  if (Buffer.isBuffer(value)) return value.toString('utf8');
  if (Array.isArray(value)) return (value as readonly RespValue[]).map(asText);
  return value;
}
