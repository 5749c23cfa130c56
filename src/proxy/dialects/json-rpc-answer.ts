// The answer to an approved JSON-RPC request for an agent that asked again under another id: its own id stands in it, everything else is
// as the server sent it. JSON is readdressed whole, an event stream event by event (MCP, Streamable HTTP).
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import { answerTo } from '../../core/json-rpc.ts';
import type { AgentSink, CapturedResponse } from '../../gate/capture.ts';

/** What is longer passes as it is: the client takes it for an answer to somebody else. */
const MAX_ANSWER = 8 * 1024 * 1024;
const NOTHING = Buffer.alloc(0);

const DECODERS: Readonly<Record<string, (body: Uint8Array) => Buffer>> = {
  gzip: (body) => gunzipSync(body, { maxOutputLength: MAX_ANSWER }),
  deflate: (body) => inflateSync(body, { maxOutputLength: MAX_ANSWER }),
  br: (body) => brotliDecompressSync(body, { maxOutputLength: MAX_ANSWER }),
};

/** Of raw headers; lower-case, without parameters. */
function valueOf(headers: readonly string[], name: string): string {
  const at = headers.findIndex((key, index) => index % 2 === 0 && key.toLowerCase() === name);
  return at < 0 ? '' : ((headers[at + 1] ?? '').split(';')[0]?.trim().toLowerCase() ?? '');
}

function without(headers: readonly string[], names: readonly string[]): string[] {
  return headers.filter((_, at) => !names.includes((headers[at - (at % 2)] ?? '').toLowerCase()));
}

/** The same response with the id in it. */
export function readdressed(response: CapturedResponse, id: string | number): CapturedResponse {
  const { status, headers } = response;
  const type = valueOf(headers, 'content-type');
  const coding = valueOf(headers, 'content-encoding');
  const decode = coding === '' || coding === 'identity' ? (body: Uint8Array) => Buffer.from(body) : DECODERS[coding];
  if (!decode || (type !== 'application/json' && type !== 'text/event-stream')) return response;
  let plain: Buffer;
  try {
    plain = decode(response.body);
  } catch {
    return response;
  }
  const body = type === 'application/json' ? readdress(plain, id) : eventsOf(plain, id);
  const kept = without(headers, ['content-length', 'content-encoding']);
  return { status, headers: [...kept, 'Content-Length', String(body.length)], body };
}

/** One message; latin1 keeps every byte, and what is looked for is ASCII. */
function readdress(message: Buffer, id: string | number): Buffer {
  return Buffer.from(answerTo(id, message.toString('latin1')), 'latin1');
}

function eventsOf(stream: Buffer, id: string | number): Buffer {
  const events = createEvents(id);
  return Buffer.concat([events.push(stream), events.rest()]);
}

const END = /\r\n\r\n|\n\n|\r\r/;
const ENDS = new RegExp(END, 'g');

/** https://html.spec.whatwg.org/multipage/server-sent-events.html#parsing-an-event-stream */
function createEvents(id: string | number): { push(chunk: Uint8Array): Buffer; rest(): Buffer } {
  let kept: Uint8Array[] = [];
  let size = 0;
  /** The last characters of what is kept: an end may begin there. */
  let tail = '';
  let off = false;
  const keep = (data: Uint8Array): void => {
    kept = data.length > 0 ? [data] : [];
    size = data.length;
    tail = Buffer.from(data.subarray(-3)).toString('latin1');
  };
  const take = (): Buffer => {
    const data = Buffer.concat(kept);
    keep(NOTHING);
    return data;
  };
  return {
    push(chunk) {
      if (off) return Buffer.from(chunk);
      const seam = tail + Buffer.from(chunk).toString('latin1');
      kept.push(Uint8Array.from(chunk));
      size += chunk.length;
      tail = seam.slice(-3);
      // A long event comes in many pieces: only the new one can end it.
      if (!END.test(seam)) {
        off = size > MAX_ANSWER;
        return off ? take() : NOTHING;
      }
      const data = take();
      const text = data.toString('latin1');
      let from = 0;
      let out = '';
      for (const end of text.matchAll(ENDS)) {
        out += eventTo(id, text.slice(from, end.index)) + end[0];
        from = end.index + end[0].length;
      }
      keep(data.subarray(from));
      return Buffer.from(out, 'latin1');
    },
    rest: take,
  };
}

function eventTo(id: string | number, event: string): string {
  const lines = event.split(/\r\n|\n|\r/);
  const data = lines.filter((line) => line.startsWith('data:')).map((line) => line.slice(5).replace(/^ /, ''));
  const message = data.join('\n');
  const answer = answerTo(id, message);
  if (answer === message) return event;
  const others = lines.filter((line) => !line.startsWith('data:'));
  return [...others, ...answer.split('\n').map((line) => `data: ${line}`)].join('\n');
}

/** A sink in front of the agent's. JSON is kept until it is whole; the events of a stream pass one by one. */
export function readdressingSink(agent: AgentSink, id: string | number): AgentSink {
  let head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  let kept: Uint8Array[] = [];
  let size = 0;
  let events: ReturnType<typeof createEvents> | undefined;
  const flush = (): void => {
    if (!head) return;
    agent.head(head.status, head.headers);
    head = undefined;
    for (const chunk of kept) void agent.data(chunk);
    kept = [];
  };
  return {
    ...agent,
    head(status, headers) {
      const type = valueOf(headers, 'content-type');
      if (type === 'application/json') {
        head = { status, headers };
        return;
      }
      if (type === 'text/event-stream' && valueOf(headers, 'content-encoding') === '') events = createEvents(id);
      agent.head(status, events ? without(headers, ['content-length']) : headers);
    },
    data(chunk) {
      if (events) {
        const out = events.push(chunk);
        return out.length > 0 ? agent.data(out) : undefined;
      }
      if (!head) return agent.data(chunk);
      kept.push(chunk);
      size += chunk.length;
      if (size > MAX_ANSWER) flush();
      return undefined;
    },
    end() {
      const left = events?.rest();
      if (left && left.length > 0) void agent.data(left);
      if (head) {
        const whole = readdressed({ ...head, body: Buffer.concat(kept) }, id);
        head = undefined;
        agent.head(whole.status, whole.headers);
        void agent.data(whole.body);
      }
      return agent.end();
    },
  };
}
