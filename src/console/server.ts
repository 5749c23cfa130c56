// The console's HTTP server: guards, the route table, sign-in, validation, in this order, for every request.
// INVARIANT: a handler runs only after its route's principal was checked and its input was found valid; GET changes nothing.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { z } from 'zod';
import type { CredentialIndex } from '../core/credential-index.ts';
import type { Person } from '../core/principal.ts';
import type { ApprovalGate } from '../gate/api.ts';
import type { ReadInsights } from '../gate/insights.ts';
import { RecordDamaged, StoreUnavailable } from '../ports/approval-store.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventBus } from '../ports/events.ts';
import { type Answer, problem, writeAnswer } from './answer.ts';
import { createEventStreams, type EventStreamLimits } from './event-streams.ts';
import { guardRequest, isLoopback } from './guard-request.ts';
import { answerHook, type Hook } from './hook.ts';
import type { Links } from './link-routes.ts';
import { queryParameters } from './openapi.ts';
import type { OperationDeps } from './operation-routes.ts';
import { hasBody, readBody } from './read-body.ts';
import { readQuery } from './read-query.ts';
import { matchRoute, type Route } from './route.ts';
import { consoleRoutes } from './routes.ts';
import { createSignIn, type SignInByToken } from './sign-in.ts';
import type { ListUsage } from './usage-routes.ts';

export interface ConsoleDeps extends OperationDeps {
  readonly gate: ApprovalGate;
  readonly usage: ListUsage;
  readonly insights: ReadInsights;
  readonly links: Links;
  /** Credentials of people, as of now: asked at every request. */
  readonly people: () => CredentialIndex<Person>;
  readonly tokens?: SignInByToken | undefined;
  readonly clock: Clock;
  /** Public keys as JWKs, newest first. */
  readonly publicKeys: () => readonly Record<string, unknown>[];
  /** Base URL under which people reach the console. */
  readonly publicUrl: string | undefined;
  readonly bus?: EventBus;
  /** Told of errors that are bugs; the client only learns that there was one. */
  readonly onError?: (error: unknown) => void;
  readonly streamLimits?: EventStreamLimits;
  /** What channels post here, by path; who posted is up to each of them. */
  readonly hooks?: ReadonlyMap<string, Hook>;
}

export interface Console {
  /** The rows that answer, for documents and tests. */
  readonly routes: readonly Route[];
  /** Port 0 takes a free one. Rejects if the address cannot be listened on. */
  listen(address: { readonly host: string; readonly port: number }): Promise<{ host: string; port: number }>;
  /** Ends event streams, lets running requests finish for at most two seconds, and frees the port. */
  close(): Promise<void>;
}

/** ms. */
const TIMEOUTS = { head: 10_000, request: 30_000, idle: 5_000, check: 2_000, close: 2_000 };
const MAX_HEAD = 16 * 1024;
const MAX_CONNECTIONS = 1_000;
const NO_QUERY = z.strictObject({});

export function createConsole(deps: ConsoleDeps): Console {
  const streams = createEventStreams(deps, deps.streamLimits);
  const routes = consoleRoutes({ ...deps, streams });
  const queries = new Map(routes.map((route) => [route, queryParameters(route).map(({ name }) => name)]));
  const signIn = createSignIn({
    people: deps.people,
    tokens: deps.tokens,
    clock: deps.clock,
    onRefused: (source, why) => deps.bus?.emit('person:refused', { source, why }),
  });
  let loopback = true;
  let server: Server | undefined;

  async function answerTo(request: IncomingMessage): Promise<Answer> {
    const refusal = guardRequest({ loopback, publicUrl: deps.publicUrl }, request);
    if (refusal) return refusal;
    const target = request.url ?? '';
    const mark = target.indexOf('?');
    const path = mark < 0 ? target : target.slice(0, mark);
    const hook = request.method === 'POST' ? deps.hooks?.get(path) : undefined;
    if (hook) return answerHook(hook, request);
    const found = matchRoute(routes, request.method ?? '', path);
    if (found.match === 'none') return problem('not-found', { detail: 'Nothing answers at this path.' });
    if (found.match === 'method') {
      const allow = found.allow.join(', ');
      return problem('method-not-allowed', { detail: `This path takes ${allow}.` }, { Allow: allow });
    }
    const { route, params } = found;
    const who =
      route.principal === 'person' ? await signIn(request.headers.authorization, addressOf(request)) : undefined;
    if (who && !who.ok) return who.answer;
    const query = readQuery(mark < 0 ? '' : target.slice(mark + 1), route.query ?? NO_QUERY, queries.get(route) ?? []);
    if (!query.ok) return problem('invalid-request', { detail: query.detail });
    let body: unknown;
    if (route.body) {
      const read = await readBody(request, route.body);
      if (!read.ok) return read.answer;
      body = read.value;
    } else if (hasBody(request)) {
      return problem('invalid-request', { detail: 'This request takes no body.' }, { Connection: 'close' });
    }
    const input = { params, query: query.value, body };
    if (route.principal === 'public') return route.handle(input);
    if (!who) return problem('internal-error', { detail: 'Internal error.' });
    return route.handle({ ...input, person: who.person, stillKnown: who.stillKnown });
  }

  function failure(error: unknown): Answer {
    if (error instanceof RecordDamaged) {
      const detail = 'The record of this approval is damaged: it never runs. The log of the gate says what was found.';
      return problem('not-found', { detail });
    }
    if (error instanceof StoreUnavailable) {
      deps.bus?.emit('store:failed', { operation: 'console', error: error.message });
      return problem('gate-unavailable', { detail: 'The store does not answer right now.' }, { 'Retry-After': '2' });
    }
    deps.onError?.(error);
    return problem('internal-error', { detail: 'An error of ours; it has been logged.' });
  }

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await answerTo(request).catch(failure);
    writeAnswer(response, answer, request.method === 'HEAD');
  }

  return {
    routes,
    async listen(address) {
      loopback = isLoopback(address.host);
      server = createServer(
        {
          headersTimeout: TIMEOUTS.head,
          requestTimeout: TIMEOUTS.request,
          keepAliveTimeout: TIMEOUTS.idle,
          connectionsCheckingInterval: TIMEOUTS.check,
          maxHeaderSize: MAX_HEAD,
          insecureHTTPParser: false,
        },
        (request, response) => {
          serve(request, response).catch((error: unknown) => {
            deps.onError?.(error);
            response.destroy();
          });
        },
      );
      server.maxConnections = MAX_CONNECTIONS;
      await new Promise<void>((resolve, reject) => {
        server?.once('error', reject).listen(address.port, address.host, resolve);
      });
      const { port } = server.address() as AddressInfo;
      return { host: address.host, port };
    },
    async close() {
      streams.close();
      const closing = server;
      server = undefined;
      if (!closing) return;
      const cancel = deps.clock.after(TIMEOUTS.close, () => closing.closeAllConnections());
      await new Promise<void>((resolve) => {
        closing.close(() => resolve());
        closing.closeIdleConnections();
      });
      cancel();
    },
  };
}

function addressOf(request: IncomingMessage): string {
  return (request.socket.remoteAddress ?? '').replace(/^::ffff:/, '');
}
