// Reads, and dry runs, for previews: through the same address guard as calls, each on a fresh connection, with the credential for previews
// and a name of its own. INVARIANT: one way out only for GET, HEAD and what core minted as a rehearsal; never the credential for calls.
import type { Socket } from 'node:net';
import { bodyBytes, type Call, target } from '../core/call.ts';
import type { Upstream } from '../core/upstream.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReadAnswer, ReadClient } from '../ports/read-client.ts';
import type { Pools } from './pools.ts';
import { placeAgain } from './upstream-place.ts';
import type { Scrubber } from './scrub.ts';
import { sendOnce } from './wire/send-once.ts';
import type { WireHandler } from './wire/wire-handler.ts';

export interface ReadClientDeps {
  readonly upstreams: readonly Upstream[];
  readonly pools: Pick<Pools, 'connect' | 'injected' | 'scrubber'>;
  readonly clock: Clock;
  readonly version: string;
}

/** ms, for each step. */
const PATIENCE = 3_000;
const MAX_HEAD = 32 * 1024;
const MAX_BODY = 1024 * 1024;
/** Read as they are: nothing is undone that could grow. */
const UNENCODED = ['Accept-Encoding', 'identity'];
/** All that a rehearsal takes over of the agent's headers: what its body is. Its credentials, conditions and names stay here. */
const REHEARSED: ReadonlySet<string> = new Set(['content-type', 'content-encoding', 'x-amz-target']);

/** Whose places they are: the reader is an upstream of its own. */
const PREVIEWS = 'previews';

const failed = (why: string): ReadAnswer => ({ outcome: 'failed', why });

export function createReadClient(deps: ReadClientDeps): ReadClient {
  // The same upstream with another credential: what connects, signs and scrubs knows the two apart.
  const readers = new Map(
    deps.upstreams.flatMap((upstream) => {
      if (!upstream.preview) return [];
      const timeouts = { connect: PATIENCE, head: PATIENCE, idle: PATIENCE };
      const reader: Upstream = { ...upstream, credential: upstream.preview.credential, timeouts };
      return [[upstream.id, { reader, dryRun: upstream.preview.dryRun }] as const];
    }),
  );
  const marked = ['User-Agent', `holdgate-preview/${deps.version}`, ...UNENCODED];

  const send = async (call: Call, signal: AbortSignal): Promise<ReadAnswer> => {
    const reader = readers.get(call.upstream)?.reader;
    if (!reader) return failed('the upstream has no credential for previews');
    const placed = placeAgain(reader, call, PREVIEWS);
    if (!placed.ok) return failed('the upstream has no such host');
    const place = placed.upstream;
    if (call.host !== place.authority && !place.hosts.some((host) => host.startsWith('*.'))) {
      return failed('the call goes to another host than its upstream');
    }
    const connected = await deps.pools.connect(place);
    if (!connected.ok) return failed(`the upstream cannot be reached (${connected.failure})`);
    if (signal.aborted) {
      connected.socket.destroy();
      return failed('the time was over');
    }
    return exchange(deps, connected.socket, call, place, signal);
  };

  return {
    terms(upstream) {
      const found = readers.get(upstream);
      return found && { dryRun: found.dryRun, basePath: found.reader.basePath };
    },
    async read(upstream, { method, host, path, query, headers = [], signedFor }, signal) {
      const reader = readers.get(upstream)?.reader;
      if (!reader) return failed('the upstream has no credential for previews');
      // Types do not hold what is made at run time.
      if (method !== 'GET' && method !== 'HEAD') return failed('previews only read');
      const { scheme } = reader;
      const call: Call = {
        method,
        upstream,
        scheme,
        host,
        path,
        query,
        headers: [
          ...marked,
          ...(headers.some((name, i) => i % 2 === 0 && name === 'Accept') ? [] : ['Accept', '*/*']),
          ...headers,
        ],
        body: { state: 'none' },
        ...(signedFor && { signedFor }),
      };
      return safely(() => send(call, signal));
    },
    async rehearse({ call }, signal) {
      if (readers.get(call.upstream)?.dryRun !== true) return failed('dry runs are not switched on');
      const kept = call.headers.flatMap((name, i) =>
        i % 2 === 0 && REHEARSED.has(name.toLowerCase()) ? [name, call.headers[i + 1] ?? ''] : [],
      );
      return safely(() =>
        send({ ...call, headers: [...marked, 'Accept', 'application/json, */*;q=0.1', ...kept] }, signal),
      );
    },
  };
}

/** A request that cannot be built, or a socket that is gone before it is used. */
async function safely(work: () => Promise<ReadAnswer>): Promise<ReadAnswer> {
  try {
    return await work();
  } catch {
    return failed('the question could not be sent');
  }
}

function exchange(
  { pools, clock }: ReadClientDeps,
  socket: Socket,
  call: Call,
  reader: Upstream,
  signal: AbortSignal,
): Promise<ReadAnswer> {
  const { promise, resolve } = Promise.withResolvers<ReadAnswer>();
  const scrub: Scrubber | undefined = pools.scrubber(reader);
  let head: { readonly status: number; readonly headers: readonly string[] } | undefined;
  const chunks: Buffer[] = [];
  let size = 0;
  const answer = (cut: boolean): void => {
    if (!head) return resolve(failed('the upstream gave no answer'));
    const rest = scrub?.rest();
    if (rest && rest.length > 0 && !cut) chunks.push(rest);
    if (isEncoded(head.headers)) return resolve(failed('the answer is encoded, though that was not asked for'));
    resolve({ outcome: 'answered', ...head, body: Buffer.concat(chunks), cut });
  };
  const handler: WireHandler = {
    onHead(status, _text, rawHeaders, bodyLength) {
      const headers = scrub?.headers(rawHeaders) ?? rawHeaders;
      // Of a HEAD it is how long the resource is.
      head = {
        status,
        headers: bodyLength === undefined ? headers : [...headers, 'Content-Length', String(bodyLength)],
      };
    },
    onData(chunk, last) {
      size += chunk.length;
      if (size > MAX_BODY) {
        answer(true);
        wire.abort();
        return true;
      }
      chunks.push(Buffer.from(scrub?.body(chunk, last) ?? chunk));
      return true;
    },
    onEnd: () => answer(false),
    onError: ({ kind }) => resolve(failed(`the upstream's answer failed (${kind})`)),
  };
  const { method, host, headers } = call;
  const request = {
    method,
    target: target(call),
    host,
    headers,
    injected: pools.injected(reader, call),
    body: bodyBytes(call),
  };
  const limits = { clock, maxHeaderBytes: MAX_HEAD, headTimeoutMs: PATIENCE, bodyIdleTimeoutMs: PATIENCE };
  let wire: ReturnType<typeof sendOnce>;
  try {
    wire = sendOnce(socket, request, handler, limits);
  } catch (error) {
    socket.destroy();
    throw error;
  }
  signal.addEventListener(
    'abort',
    () => {
      wire.abort();
      resolve(failed('the time was over'));
    },
    { once: true },
  );
  return promise;
}

function isEncoded(headers: readonly string[]): boolean {
  return headers.some(
    (name, i) => i % 2 === 0 && /^content-encoding$/i.test(name) && (headers[i + 1] ?? '').toLowerCase() !== 'identity',
  );
}
