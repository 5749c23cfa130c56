// Which request of git over HTTP a call is: by the end of its path (gitprotocol-http(5), and git-lfs' server discovery). INVARIANT: a path
// that somebody may decode, merge or fold into such a request is one too, only not surely.
import { decodeLenient } from '../../core/body/percent.ts';
import type { Call } from '../../core/call.ts';
import { pathReadings } from '../../core/policy/path-readings.ts';

export type GitVerb =
  | 'list-refs'
  | 'push'
  | 'fetch'
  | 'archive'
  | 'lfs-batch'
  | 'lfs-locks'
  | 'lfs-lock'
  | 'lfs-verify'
  | 'lfs-unlock';

export interface GitRequest {
  readonly verb: GitVerb | 'unknown';
  /** Path of the repository without slashes around it and `.git` behind it, as written. */
  readonly repository: string;
}

export interface GitRequests {
  /** At least one: what the path stands for, under every reading of it. */
  readonly requests: readonly [GitRequest, ...GitRequest[]];
  /** True for one request that every reading of a plain path leads to. */
  readonly sure: boolean;
}

const END = /^(.+?)\/(info\/refs|git-upload-pack|git-receive-pack|git-upload-archive|info\/lfs\/(.*))$/i;
const MAX_REQUESTS = 8;
const LOCK = /^locks\/[^/]+\/unlock$/;

/** `base`: what stands before every repository's path; empty for none. Undefined where the path is none of git's. */
export function readGitRequests(call: Call, base: string): GitRequests | undefined {
  // Most calls are none: look before every reading of the path is made.
  if (!/refs|lfs|git-/i.test(unescaped(call.path))) return undefined;
  const { all, overflow } = pathReadings(call.path);
  const found = all.flatMap((path) => readPath(call.method, path, base) ?? []);
  const distinct = new Map(found.map((each) => [`${each.verb} ${each.repository}`, each]));
  const [first, ...others] = distinct.values();
  if (!first) return undefined;
  const plain = found.length === all.length && found.every((each) => each.plain) && !overflow;
  return { requests: [first, ...others.slice(0, MAX_REQUESTS)], sure: plain && others.length === 0 };
}

/** Escapes undone as often as anybody undoes them. */
function unescaped(path: string): string {
  return path.includes('%') ? decodeLenient(decodeLenient(path)) : path;
}

function readPath(method: string, path: string, base: string): (GitRequest & { readonly plain: boolean }) | undefined {
  const below = base !== '' && path.startsWith(`${base}/`) ? path.slice(base.length) : path;
  const [, written = '', end = '', lfs] = END.exec(below) ?? [];
  const repository = written
    .replace(/^\/+/, '')
    .replace(/\/+$/, '')
    .replace(/\.git$/i, '');
  if (end === '' || repository === '') return undefined;
  const lower = end.toLowerCase();
  const verb = lfs === undefined ? plainVerb(method, lower) : lfsVerb(method, lfs.toLowerCase());
  return { verb, repository, plain: lower === end && !below.includes('//') };
}

function plainVerb(method: string, end: string): GitRequest['verb'] {
  if (end === 'info/refs') return method === 'GET' || method === 'HEAD' ? 'list-refs' : 'unknown';
  if (method !== 'POST') return 'unknown';
  if (end === 'git-receive-pack') return 'push';
  return end === 'git-upload-pack' ? 'fetch' : 'archive';
}

/** git-lfs docs/api: batch.md, locking.md. */
function lfsVerb(method: string, end: string): GitRequest['verb'] {
  if (method === 'GET') return end === 'locks' ? 'lfs-locks' : 'unknown';
  if (method !== 'POST') return 'unknown';
  if (end === 'objects/batch') return 'lfs-batch';
  if (end === 'locks') return 'lfs-lock';
  if (end === 'locks/verify') return 'lfs-verify';
  return LOCK.test(end) ? 'lfs-unlock' : 'unknown';
}
