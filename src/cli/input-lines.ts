// Lines of a byte stream, for commands that answer one line of input with one line of output. INVARIANT: every line comes out once,
// also the empty ones and those that cannot be read, so that answers stay in step with questions.
import { isUtf8 } from 'node:buffer';

/** A line without its end (LF or CRLF), or why it cannot be read. */
export type InputLine = { readonly ok: true; readonly text: string } | { readonly ok: false; readonly message: string };

/** Bytes in one line: a call with a body that is looked into has at most some 1.5 MiB. */
const MAX_LINE = 32 * 1024 * 1024;
const MARK = Buffer.from('\uFEFF');
const LF = 10;
const CR = 13;
const TOO_LONG: InputLine = { ok: false, message: `a line is longer than ${MAX_LINE} bytes` };

/** What follows the last line end is a line too, unless it is empty. */
export async function* linesOf(input: AsyncIterable<Uint8Array | string>): AsyncGenerator<InputLine> {
  let parts: Buffer[] = [];
  let size = 0;
  let first = true;
  /** Some programs begin UTF-8 with a mark. */
  const line = (bytes: Buffer): InputLine => {
    const marked = first && bytes.subarray(0, MARK.length).equals(MARK);
    first = false;
    return lineOf(marked ? bytes.subarray(MARK.length) : bytes);
  };
  for await (const chunk of input) {
    const bytes = typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : bufferOf(chunk);
    let start = 0;
    for (let end = bytes.indexOf(LF); end >= 0; end = bytes.indexOf(LF, start)) {
      const tail = bytes.subarray(start, end);
      yield size + tail.length > MAX_LINE
        ? TOO_LONG
        : line(parts.length === 0 ? tail : Buffer.concat([...parts, tail]));
      parts = [];
      size = 0;
      start = end + 1;
    }
    const rest = bytes.subarray(start);
    size += rest.length;
    // The rest of a line that is too long is counted, not kept.
    if (size > MAX_LINE) parts = [];
    else if (rest.length > 0) parts.push(rest);
  }
  if (size > MAX_LINE) yield TOO_LONG;
  else if (size > 0) yield line(Buffer.concat(parts));
}

function bufferOf(bytes: Uint8Array): Buffer {
  return Buffer.isBuffer(bytes) ? bytes : Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function lineOf(bytes: Buffer): InputLine {
  const line = bytes.at(-1) === CR ? bytes.subarray(0, -1) : bytes;
  return isUtf8(line) ? { ok: true, text: line.toString('utf8') } : { ok: false, message: 'a line is not valid UTF-8' };
}
