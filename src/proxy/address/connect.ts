// The only way to an upstream: resolve, judge, connect to that very address, prove the name by its certificate.
// INVARIANT: a socket that is handed out has the remote address that was judged and, for https, a certificate for the name.
import net from 'node:net';
import tls from 'node:tls';
import type { Clock } from '../../ports/clock.ts';
import { canonicalAddress, type Resolver } from './resolve.ts';

/** What connecting needs to know of an upstream. */
export interface ConnectTarget {
  readonly scheme: 'http' | 'https';
  /** Lower-case, without brackets. */
  readonly hostname: string;
  readonly port: number;
  readonly allow_private: boolean;
  /** PEM bundle instead of the system's roots. */
  readonly ca?: string | undefined;
  /** ms for everything: resolving, every attempt, TLS. */
  readonly timeouts: { readonly connect: number };
}

export interface ConnectDeps {
  readonly resolver: Resolver;
  readonly clock: Pick<Clock, 'after' | 'monotonic'>;
  readonly signal?: AbortSignal | undefined;
}

export type ConnectFailure = 'address-refused' | 'unreachable' | 'timeout' | 'tls' | 'aborted';

export type ConnectOutcome =
  | { readonly ok: true; readonly socket: net.Socket | tls.TLSSocket; readonly address: string }
  /** `detail` names hosts, addresses and causes, never a credential. */
  | { readonly ok: false; readonly failure: ConnectFailure; readonly detail: string };

type Failed = Extract<ConnectOutcome, { ok: false }>;

/** Certificates checked by the name are worth their parsing once: contexts live as long as the upstream's configuration. */
const contexts = new WeakMap<ConnectTarget, tls.SecureContext>();

/**
 * A connected, verified socket without any byte of the call on it. Never rejects. Addresses are tried in order, each with an
 * equal share of the time that is left, so that one dead address cannot eat the others' time. A TLS failure is final: another
 * address with another certificate would only hide it. Over TLS (≥ 1.2) ALPN offers http/1.1 alone.
 */
export async function connectVerified(target: ConnectTarget, deps: ConnectDeps): Promise<ConnectOutcome> {
  const { clock, signal } = deps;
  if (signal?.aborted) return failed('aborted', 'given up before connecting');
  const deadline = clock.monotonic() + target.timeouts.connect;
  const cut = new AbortController();
  const cancel = clock.after(target.timeouts.connect, () => cut.abort('timeout'));
  const onAbort = (): void => cut.abort('aborted');
  signal?.addEventListener('abort', onAbort, { once: true });
  try {
    const resolution = await Promise.race([deps.resolver.resolve(target), whenCut(cut.signal, target)]);
    if (!resolution.ok) return resolution;
    let last: Failed = failed('unreachable', `${target.hostname} has no address`);
    for (const [i, address] of resolution.addresses.entries()) {
      const share = (deadline - clock.monotonic()) / (resolution.addresses.length - i);
      const outcome = await attempt(target, address, share, clock, cut.signal);
      if (outcome.ok) return outcome;
      last = outcome;
      if (outcome.failure === 'tls' || outcome.failure === 'address-refused' || cut.signal.aborted) break;
    }
    return last;
  } finally {
    cancel();
    signal?.removeEventListener('abort', onAbort);
  }
}

async function attempt(
  target: ConnectTarget,
  address: string,
  share: number,
  clock: ConnectDeps['clock'],
  cut: AbortSignal,
): Promise<ConnectOutcome> {
  const where = `${target.hostname} (${address}) port ${target.port}`;
  if (cut.aborted) return cutFailure(cut, target);
  const { promise, resolve } = Promise.withResolvers<ConnectOutcome>();
  // INVARIANT: `host` is an address literal, so node:net resolves nothing.
  const raw = net.connect({ host: address, port: target.port, noDelay: true });
  const cancel = clock.after(Math.max(share, 1), () => resolve(failed('timeout', `no connection to ${where} in time`)));
  const onCut = (): void => resolve(cutFailure(cut, target));
  cut.addEventListener('abort', onCut, { once: true });
  // The listener stays: until the caller adds one, a reset must not be an uncaught error; `destroyed` tells them.
  raw.on('error', (error) => resolve(failed('unreachable', `cannot connect to ${where}: ${codeOf(error)}`)));
  raw.once('connect', () => {
    if (canonicalAddress(raw.remoteAddress ?? '') !== canonicalAddress(address)) {
      resolve(failed('address-refused', `connected to ${raw.remoteAddress ?? 'nothing'} instead of ${where}`));
    } else if (target.scheme === 'http') {
      resolve({ ok: true, socket: raw, address });
    } else {
      secure(target, raw, where, (result) => resolve(result.ok ? { ...result, address } : result));
    }
  });
  const outcome = await promise;
  cancel();
  cut.removeEventListener('abort', onCut);
  if (!outcome.ok) raw.destroy();
  return outcome;
}

function secure(
  target: ConnectTarget,
  raw: net.Socket,
  where: string,
  done: (result: { readonly ok: true; readonly socket: tls.TLSSocket } | Failed) => void,
): void {
  let socket: tls.TLSSocket;
  try {
    socket = tls.connect({
      socket: raw,
      secureContext: contextOf(target),
      // RFC 6066 §3: no address literals in SNI.
      ...(net.isIP(target.hostname) === 0 ? { servername: target.hostname } : {}),
      ALPNProtocols: ['http/1.1'],
      // Said outright, so that no environment variable weakens it.
      rejectUnauthorized: true,
      checkServerIdentity: (_name, certificate) => tls.checkServerIdentity(target.hostname, certificate),
    });
  } catch (error) {
    done(failed('tls', `TLS with ${where} cannot start: ${error instanceof Error ? codeOf(error) : 'failed'}`));
    return;
  }
  const fail = (detail: string): void => {
    socket.destroy();
    done(failed('tls', detail));
  };
  const onEnd = (): void => fail(`${where} closed the connection during the TLS handshake`);
  socket.on('error', (error) => fail(`TLS with ${where} failed: ${codeOf(error)}`));
  socket.once('end', onEnd);
  socket.once('secureConnect', () => {
    socket.off('end', onEnd);
    if (!socket.authorized) fail(`the certificate of ${where} is not trusted`);
    else if (socket.alpnProtocol !== false && socket.alpnProtocol !== 'http/1.1') {
      fail(`${where} chose the protocol ${String(socket.alpnProtocol)}, which was not offered`);
    } else done({ ok: true, socket });
  });
}

function contextOf(target: ConnectTarget): tls.SecureContext {
  let context = contexts.get(target);
  if (!context) {
    context = tls.createSecureContext({ minVersion: 'TLSv1.2', ...(target.ca === undefined ? {} : { ca: target.ca }) });
    contexts.set(target, context);
  }
  return context;
}

function whenCut(cut: AbortSignal, target: ConnectTarget): Promise<Failed> {
  if (cut.aborted) return Promise.resolve(cutFailure(cut, target));
  return new Promise((resolve) => {
    cut.addEventListener('abort', () => resolve(cutFailure(cut, target)), { once: true });
  });
}

function cutFailure(cut: AbortSignal, target: ConnectTarget): Failed {
  return cut.reason === 'aborted'
    ? failed('aborted', `given up while connecting to ${target.hostname}`)
    : failed('timeout', `no connection to ${target.hostname} within ${target.timeouts.connect} ms`);
}

function failed(failure: ConnectFailure, detail: string): Failed {
  return { ok: false, failure, detail };
}

function codeOf(error: Error): string {
  return 'code' in error && typeof error.code === 'string' ? error.code : error.message;
}
