// The address of a shared store: `redis[s]://[user[:password]@]host[:port][,host[:port]…][/database]`. The password may be a
// `${env:…}` or `${file:…}` reference, taken as it is; written out it is percent-encoded, as in any URL.
import { parseAuthority } from '../core/host.ts';
import type { RedisNode } from '../core/redis-settings.ts';

export interface StoreAddress {
  readonly tls: boolean;
  readonly username: string | undefined;
  /** As written: a reference, or percent-encoded text. */
  readonly password: string | undefined;
  readonly nodes: readonly RedisNode[];
  readonly database: number;
}

const GRAMMAR = /^(rediss?):\/\/(?:([^:@/]*)(?::(.*))?@)?([^@/]+)(?:\/(\d{1,4})?)?$/s;
const EXPECTED =
  'expected redis://[user:password@]host[:port] or rediss://…, several hosts with commas, and /database at the end if it is not 0';
const PORT = 6379;

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}

/** A text says what is wrong with it; it never repeats the password. */
export function parseStoreAddress(text: string): StoreAddress | string {
  const [, scheme, user, password, hosts = '', database] = GRAMMAR.exec(text) ?? [];
  if (scheme === undefined) return `not the address of a store: ${EXPECTED}`;
  const nodes: RedisNode[] = [];
  for (const host of hosts.split(',')) {
    const authority = parseAuthority(host);
    if (!authority) return `"${host}" is not a host: ${EXPECTED}`;
    nodes.push({ host: authority.text, port: authority.port ?? PORT });
  }
  const reference = password?.includes('${') ?? false;
  if (password !== undefined && !reference && decoded(password) === undefined) {
    return 'the password is not percent-encoded as a URL wants it; keep it out of the file with ${env:NAME} or ${file:PATH}';
  }
  const username = user === undefined || user === '' ? undefined : decoded(user);
  return {
    tls: scheme === 'rediss',
    username,
    password: password === '' ? undefined : password,
    nodes,
    database: Number(database ?? 0),
  };
}

/** A password that was written out in the address. */
export function literalPassword(password: string): string {
  return decoded(password) ?? '';
}
