// Requests of git as the recognisers get them, and their answers in one line each.
import { createGitRecogniser } from '../../../src/actions/git/recogniser.ts';
import { createGithubRecogniser } from '../../../src/actions/github/recogniser.ts';
import { pktLine } from '../../../src/actions/git/pkt-line.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call, CallBody } from '../../../src/core/call.ts';

export const A: string = 'a'.repeat(40);
export const B: string = 'b'.repeat(40);
export const ZERO: string = '0'.repeat(40);
export const PACK: Buffer = Buffer.concat([Buffer.from('PACK'), Buffer.from([0, 0, 0, 2, 0, 0, 0, 0, 255, 254])]);
const CAPABILITIES = ' report-status side-band-64k object-format=sha1 agent=git/2.39.5';

/** The body of a push: `old new ref` a command, the capabilities behind the first, then a pack. */
export function push(commands: readonly string[], capabilities: string = CAPABILITIES, more = ''): Buffer {
  const lines = commands.map((command, i) => pktLine(i === 0 ? `${command}\0${capabilities}` : command));
  return Buffer.concat([Buffer.from(`${lines.join('')}0000${more}`), PACK]);
}

export interface CallParts {
  readonly host?: string;
  readonly headers?: readonly string[];
  readonly body?: string | Uint8Array;
  readonly state?: CallBody;
}

/** `line`: `METHOD /path?query`. */
export function call(line: string, { host = 'git.example', headers = [], body, state }: CallParts = {}): Call {
  const at = line.indexOf(' ');
  const [path = '', ...query] = line.slice(at + 1).split('?');
  const bytes = body === undefined ? undefined : Buffer.from(body);
  return {
    method: line.slice(0, at),
    upstream: 'git',
    scheme: 'https',
    host,
    path,
    query: query.length === 0 ? undefined : query.join('?'),
    headers,
    body: state ?? (bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' }),
  };
}

/** At an upstream of `kind: git`. */
export const configured = (line: string, parts: CallParts = {}, base = ''): readonly Action[] =>
  createGitRecogniser(true, base).recognise(call(line, parts));

/** At a host that nobody has said anything about. */
export const elsewhere = (line: string, parts: CallParts = {}): readonly Action[] =>
  createGitRecogniser(false).recognise(call(line, parts));

/** At github.com. */
export const github = (line: string, parts: CallParts = {}): readonly Action[] =>
  createGithubRecogniser().recognise(call(line, { host: 'github.com', ...parts }));

/** `name level tag,tag resource`, with `?` before it where it is ambiguous and `!` where it is unknown. */
export function told({ name, level, tags, resource, confidence }: Action): string {
  const mark = confidence === 'exact' ? '' : confidence === 'ambiguous' ? '?' : '!';
  return `${mark}${name} ${level} ${tags.length === 0 ? '-' : tags.join(',')} ${resource.id ?? '-'}`;
}
