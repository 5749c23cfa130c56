// What kind of request a call is, before its body is looked at: methods of the catalogue, the XML API of Cloud Storage, a batch, gRPC.
import { contentType } from '../../core/body/content-type.ts';
import { decodeLenient } from '../../core/body/percent.ts';
import { lookUp } from '../../core/policy/pairs.ts';
import { restPaths } from '../rest-paths.ts';
import { isBatch } from './batch.ts';
import { carriesRequest, type Methods, methodsOf, transferOf } from './call-readings.ts';
import { type GcpData, gcpData } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';
import { findMethods, type Findings, MAX_PATH } from './find-method.ts';
import { type GcpHost, readGcpHost } from './host.ts';
import type { GcpRequest } from './request.ts';

export type Plan =
  | { readonly kind: 'batch'; readonly sure: boolean }
  | { readonly kind: 'grpc'; readonly name: string }
  | { readonly kind: 'xml'; readonly methods: Methods; readonly bucket: string | undefined; readonly whole: boolean }
  | {
      readonly kind: 'methods';
      readonly findings: Findings;
      readonly upload: Upload;
      readonly methods: Methods;
      /** The body may be in the query. */
      readonly odd: boolean;
    };

/** How the bytes of an upload stand in the body: not at all, alone, behind the metadata, or only the metadata. */
export type Upload = 'none' | 'bytes' | 'multipart' | 'metadata';

const MAX_KNOWN = 512;
const hosts = new Map<string, GcpHost | undefined>();

/** As readGcpHost, remembered: calls go to a few hosts. */
export function gcpHostOf(host: string): GcpHost | undefined {
  // Nothing is read from disk for hosts that cannot be Google's.
  if (!host.includes('google')) return undefined;
  if (hosts.has(host)) return hosts.get(host);
  if (hosts.size >= MAX_KNOWN) hosts.clear();
  const read = readGcpHost(host, gcpData());
  hosts.set(host, read);
  return read;
}

/** `path`: of the request, with the upstream's own path taken away. */
export function planOf(request: GcpRequest): Plan {
  const data = gcpData();
  const host = gcpHostOf(request.host);
  const methods = methodsOf(request as Parameters<typeof methodsOf>[0]);
  if (isBatch(request)) return { kind: 'batch', sure: methods.sure };
  const called = grpcName(request);
  if (called !== undefined) return { kind: 'grpc', name: called };
  if (host?.storage && isXml(request.path, host))
    return { kind: 'xml', methods, bucket: host.bucket, whole: methods.whole && !mayBeJson(request.path) };
  const transfer = transferOf(request.path);
  const upload = transfer.kind === 'upload';
  const own = host && !host.shared ? host.services : candidates(transfer.path, host, data);
  // What each service says of itself, at its own host.
  const services = DESCRIPTION.test(transfer.path)
    ? [...new Set([...own, ...(data.byHost.get('discovery') ?? [])])]
    : own;
  // A session of an upload goes on with PUT to where it began.
  const session = upload && /upload_id/i.test(request.query ?? '') && methods.list.includes('PUT');
  const list = session
    ? [...new Set([...methods.list.filter((each) => each !== 'PUT'), 'POST', 'PUT', 'PATCH'])]
    : methods.list;
  const accepts = ({ media }: { readonly media: boolean }): boolean => !upload || media;
  let found = findMethods(transfer.path, list, services, data, accepts);
  // A few paths begin so by themselves.
  if (found.list.length === 0 && transfer.kind === 'download')
    found = findMethods(request.path, list, services, data, accepts);
  const sure = found.sure && methods.sure && host !== undefined && !host.odd;
  return {
    kind: 'methods',
    findings: { list: found.list, sure, whole: found.whole && methods.whole },
    upload: upload ? uploadOf(request, session) : 'none',
    methods,
    odd: carriesRequest(request.query),
  };
}

/** In a reading, too: whoever it is not for has no such path. */
const DESCRIPTION = /^\/+(?:\$|%24)?discovery\//i;
const JSON_API = /^\/(?:(?:resumable\/)?upload\/|download\/)?storage\/v\d|^\/batch(?:\/|$)/;

/** The JSON API stands on the hosts of the XML API too. */
function isXml(path: string, host: GcpHost): boolean {
  return host.bucket !== undefined || !JSON_API.test(path);
}

/** Some reading of the path is one of the JSON API, though not the raw one. */
function mayBeJson(path: string): boolean {
  if (path.length > MAX_PATH) return true;
  const { paths, overflow } = restPaths(path);
  if (overflow || (path.includes('%') && JSON_API.test(decodeLenient(path)))) return true;
  return paths.length > 1 && paths.some((reading) => JSON_API.test(reading));
}

/** Where the host does not say the service: all whose paths begin so. */
function candidates(path: string, host: GcpHost | undefined, data: GcpData): readonly ServiceHead[] {
  const found = new Set<ServiceHead>();
  if (path.length > MAX_PATH) return [];
  for (const reading of restPaths(path).paths) {
    const first = reading.split('/', 2)[1] ?? '';
    const bare = first.split(':')[0] ?? '';
    for (const head of data.byFirst.get(first) ?? []) found.add(head);
    if (!/^v\d/.test(bare)) continue;
    const shared = host === undefined ? data.heads : (data.byHost.get('www') ?? []);
    for (const head of shared) if (head.versions.includes(bare) && head.firsts.length === 0) found.add(head);
  }
  return [...found];
}

function uploadOf({ query }: GcpRequest, session: boolean): Upload {
  if (session) return 'bytes';
  const said = [...lookUp(query ?? '', 'uploadType').possible, ...lookUp(query ?? '', 'upload_protocol').possible];
  const [type, ...others] = new Set(said.map((text) => text.toLowerCase()));
  if (type === undefined || others.length > 0) return 'metadata';
  return type === 'media' || type === 'raw' ? 'bytes' : type === 'multipart' ? 'multipart' : 'metadata';
}

/** `/google.iam.v1.IAMPolicy/SetIamPolicy`: another language for the same APIs, which is not read. */
function grpcName({ path, headers }: GcpRequest): string | undefined {
  const [, service, name] = /^\/((?:[a-z][a-z0-9_]*\.)+[A-Z]\w{0,100})\/([A-Z]\w{0,100})$/.exec(path) ?? [];
  if (service !== undefined && name !== undefined) return `${service}.${name}`;
  const type = contentType(headers);
  return type.state === 'known' && type.type.startsWith('application/grpc') ? path.slice(1, 200) : undefined;
}
