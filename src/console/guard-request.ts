// What is refused before anyone looks at the path: requests that a foreign web page made a browser send (security.md J2, J5,
// J6, J10) and targets that are not plain paths.
import type { IncomingMessage } from 'node:http';
import { type Answer, problem } from './answer.ts';

export interface RequestGuard {
  /** True if the console listens on a loopback address: then only loopback names and the public URL's host reach it. */
  readonly loopback: boolean;
  /** Base URL under which people reach the console, if it differs from its own address. */
  readonly publicUrl: string | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;
/** RFC 9110 §7.2 `uri-host [":" port]`, without userinfo, percent-encoding or anything else that parsers disagree about. */
const HOST = /^([A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::(\d{1,5}))?$/;

export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host) || host === '::1';
}

/** Every value of a header as received; Node's own map hides repetition. `name` in lower case. */
function values(request: IncomingMessage, name: string): string[] {
  const found: string[] = [];
  for (let i = 0; i + 1 < request.rawHeaders.length; i += 2) {
    if (request.rawHeaders[i]?.toLowerCase() === name) found.push(request.rawHeaders[i + 1] ?? '');
  }
  return found;
}

/** The refusal, or undefined if the request may go on. */
export function guardRequest(guard: RequestGuard, request: IncomingMessage): Answer | undefined {
  const close = { Connection: 'close' };
  const publicUrl = guard.publicUrl === undefined ? undefined : new URL(guard.publicUrl);
  const hosts = values(request, 'host');
  const host = HOST.exec(hosts[0] ?? '')?.[1]?.toLowerCase();
  if (hosts.length !== 1 || host === undefined) {
    return problem('invalid-request', { detail: 'Exactly one well-formed Host header is expected.' }, close);
  }
  // DNS rebinding: a page of another name that resolves to this machine still sends its own name.
  if (guard.loopback && !LOOPBACK.test(host) && host !== publicUrl?.hostname) {
    return problem('misdirected-request', { detail: 'The console does not answer under this Host.' }, close);
  }
  if (!request.url?.startsWith('/')) {
    return problem('invalid-request', { detail: 'The request target has to be a path (RFC 9112 §3.2.1).' }, close);
  }
  const site = values(request, 'sec-fetch-site');
  const foreignSite = site.some((value) => value !== 'same-origin' && value !== 'none');
  const origins = values(request, 'origin');
  const foreignOrigin = origins.some((origin) => origin !== `http://${hosts[0]}` && origin !== publicUrl?.origin);
  if (foreignSite || foreignOrigin) {
    return problem('cross-site-refused', { detail: 'This request was made by a page of another origin.' }, close);
  }
  return undefined;
}
