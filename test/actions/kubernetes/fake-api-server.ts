// A small API server for real clients: discovery, a store of objects, and the subresources that kubectl uses. Everything it was
// asked is recorded, byte for byte. It authorises nothing; `answer` lets a test reply first.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { remoteCommand } from './fake-remote-command.ts';
import { discovery, kindOf } from './fake-discovery.ts';

export interface RecordedRequest {
  readonly method: string;
  /** Origin form, as received. */
  readonly target: string;
  /** Name, value, name, value, … as received. */
  readonly headers: readonly string[];
  readonly body: Buffer;
}

export interface FakeAnswer {
  readonly status: number;
  readonly headers?: readonly string[];
  readonly body: unknown;
}

export interface FakeApiServer {
  readonly url: string;
  readonly requests: RecordedRequest[];
  /** Undefined goes on to the store. */
  answer: (request: RecordedRequest) => FakeAnswer | undefined;
  /** What commands print; undefined: no channel is opened. */
  output: string | undefined;
  close(): Promise<void>;
}

export interface FakeObject {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Readonly<Record<string, unknown>> & { readonly name: string; readonly namespace?: string };
  readonly [field: string]: unknown;
}

/** `objects` by the path that they are served at, as `/api/v1/namespaces/prod/pods/web-0`. */
export async function startFakeApiServer(objects: Readonly<Record<string, FakeObject>>): Promise<FakeApiServer> {
  const store = new Map(Object.entries(objects));
  const requests: RecordedRequest[] = [];
  const record = (req: IncomingMessage, body: Buffer): RecordedRequest => {
    const { method = '', url = '', rawHeaders } = req;
    const request = { method, target: url, headers: rawHeaders, body };
    requests.push(request);
    return request;
  };
  const server = createServer((req, res) => {
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('end', () => {
      const request = record(req, Buffer.concat(chunks));
      send(res, fake.answer(request) ?? discovery(request) ?? fromStore(store, request));
    });
  });
  server.on('upgrade', (req, socket) => {
    record(req, Buffer.alloc(0));
    if (fake.output !== undefined && req.headers.upgrade === 'websocket')
      return remoteCommand(socket, req.headers['sec-websocket-key'] ?? '', fake.output);
    const body = JSON.stringify(failure(403, 'Forbidden', 'this server opens no channels').body);
    socket.end(
      `HTTP/1.1 403 Forbidden\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\nConnection: close\r\n\r\n${body}`,
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const fake: FakeApiServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: () => undefined,
    output: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

function send(res: ServerResponse, { status, headers = [], body }: FakeAnswer): void {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  const typed = headers.some((name) => name.toLowerCase() === 'content-type');
  res.writeHead(status, [...headers, ...(typed ? [] : ['Content-Type', 'application/json'])]);
  res.end(text);
}

function failure(code: number, reason: string, message: string): FakeAnswer {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code };
  return { status: code, body };
}

const SUCCESS = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Success' };

function fromStore(store: Map<string, FakeObject>, { method, target, body }: RecordedRequest): FakeAnswer {
  const path = target.split('?', 1)[0] ?? '';
  const [, object = '', subresource = ''] =
    /^(.*\/(?:pods|serviceaccounts|deployments|certificatesigningrequests)\/[^/]+)\/(\w+)$/.exec(path) ?? [];
  if (subresource !== '' && !path.endsWith('/namespaces')) return subresourceAnswer(store, object, subresource, method);
  const stored = store.get(path);
  const kind = kindOf(path);
  if (method === 'POST') return { status: 201, body: created(kind, body) };
  if (!kind) return failure(404, 'NotFound', 'the server could not find the requested resource');
  if (kind.isCollection)
    return method === 'DELETE' ? { status: 200, body: SUCCESS } : { status: 200, body: list(store, path, kind) };
  if (!stored) return failure(404, 'NotFound', `${kind.resource} "${path.split('/').at(-1)}" not found`);
  if (method !== 'DELETE') return { status: 200, body: stored };
  store.delete(path);
  return { status: 200, body: { ...SUCCESS, details: { name: stored.metadata.name, kind: kind.resource } } };
}

type Kind = NonNullable<ReturnType<typeof kindOf>>;

function list(store: Map<string, FakeObject>, path: string, { apiVersion, kind, resource }: Kind): object {
  const inAll = !path.includes('/namespaces/');
  const items = [...store].flatMap(([at, object]) => {
    const below = inAll ? at.replace(/\/namespaces\/[^/]+(?=\/)/, '') : at;
    return below.startsWith(`${path}/`) && at.split('/').at(-2) === resource ? [object] : [];
  });
  return { apiVersion, kind: `${kind}List`, metadata: { resourceVersion: '1' }, items };
}

/** What was sent, where it is JSON; else an object of that kind with a name. Every review is answered with yes. */
function created(kind: Kind | undefined, body: Buffer): object {
  const head = {
    apiVersion: kind?.apiVersion ?? 'v1',
    kind: kind?.kind ?? 'Status',
    ...(kind?.kind.endsWith('Review') === true && { status: { allowed: true } }),
  };
  if (body.subarray(0, 1).toString() !== '{') return { ...head, metadata: { name: 'created' } };
  return { ...head, ...(JSON.parse(body.toString()) as object) };
}

function subresourceAnswer(
  store: Map<string, FakeObject>,
  path: string,
  subresource: string,
  method: string,
): FakeAnswer {
  const object = store.get(path);
  if (!object && subresource !== 'token') return failure(404, 'NotFound', 'not found');
  switch (subresource) {
    case 'log':
      return { status: 200, headers: ['Content-Type', 'text/plain'], body: 'a line\n' };
    case 'eviction':
      store.delete(path);
      return { status: 201, body: SUCCESS };
    case 'token':
      return {
        status: 201,
        body: {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenRequest',
          metadata: { name: path.split('/').at(-1) },
          spec: { audiences: ['x'] },
          status: { token: 'a.b.c', expirationTimestamp: '2030-01-01T00:00:00Z' },
        },
      };
    case 'scale': {
      const { name, namespace } = object?.metadata ?? {};
      return {
        status: 200,
        body: {
          apiVersion: 'autoscaling/v1',
          kind: 'Scale',
          metadata: { name, namespace, resourceVersion: '1' },
          spec: { replicas: 1 },
          status: { replicas: 1, selector: 'app=web' },
        },
      };
    }
    default:
      return method === 'GET' || method === 'POST'
        ? failure(403, 'Forbidden', 'this server opens no channels')
        : { status: 200, body: object };
  }
}
