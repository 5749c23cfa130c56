// The gate's own small requests. INVARIANT: they leave by the same door as calls do: the address judged, the certificate proven, never
// a redirect followed.
import type { Clock } from '../ports/clock.ts';
import type { HttpClient, OutboundAnswer, OutboundRequest } from '../ports/http-client.ts';
import { connectVerified } from './address/connect.ts';
import type { Resolver } from './address/resolve.ts';
import { sendOnce } from './wire/send-once.ts';

export interface OutboundDeps {
  readonly resolver: Resolver;
  readonly clock: Clock;
}

const MAX_HEAD = 32 * 1024;
const MAX_BODY = 1024 * 1024;

export function createHttpClient(deps: OutboundDeps): HttpClient {
  return { request: (request) => ask(deps, request) };
}

async function ask({ resolver, clock }: OutboundDeps, request: OutboundRequest): Promise<OutboundAnswer> {
  const { timeout } = request;
  const url = URL.parse(request.url);
  if (!url || (url.protocol !== 'https:' && url.protocol !== 'http:')) return failed('the address is no http(s) URL');
  const scheme = url.protocol === 'https:' ? 'https' : 'http';
  const until = clock.monotonic() + timeout;
  const target = {
    scheme,
    hostname: url.hostname.replace(/^\[|\]$/g, ''),
    port: Number(url.port || (scheme === 'https' ? 443 : 80)),
    allow_private: request.allowPrivate,
    timeouts: { connect: timeout },
  } as const;
  const connected = await connectVerified(target, { resolver, clock });
  if (!connected.ok) return failed(connected.detail);
  const left = Math.max(1, until - clock.monotonic());
  const { promise, resolve } = Promise.withResolvers<OutboundAnswer>();
  const body = request.body === undefined ? undefined : Buffer.from(request.body);
  const wire = {
    method: request.method,
    target: `${url.pathname}${url.search}`,
    host: url.host,
    headers: Object.entries(request.headers).flat(),
    body,
  };
  const chunks: Buffer[] = [];
  let size = 0;
  let status = 0;
  let headers: Record<string, string> = {};
  const end = (answer: OutboundAnswer): void => {
    cancel();
    resolve(answer);
  };
  const cancel = clock.after(left, () => {
    connected.socket.destroy();
    end(failed('no whole answer in time', true));
  });
  try {
    sendOnce(
      connected.socket,
      wire,
      {
        onHead(code, _text, rawHeaders) {
          status = code;
          headers = asMap(rawHeaders);
        },
        onData(chunk) {
          size += chunk.length;
          if (size <= MAX_BODY) chunks.push(Buffer.from(chunk));
          return true;
        },
        onEnd: () =>
          end(
            size > MAX_BODY
              ? failed('the answer is over 1 MiB', true)
              : { ok: true, status, headers, body: Buffer.concat(chunks) },
          ),
        onError: ({ kind, detail }) => end(failed(`${kind}: ${detail}`, true)),
      },
      { clock, maxHeaderBytes: MAX_HEAD, headTimeoutMs: left, bodyIdleTimeoutMs: left },
    );
  } catch (error) {
    connected.socket.destroy();
    end(failed(error instanceof Error ? error.message : String(error)));
  }
  return promise;
}

const failed = (why: string, sent = false): OutboundAnswer => ({ ok: false, why, sent });

function asMap(rawHeaders: readonly string[]): Record<string, string> {
  const map: Record<string, string> = {};
  for (let i = 0; i + 1 < rawHeaders.length; i += 2) map[(rawHeaders[i] ?? '').toLowerCase()] = rawHeaders[i + 1] ?? '';
  return map;
}
