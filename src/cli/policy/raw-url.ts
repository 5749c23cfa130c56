// Splits an absolute URL without touching it: what policy decides on is what was written, dot segments, double slashes
// and odd escapes included. `new URL()` would repair exactly what a policy author wants to see decided.

export interface RawUrl {
  readonly scheme: 'http' | 'https';
  /** Lower-case `host` or `host:port`; the scheme's default port is left out. */
  readonly host: string;
  /** As written, at least `/`; characters beyond ASCII as their UTF-8 bytes (latin1), as a client sends them. */
  readonly path: string;
  readonly query: string | undefined;
}

export type RawUrlResult =
  | { readonly ok: true; readonly url: RawUrl }
  | { readonly ok: false; readonly message: string };

const ABSOLUTE = /^(https?):\/\/([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/is;
const AUTHORITY = /^([a-z0-9._-]+|\[[0-9a-f:.]+\])(?::(\d{1,5}))?$/i;
/** Blanks and control characters: a request line cannot carry them. */
const UNSENDABLE = /[^\x21-\x7e\x80-\uffff]/;

/** Splits by RFC 3986 §3, strictly: no user, no fragment, nothing that could not stand in a request line. */
export function parseRawUrl(text: string): RawUrlResult {
  const match = ABSOLUTE.exec(text);
  if (!match) return refuse(text, 'expected an absolute URL like https://api.example.com/v1/users');
  const [, scheme = '', authority = '', path = '', query, fragment] = match;
  if (authority.includes('@')) return refuse(text, 'a user name in a URL is not accepted');
  if (fragment !== undefined) return refuse(text, 'a fragment (#…) is never sent');
  if (UNSENDABLE.test(path) || UNSENDABLE.test(query ?? ''))
    return refuse(text, 'blanks and control characters are to be percent-encoded');
  const host = AUTHORITY.exec(authority);
  const port = host?.[2] === undefined ? undefined : Number(host[2]);
  if (!host || (port !== undefined && (port === 0 || port > 65_535)))
    return refuse(text, `"${authority}" is not a host`);
  const secure = scheme.toLowerCase() === 'https';
  const shownPort = port === undefined || port === (secure ? 443 : 80) ? '' : `:${port}`;
  return {
    ok: true,
    url: {
      scheme: secure ? 'https' : 'http',
      host: `${(host[1] ?? '').toLowerCase()}${shownPort}`,
      path: path === '' ? '/' : wire(path),
      query: query === undefined ? undefined : wire(query),
    },
  };
}

function wire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1');
}

function refuse(text: string, why: string): RawUrlResult {
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return { ok: false, message: `url ${JSON.stringify(shown)}: ${why}` };
}
