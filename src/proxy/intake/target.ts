// The request target, read once and strictly (RFC 9112 §3.2, RFC 3986). Reject, don't repair: what two servers could read
// differently never gets past here, and what does is forwarded byte for byte.

export interface Target {
  /** Raw path, starts with `/`. */
  readonly path: string;
  /** Raw query without `?`; undefined where there is none. */
  readonly query: string | undefined;
  /** `host[:port]`, lower-case, of an absolute-form target. */
  readonly authority: string | undefined;
}

export type TargetResult =
  | { readonly ok: true; readonly target: Target }
  | { readonly ok: false; readonly why: string };

const bad = (why: string): TargetResult => ({ ok: false, why });

// Printable ASCII without space, `"`, `#`, `<`, `>`, `\`, `^`, backtick, `{`, `|`, `}` would be RFC 3986's set; real SDKs send some of
// these raw in queries, and they change nothing: only what parsers are known to disagree on is refused.
const FORBIDDEN = /[^\x21-\x7e]|[#\\]/;
// The usual path, linear to test: no escapes, no `;`, no empty segment, no segment that starts with a dot.
const PLAIN_PATH = /^(?:\/[\w~!$&'()*+,=:@-][\w~!$&'()*+,=:@.-]*)*\/?$/;
const BAD_ESCAPE = /%(?![0-9a-f]{2})/i;
// NUL, and what can only start an over-long UTF-8 form (RFC 3629 §3): some decoders read `%c0%af` and `%e0%80%af` as `/`.
const NEVER = /%(?:00|c0|c1|e0%[89]|f0%8)/i;

/** Undoes one layer of percent-encoding for the inspection of dot segments only; bytes stay latin1. */
function decodeOnce(text: string): string {
  return text.replace(/%([0-9a-f]{2})/gi, (_match, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** True if some reading of the path (decoded up to twice, `\` as `/`, `;params` dropped) has a `.` or `..` segment. */
function hasDotSegment(path: string): boolean {
  let reading = path;
  for (let layer = 0; layer < 3; layer++) {
    for (const segment of reading.split(/[/\\]/)) {
      const name = segment.split(';', 1)[0]?.trim();
      if (name === '.' || name === '..') return true;
    }
    const decoded = decodeOnce(reading);
    if (decoded === reading) return false;
    reading = decoded;
  }
  return false;
}

function checkPath(path: string): string | undefined {
  if (PLAIN_PATH.test(path)) return undefined;
  if (path.startsWith('//')) return 'the path must not start with two slashes';
  if (BAD_ESCAPE.test(path)) return 'a percent sign in the path must be followed by two hexadecimal digits';
  if (NEVER.test(path)) return 'the path holds an escape that no server should decode';
  if (hasDotSegment(path)) return 'the path must not hold . or .. segments, however they are encoded';
  return undefined;
}

const AUTHORITY =
  /^(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)*|\[[0-9a-f:.]+\])(?::([1-9]\d{0,4}))?$/;

/** Lower-case `host[:port]` if this is exactly that: letters, digits, hyphens, dots or a bracketed IPv6 literal; no userinfo,
 *  no trailing dot, no non-ASCII. Undefined otherwise. */
export function parseAuthority(text: string): string | undefined {
  if (text.length > 255) return undefined;
  const lower = text.toLowerCase();
  const match = AUTHORITY.exec(lower);
  if (!match || (match[1] !== undefined && Number(match[1]) > 65_535)) return undefined;
  return lower;
}

/** Reads a request target in origin-form or absolute-form. `why` is fit for the agent. */
export function parseTarget(raw: string): TargetResult {
  if (FORBIDDEN.test(raw))
    return bad('the request target holds a character that is not allowed (#, \\, space, control or non-ASCII)');
  let rest = raw;
  let authority: string | undefined;
  if (!raw.startsWith('/')) {
    const scheme = /^https?:\/\//i.exec(raw);
    if (!scheme) return bad('the request target has to be a path or an absolute http(s) URL');
    const end = raw.slice(scheme[0].length).search(/[/?]/);
    const written = end < 0 ? raw.slice(scheme[0].length) : raw.slice(scheme[0].length, scheme[0].length + end);
    authority = parseAuthority(written);
    if (authority === undefined) return bad('the host of the request target is not a plain host[:port]');
    rest = end < 0 ? '/' : raw.slice(scheme[0].length + end);
    if (rest.startsWith('?')) rest = `/${rest}`;
  }
  const mark = rest.indexOf('?');
  const path = mark < 0 ? rest : rest.slice(0, mark);
  const why = checkPath(path);
  if (why) return bad(why);
  return { ok: true, target: { path, query: mark < 0 ? undefined : rest.slice(mark + 1), authority } };
}
