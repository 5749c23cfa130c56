// A TCP proxy between Holdgate and Redis that breaks things on command: the truth about what a network can do to a store.
import { createServer, type Server } from 'node:net';
import type { Flow } from './fault-lane.ts';
import { createLink, type Link, type Request } from './fault-link.ts';
import { serverPort } from './server-port.ts';

export type Matcher = (request: Request) => boolean;

/** What connections do to the commands that pass; see commands-seen.ts. */
export interface Traffic {
  readonly link: Link;
  readonly kind: 'request' | 'reply';
  readonly request: Request | undefined;
}

export interface FaultProxy {
  readonly port: number;
  /** Resets every connection and refuses new ones (ECONNREFUSED). */
  cut(): void;
  /** Ends every fault. What `stall` kept is delivered; connections that lost bytes are reset. */
  restore(): Promise<void>;
  /** From now on bytes take this long, ms. */
  delay(ms: number, direction?: 'requests' | 'replies' | 'both'): void;
  /** Connections stay open, new ones are accepted, and no byte arrives anywhere; lost for good. */
  halfOpen(): void;
  /** The same, but the network heals: what was sent meanwhile arrives at `restore`. */
  stall(): void;
  /** New connections are accepted and get no answer; those that exist go on. */
  blackhole(): void;
  /** The n-th matching request from now on is carried out; its connection is reset before the reply. Resolves when that happened. */
  dropNext(n?: number, matches?: Matcher): Promise<void>;
  /** Once a matching request has arrived: acts before it is passed on. */
  onceBefore(matches: Matcher, action: (link: Link) => void): Promise<void>;
  /** Once Redis has answered a matching request: acts before the reply is passed on. */
  onceAfter(matches: Matcher, action: (link: Link) => void): Promise<void>;
  /** Hears of every request and reply; returns the function that ends it. */
  watch(listener: (traffic: Traffic) => void): () => void;
  /** Open right now. */
  connections(): number;
  /** Accepted ever. */
  dialled(): number;
  close(): Promise<void>;
}

interface Trap {
  readonly matches: Matcher;
  readonly action: (link: Link) => void;
  readonly sprung: () => void;
  readonly moment: Traffic['kind'];
  /** Matching requests yet to come, this one included. */
  left: number;
}

const ANY: Matcher = () => true;

/** `opaque`: not RESP on the wire (TLS); what looks at requests then sees none. */
export async function startFaultProxy(
  target: number,
  { opaque = false }: { readonly opaque?: boolean } = {},
): Promise<FaultProxy> {
  const links = new Set<Link>();
  const traps = new Set<Trap>();
  const armed = new WeakMap<Request, Trap[]>();
  const watchers = new Set<(traffic: Traffic) => void>();
  const delays = { requests: 0, replies: 0 };
  let flowOfNew: Flow = 'pass';
  let dialled = 0;

  const spring = (trap: Trap, link: Link): void => {
    trap.action(link);
    trap.sprung();
  };
  const tell = (traffic: Traffic): void => {
    for (const watcher of watchers) watcher(traffic);
  };
  const seen = (link: Link, request: Request): void => {
    tell({ link, kind: 'request', request });
    for (const trap of traps) {
      if (!trap.matches(request) || --trap.left > 0) continue;
      traps.delete(trap);
      if (trap.moment === 'request') spring(trap, link);
      else armed.set(request, [...(armed.get(request) ?? []), trap]);
    }
  };
  const answered = (link: Link, request: Request | undefined): void => {
    tell({ link, kind: 'reply', request });
    for (const trap of (request && armed.get(request)) ?? []) spring(trap, link);
  };

  const accept = (): Server =>
    createServer((client) => {
      const link = createLink(
        client,
        target,
        { requests: () => delays.requests, replies: () => delays.replies },
        { request: seen, reply: answered, closed: (one) => void links.delete(one) },
        opaque,
      );
      links.add(link);
      dialled++;
      link.flow(flowOfNew);
    });
  const listen = async (server: Server, port: number): Promise<void> => {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
    await promise;
  };
  const resetAll = (): void => {
    for (const link of links) link.reset();
  };
  const setFlow = (next: Flow): void => {
    flowOfNew = next;
    for (const link of links) link.flow(next);
  };
  const set = (moment: Trap['moment'], matches: Matcher, left: number, action: Trap['action']): Promise<void> => {
    const { promise, resolve } = Promise.withResolvers<void>();
    traps.add({ moment, matches, action, sprung: resolve, left });
    return promise;
  };

  const port = await serverPort();
  let server = accept();
  await listen(server, port);
  return {
    port,
    cut() {
      server.close();
      resetAll();
    },
    async restore() {
      delays.requests = 0;
      delays.replies = 0;
      for (const link of links) if (link.requests.lost() || link.replies.lost()) link.reset();
      setFlow('pass');
      if (server.listening) return;
      server = accept();
      await listen(server, port);
    },
    delay(ms, direction = 'both') {
      if (direction !== 'replies') delays.requests = ms;
      if (direction !== 'requests') delays.replies = ms;
    },
    halfOpen: () => setFlow('swallow'),
    stall: () => setFlow('stall'),
    blackhole: () => void (flowOfNew = 'swallow'),
    dropNext: (n = 1, matches = ANY) => set('reply', matches, n, (link) => link.reset()),
    onceBefore: (matches, action) => set('request', matches, 1, action),
    onceAfter: (matches, action) => set('reply', matches, 1, action),
    watch(listener) {
      watchers.add(listener);
      return () => void watchers.delete(listener);
    },
    dialled: () => dialled,
    connections: () => [...links].filter((link) => link.open()).length,
    async close() {
      const closed = new Promise<void>((resolve) => void server.close(() => resolve()));
      resetAll();
      await closed;
    },
  };
}
