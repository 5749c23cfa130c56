// Reads a curl command line as the call it would make, so that `policy explain` takes what people have at hand.
// Options that change the call and are not understood are refused; options about output and connection are skipped.
import { shellWords } from './shell-words.ts';

export interface CurlCall {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string | undefined;
}

export type CurlResult =
  | { readonly ok: true; readonly call: CurlCall }
  | { readonly ok: false; readonly message: string };

interface Draft {
  method: string | undefined;
  url: string | undefined;
  readonly headers: [string, string][];
  readonly data: string[];
  kind: 'none' | 'form' | 'json';
  query: boolean;
  head: boolean;
}

const LONG: Readonly<Record<string, string>> = {
  '--request': '-X',
  '--header': '-H',
  '--data': '-d',
  '--data-ascii': '-d',
  '--user': '-u',
  '--get': '-G',
  '--head': '-I',
  '--user-agent': '-A',
  '--referer': '-e',
  '--cookie': '-b',
  '--form': '-F',
  '--upload-file': '-T',
  '--config': '-K',
};
const SKIP_FLAGS = new Set(
  '-s -S -v -i -k -L -f -g -N -# -O -J -4 -6 -0 --silent --show-error --verbose --include --insecure --location --fail --fail-with-body --globoff --no-buffer --compressed --path-as-is --http1.1 --http2 --progress-bar --remote-name --ipv4 --ipv6'.split(
    ' ',
  ),
);
const SKIP_WITH_VALUE = new Set(
  '-o -w -m -x -c -D -E --output --write-out --max-time --connect-timeout --retry --retry-delay --proxy --cookie-jar --dump-header --cert --key --cacert --resolve --connect-to --limit-rate'.split(
    ' ',
  ),
);

/** Parses `curl …`. Files (`@name`, -T, -F) are not read: what they hold is not in the command. */
export function parseCurl(command: string): CurlResult {
  const split = shellWords(command);
  if (!split.ok) return split;
  const words = split.words[0] === 'curl' ? split.words.slice(1) : split.words;
  const draft: Draft = {
    method: undefined,
    url: undefined,
    headers: [],
    data: [],
    kind: 'none',
    query: false,
    head: false,
  };
  const rest = [...words];
  while (rest.length > 0) {
    const message = option(rest, draft);
    if (message !== undefined) return { ok: false, message };
  }
  return finish(draft);
}

/** Takes one option with its value, or the URL, off the front of `words`. */
function option(words: string[], draft: Draft): string | undefined {
  const word = words.shift() ?? '';
  if (!word.startsWith('-') || word === '-') {
    if (draft.url !== undefined) return `a second URL, ${JSON.stringify(word)}; explain one call at a time`;
    draft.url = word;
    return undefined;
  }
  if (SKIP_FLAGS.has(word)) return undefined;
  if (SKIP_WITH_VALUE.has(word)) return words.shift() === undefined ? `${word} needs a value` : undefined;
  if (!word.startsWith('--') && word.length > 2) return cluster(word, words, draft);
  const name = LONG[word] ?? word;
  if (name === '-G') {
    draft.query = true;
    return undefined;
  }
  if (name === '-I') {
    draft.head = true;
    return undefined;
  }
  const value = words.shift();
  if (value === undefined) return `${word} needs a value, or is not an option known here`;
  return valued(name, value, draft);
}

/** `-sSXPOST`: flags, then perhaps one option whose value is the rest or the next word. */
function cluster(word: string, words: string[], draft: Draft): string | undefined {
  const name = word.slice(0, 2);
  const more = word.slice(2);
  const isFlag = SKIP_FLAGS.has(name) || name === '-G' || name === '-I';
  words.unshift(name, isFlag ? `-${more}` : more);
  return option(words, draft);
}

function valued(name: string, value: string, draft: Draft): string | undefined {
  const field = (named: string): undefined => {
    draft.headers.push([named, value]);
  };
  switch (name) {
    case '-X':
      draft.method = value;
      return undefined;
    case '--url':
      draft.url = value;
      return undefined;
    case '-A':
      return field('User-Agent');
    case '-e':
      return field('Referer');
    case '-b':
      return value.includes('=') ? field('Cookie') : '-b names a file; write the cookies as name=value';
    case '-u':
      draft.headers.push(['Authorization', `Basic ${Buffer.from(value, 'utf8').toString('base64')}`]);
      return undefined;
    case '-H':
      return header(value, draft);
    case '--data-raw':
      return data(value, 'form', draft, false);
    case '-d':
    case '--data-binary':
      return data(value, 'form', draft, true);
    case '--json':
      return data(value, 'json', draft, true);
    case '--data-urlencode':
      return encoded(value, draft);
    default:
      return `the option ${name} is not understood; write the call with -X, -H, -d, --json, -u, -G`;
  }
}

function header(value: string, draft: Draft): string | undefined {
  if (value.startsWith('@')) return '-H reads a file; write the header itself';
  const colon = value.indexOf(':');
  // `Name;` is curl's way to send an empty header, `Name:` its way to send none.
  if (colon < 0 && value.endsWith(';')) draft.headers.push([value.slice(0, -1), '']);
  else if (colon < 0) return `-H ${JSON.stringify(value)} is not "Name: value"`;
  else if (value.slice(colon + 1).trim() !== '') {
    draft.headers.push([value.slice(0, colon).trim(), value.slice(colon + 1).trim()]);
  }
  return undefined;
}

function data(value: string, kind: 'form' | 'json', draft: Draft, files: boolean): string | undefined {
  if (files && value.startsWith('@')) return 'the body is read from a file; write the body itself';
  draft.data.push(value);
  draft.kind = kind;
  return undefined;
}

function encoded(value: string, draft: Draft): string | undefined {
  const equals = value.indexOf('=');
  if (equals < 0 && value.includes('@')) return 'the body is read from a file; write the body itself';
  const name = equals < 0 ? '' : value.slice(0, equals);
  const content = encodeURIComponent(value.slice(equals + 1));
  return data(name === '' ? content : `${name}=${content}`, 'form', draft, false);
}

function finish(draft: Draft): CurlResult {
  if (draft.url === undefined) return { ok: false, message: 'no URL in the command' };
  const joined = draft.data.length === 0 ? undefined : draft.data.join(draft.kind === 'json' ? '' : '&');
  const asQuery = draft.query && joined !== undefined;
  const body = asQuery ? undefined : joined;
  const scheme = /^[a-z]+:\/\//i.test(draft.url) ? '' : 'http://';
  const mark = draft.url.includes('?') ? '&' : '?';
  const headers = [...draft.headers];
  const has = (name: string): boolean => headers.some(([other]) => other.toLowerCase() === name);
  const add = (name: string, value: string): void => {
    if (!has(name.toLowerCase())) headers.push([name, value]);
  };
  if (body !== undefined) {
    add('Content-Type', draft.kind === 'json' ? 'application/json' : 'application/x-www-form-urlencoded');
    if (draft.kind === 'json') add('Accept', 'application/json');
  }
  const implied = draft.head ? 'HEAD' : body === undefined ? 'GET' : 'POST';
  const url = `${scheme}${draft.url}${asQuery ? `${mark}${joined}` : ''}`;
  return { ok: true, call: { method: draft.method ?? implied, url, headers, body } };
}
