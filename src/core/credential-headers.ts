// Headers whose values are keys: an approver needs to know that they are there, nobody needs to read them.
import { sha256 } from './sha256.ts';

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
]);

/** The value as people may see it: a credential only by its length and the start of its hash, which tells two apart. */
export function shownHeaderValue(name: string, value: string): string {
  if (!NAMES.has(name.toLowerCase())) return value;
  return `[credential, ${value.length} characters, sha256 ${sha256(value).slice(0, 12)}…]`;
}
