// The query of a call as people and records may see it: values of parameters that are secrets are `[redacted]`. INVARIANTS: what is sent,
// digested and matched by policy is another text and stays as it is; every parameter keeps its name and its place, so that nobody approves
// a call with less in it than it has; words that often name something else (`key`, `code`, `page_token`) hide no plain value.
import { isSecretText, REDACTED } from './diff/redact.ts';

/** Whole names, and what names end with: lower-case, without separators. */
const ENDINGS = [
  'password',
  'passwd',
  'passphrase',
  'passcode',
  'secret',
  'apikey',
  'accesskey',
  'secretkey',
  'privatekey',
  'signingkey',
  'encryptionkey',
  'subscriptionkey',
  'functionskey',
  'masterkey',
  'accountkey',
  'authkey',
  'signature',
  'credentials',
  'authorization',
  'connectionstring',
  'assertion',
  'secretproof',
  'verifier',
];
const WHOLE: ReadonlySet<string> = new Set([
  'auth',
  'bearer',
  'hmac',
  'jwt',
  'otp',
  'pass',
  'pwd',
  'samlresponse',
  'sessionid',
  'sig',
  'sudootp',
  'token',
  'totp',
  'phpsessid',
  'jsessionid',
]);
const ENDS = new RegExp(`(?:${ENDINGS.join('|')})$`);
const TOKEN = /token(?:secret)?$/;
/** What makes a token a place in a list, or the name of an attempt. */
const NO_SECRET_TOKEN =
  /(?:page|next|prev|previous|continuation|continue|cursor|sync|client|client_?request|idempotency|start|starting|resume|scroll|delta|skip|upload|marker|change|watch|pagination)token$/;
/** Secrets of some APIs (Google, Azure Functions), plain names of others: hidden where the value looks like no word. */
const SOMETIMES: ReadonlySet<string> = new Set(['key', 'code']);
const RANDOM = /^(?=.*\d)(?=.*[A-Za-z])[\w~+/=-]{20,}$/;
/** Says whose key it is, and is none. */
const KEY_IDS: ReadonlySet<string> = new Set(['xamzcredential', 'awsaccesskeyid', 'xgoogcredential', 'googleaccessid']);
/** Characters of a value in which credentials are looked for: looking takes longer than in proportion. */
const LOOKED_AT = 2_048;
/** A query without any of this has nothing to hide: looked for first, for it is most of them. */
const SUSPICIOUS =
  /%|pass|pwd|secret|token|key|sig|auth|code|cred|jwt|bearer|otp|sess|hmac|assertion|saml|connection|verifier|AKIA|ASIA|gh[pousr]_|xox|eyJ|hg_|sk[-_]|AIza|PRIVATE|@/i;
/** Some servers end a parameter at `;` as well. A fragment is never sent; where there is one, it holds parameters like a query. */
const SEPARATOR = /([&;#?])/;

/** `name`: as it stands in the query, or decoded. */
export function isSecretParameter(name: string): boolean {
  return readingsOf(name).some(isSecretName);
}

/** `query`: raw, without `?`. */
export function shownQuery(query: string): string {
  if (!SUSPICIOUS.test(query)) return query;
  let hiding = false;
  return query
    .split(SEPARATOR)
    .map((part, i, parts) => {
      if (i % 2 === 1) return part;
      const equals = part.indexOf('=');
      // After a secret and `;` or `?` this may well be its rest.
      if (equals < 0) {
        hiding &&= /[;?]/.test(parts[i - 1] ?? '');
        return hiding && part !== '' ? REDACTED : part;
      }
      const [name, value] = [part.slice(0, equals), part.slice(equals + 1)];
      hiding = value !== '' && isSecretPair(name, value);
      return hiding ? `${name}=${REDACTED}` : part;
    })
    .join('');
}

function isSecretPair(name: string, value: string): boolean {
  const names = readingsOf(name);
  if (names.some(isSecretName)) return true;
  const values = readingsOf(value.slice(0, LOOKED_AT));
  if (names.some((each) => SOMETIMES.has(bare(each))) && values.some((each) => RANDOM.test(each))) return true;
  return !names.some((each) => KEY_IDS.has(bare(each))) && values.some(isSecretText);
}

function isSecretName(name: string): boolean {
  const plain = bare(name);
  if (WHOLE.has(plain) || ENDS.test(plain)) return true;
  return TOKEN.test(plain) && !NO_SECRET_TOKEN.test(plain);
}

/** `user[API_Key]` → `userapikey`. */
const bare = (name: string): string => name.toLowerCase().replaceAll(/[^\p{L}\p{N}]/gu, '');

/** As it stands, decoded, and decoded twice, as some servers do behind a proxy. */
function readingsOf(text: string): readonly string[] {
  if (!/[%+]/.test(text)) return [text];
  const once = decoded(text);
  return once.includes('%') ? [text, once, decoded(once)] : [text, once];
}

/** What is no encoding stays. A byte that is no UTF-8 is a letter of its own. */
function decoded(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replaceAll(/(?:%[\da-f]{2})+/gi, (run) => Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'));
}
