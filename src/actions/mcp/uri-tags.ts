// What the address of a resource says of what is in it: `file:///app/.env`, `vault://db/password`. INVARIANT: it only ever adds to what is held; an
// address that says nothing proves nothing.
import { decodeLenient } from '../../core/body/percent.ts';
import { nameTags } from '../name-tags.ts';

const SECRETS =
  /(?:^|[^a-z0-9])(?:tokens?|api[-_]?keys?|private[-_]?keys?|id_(?:rsa|dsa|ecdsa|ed25519)|ssh|aws|pem|pfx|p12|jks|kdbx|tfstate|netrc|npmrc|pypirc|htpasswd)(?:$|[^a-z0-9])/i;
const NONE: readonly string[] = [];
const SECRET: readonly string[] = ['secret-read'];
/** As much as nameTags looks at, and longer than any of its words. */
const WINDOW = 256;
const STEP = 192;
/** Longer than any address that somebody has read. */
const MAX_URI = 8 * 1024;

/** `secret-read`, or nothing. */
export function uriTags(uri: string): readonly string[] {
  if (uri.length > MAX_URI) return SECRET;
  const texts = uri.includes('%') ? [uri, decodeLenient(uri), decodeLenient(decodeLenient(uri))] : [uri];
  return texts.some(speaksOfSecrets) ? SECRET : NONE;
}

function speaksOfSecrets(text: string): boolean {
  if (SECRETS.test(text)) return true;
  for (let at = 0; at < text.length; at += STEP) {
    if (nameTags(text.slice(at, at + WINDOW)).includes('secret-read')) return true;
  }
  return false;
}
