// The upstream's answer to an approved call: streamed to the waiting agent, and kept (up to a cap) for an agent whose
// connection is gone.
import { createHash } from 'node:crypto';
import type { ResponseSink } from '../ports/dispatcher.ts';

/** The agent's side of an executed response. */
export interface AgentSink extends ResponseSink {
  /** Completes the response. True if the agent's connection took all of it. */
  end(): Promise<boolean>;
  /** Breaks the connection off: the response is known to be incomplete. */
  fail(): void;
}

export interface CapturedResponse {
  readonly status: number;
  readonly headers: readonly string[];
  readonly body: Uint8Array;
}

export interface Capture {
  readonly sink: ResponseSink;
  /** The response if all of it fitted under the cap. */
  response(): CapturedResponse | undefined;
  readonly digest: () => string;
  readonly bytes: () => number;
  /** The connection that got the live stream, to be ended once the outcome is on record. */
  live(agent: AgentSink): AgentSink;
}

function lengthOf(headers: readonly string[]): number | undefined {
  const at = headers.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === 'content-length');
  return at < 0 ? undefined : Number(headers[at + 1]);
}

/**
 * `agent` is asked for once, when the head arrives: the connection that waits at that moment gets the live stream. `onBroken`
 * hears of a sink that throws, which is a bug. The chunk
 * that completes a response of known length is kept back until the live sink is ended: an agent that has the whole response
 * can rely on the record having it too (I12).
 */
export function createCapture(
  cap: number,
  agent: () => AgentSink | undefined,
  onBroken: (error: unknown) => void,
): Capture {
  const hash = createHash('sha256');
  let head: { status: number; headers: readonly string[]; length: number | undefined } | undefined;
  let live: AgentSink | undefined;
  let last: Uint8Array | undefined;
  let chunks: Uint8Array[] | undefined = [];
  let size = 0;
  // The agent's side must not decide what becomes of a call that is under way: if it breaks, it is dropped.
  const toAgent = <T>(act: (sink: AgentSink) => T): T | undefined => {
    try {
      return live && act(live);
    } catch (error) {
      onBroken(error);
      live?.fail();
      live = undefined;
      return undefined;
    }
  };
  return {
    sink: {
      head(status, headers) {
        head = { status, headers, length: lengthOf(headers) };
        live = agent();
        toAgent((sink) => sink.head(status, headers));
      },
      data(chunk) {
        hash.update(chunk);
        size += chunk.length;
        if (size > cap) chunks = undefined;
        chunks?.push(Uint8Array.from(chunk));
        if (head?.length !== undefined && size >= head.length) {
          last = Uint8Array.from(chunk);
          return undefined;
        }
        return toAgent((sink) => sink.data(chunk));
      },
      // What flows in a tunnel is nobody's to keep: an agent that lost it is told that the call has run.
      tunnel(headers, socket, first) {
        live = agent();
        toAgent((sink) => sink.tunnel?.(headers, socket, first));
        if (!live?.tunnel) socket.destroy();
      },
    },
    response: () => head && chunks && { status: head.status, headers: head.headers, body: Buffer.concat(chunks) },
    digest: () => hash.copy().digest('hex'),
    bytes: () => size,
    live: (sink) => ({
      ...sink,
      end() {
        if (!live) return Promise.resolve(false);
        if (last) void sink.data(last);
        return sink.end();
      },
    }),
  };
}
