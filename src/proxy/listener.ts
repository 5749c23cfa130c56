// The agents' port: node's HTTP parser in its strictest setting, with what it leaves open closed around it.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { problems, type ProblemType } from '../core/problems.ts';
import { Exchange, sourceOf } from './exchange.ts';
import { createFallbackWords } from './fallback-words.ts';
import { handleCall } from './handle-call.ts';
import { createBodyRoom } from './body-room.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import { refusalBody, refusalHeaders, refuse } from './refuse.ts';
import { handleUpgrade } from './upgrade.ts';

export interface Listener {
  /** Port 0 takes a free one. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ host: string; port: number }>;
  /** Takes no new connections and answers new calls on old ones with "come back". */
  drain(): void;
  /** Resolves when every connection is closed; after `grace` ms the rest is cut. */
  close(grace: number): Promise<void>;
}

interface Pipelined {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
}

const NONE: readonly Pipelined[] = [];
/** Calls that may wait behind the one being answered; who sends more is cut off, and none of those has run. */
const MOST_PIPELINED = 64;
const KEEP_ALIVE = 65_000;
const PROBLEM_OF: Readonly<Record<string, ProblemType>> = {
  HPE_HEADER_OVERFLOW: 'headers-too-large',
  ERR_HTTP_REQUEST_TIMEOUT: 'body-timeout',
};

export function createListener(given: Omit<ProxyDeps, 'bodyRoom'>): Listener {
  const deps: ProxyDeps = { ...given, bodyRoom: createBodyRoom(given.limits.signedBody) };
  let draining = false;
  /** Connections with an answer under way, and the calls that wait behind it. */
  const answering = new WeakMap<Duplex, readonly Pipelined[]>();
  /** Sockets that were upgraded: node neither counts nor closes them any more. */
  const upgraded = new Set<Duplex>();
  const server: Server = createServer({
    insecureHTTPParser: false,
    requireHostHeader: false, // ours says what is wrong, and counts two of them
    maxHeaderSize: deps.limits.headers,
    headersTimeout: deps.limits.headersTimeout,
    requestTimeout: 0, // a held call may wait for minutes; bodies have their own limit
    keepAliveTimeout: KEEP_ALIVE,
    connectionsCheckingInterval: Math.min(deps.limits.headersTimeout, 1000),
  });
  server.maxConnections = deps.limits.connections;

  const busy = (socket: Duplex): boolean => answering.has(socket);
  const answer = ({ req, res }: Pipelined): void => {
    const { socket } = req;
    res.once('close', () => {
      const [next, ...rest] = answering.get(socket) ?? NONE;
      if (next && !socket.destroyed) {
        answering.set(socket, rest);
        answer(next);
      } else answering.delete(socket);
      // A connection that falls idle now would keep the process for its whole keep-alive time.
      if (draining) setImmediate(() => server.closeIdleConnections());
    });
    handleCall(deps, req, res, draining);
  };
  // One at a time: a call must not run before the one that the agent put in front of it is decided and answered, and one
  // connection must not hold thousands.
  const handle = (req: IncomingMessage, res: ServerResponse): void => {
    const { socket } = req;
    const waiting = answering.get(socket);
    if (!waiting) {
      answering.set(socket, NONE);
      answer({ req, res });
    } else if (waiting.length < MOST_PIPELINED) answering.set(socket, [...waiting, { req, res }]);
    else socket.destroy();
  };
  server.on('request', handle);
  server.on('checkContinue', handle);
  server.on('checkExpectation', (req: IncomingMessage, res: ServerResponse) => {
    const exchange = new Exchange(deps, req, res);
    refuse(exchange, 'expectation-failed', { detail: 'The only expectation supported is 100-continue.', close: true });
  });
  /** Takes over a socket that node has let go of. False: an answer is still under way on it, so it is closed. */
  const takeOver = (socket: Duplex): boolean => {
    socket.on('error', () => socket.destroy());
    if (busy(socket)) socket.destroy();
    return !socket.destroyed;
  };
  const words = createFallbackWords(deps.clock);
  server.on('upgrade', (req: IncomingMessage, socket: Duplex, first: Buffer) => {
    if (!takeOver(socket)) return;
    upgraded.add(socket);
    socket.once('close', () => upgraded.delete(socket));
    handleUpgrade(deps, words, req, socket, first, draining);
  });
  server.on('connect', (_req: IncomingMessage, socket: Duplex) => {
    if (!takeOver(socket)) return;
    broken(deps, socket, 'method-refused', 'CONNECT is not served here.');
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    // Mid-answer there is nothing left to say that could not be mistaken for part of that answer.
    if (error.code === 'ECONNRESET' || !socket.writable || busy(socket)) return void socket.destroy();
    const type = PROBLEM_OF[error.code ?? ''] ?? 'malformed-call';
    broken(deps, socket, type, 'The request is not valid HTTP/1.1.');
  });

  return {
    listen: (address) =>
      new Promise((resolve, reject) => {
        server.once('error', reject);
        server.listen(address.port, address.host, () => {
          server.off('error', reject);
          const { address: host, port } = server.address() as AddressInfo;
          resolve({ host, port });
        });
      }),
    drain() {
      draining = true;
      server.close();
      server.closeIdleConnections();
    },
    close: (grace) =>
      new Promise((resolve) => {
        draining = true;
        const cancel = deps.clock.after(grace, () => {
          server.closeAllConnections();
          for (const socket of upgraded) socket.destroy();
        });
        server.close(() => {
          cancel();
          resolve();
        });
        server.closeIdleConnections();
      }),
  };
}

/** Answers a connection on which no request could be read, records it, and closes. */
function broken(deps: ProxyDeps, socket: Duplex, type: ProblemType, detail: string): void {
  const source = sourceOf(socket); // the kernel knows it only until the socket is closed
  const decisionId = deps.nextDecisionId();
  const body = refusalBody(type, decisionId, { detail });
  const { status, title } = problems[type];
  const lines = [`HTTP/1.1 ${status} ${title}`];
  const headers = [...refusalHeaders(type, decisionId, { detail }, Buffer.byteLength(body)), 'Connection', 'close'];
  for (let i = 0; i + 1 < headers.length; i += 2) lines.push(`${headers[i]}: ${headers[i + 1]}`);
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`, () => socket.destroy());
  deps.bus.emit('call:finished', {
    at: deps.clock.now(),
    decisionId,
    agent: undefined,
    source,
    upstream: undefined,
    method: '',
    host: '',
    path: '',
    decision: undefined,
    approvalId: undefined,
    status,
    problem: type,
    duration: 0,
    bytesIn: 0,
    bytesOut: body.length,
  });
}
