// Headers whose values are keys: an approver needs to know that they are there, nobody needs to read them.
import { sha256 } from './sha256.ts';
import { shownQuery } from './shown-query.ts';

const NAMES: ReadonlySet<string> = new Set([
  'authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'api-key',
  'x-auth-token',
  'x-amz-security-token',
  'x-goog-api-key',
  'private-token',
  'x-clickhouse-key',
  'neon-connection-string',
  'x-trino-extra-credential',
]);
/** What else ends so, by any vendor's name for it. */
const ENDING =
  /(?:^|[-_])(?:token|secret|password|passwd|credentials?|api[-_]?key|access[-_]key|secret[-_]key|(?:customer|encryption)-key|authorization)$/;
/** A token for an API server, from where no header can be set (kubernetes.io, "Authenticating", WebSocket). */
const IN_PROTOCOL = /bearer\.authorization/i;

function isCredential(name: string, value: string): boolean {
  if (NAMES.has(name) || ENDING.test(name)) return true;
  return name === 'sec-websocket-protocol' && IN_PROTOCOL.test(value);
}

/** Headers of copies and callbacks may hold the address of something else, signed. */
const ADDRESS = /^(https?:\/\/[^\s?#]*[?#])(\S*)$/i;

/** The value as people may see it: a credential only by its length and the start of its hash, which tells two apart; an address without
 *  the secrets of its query. */
export function shownHeaderValue(name: string, value: string): string {
  if (!isCredential(name.toLowerCase(), value)) {
    const [, place, query] = ADDRESS.exec(value) ?? [];
    return place === undefined || query === undefined ? value : `${place}${shownQuery(query)}`;
  }
  return `[credential, ${value.length} characters, sha256 ${sha256(value).slice(0, 12)}…]`;
}
