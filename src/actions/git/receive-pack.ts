// What a push asks for (gitprotocol-pack(5), "Reference Update Request"; builtin/receive-pack.c, read_head_info): the ref updates before the
// pack. INVARIANT: what git would take for a command is one here; what cannot be read to its end is no list at all.
import { decodeUtf8 } from '../../core/body/utf8.ts';
import { readPktLines } from './pkt-line.ts';
import { isRefName } from './ref-name.ts';

export interface RefUpdate {
  readonly ref: string;
  readonly change: 'create' | 'update' | 'delete';
  /** Object names in hexadecimal. */
  readonly old: string;
  readonly new: string;
}

export interface PushRequest {
  /** Empty for the probe that git sends ahead of a large push. */
  readonly updates: readonly RefUpdate[];
  readonly capabilities: ReadonlySet<string>;
  readonly options: readonly string[];
  /** False where a line is no command of git, or a ref has a name that git refuses. */
  readonly sure: boolean;
}

const MAX_LINES = 4_000;
/** `0000`. */
const PROBE = 4;
const MAX_UPDATES = 1_000;
const UPDATE = /^([0-9a-fA-F]{40}|[0-9a-fA-F]{64}) ([0-9a-fA-F]{40}|[0-9a-fA-F]{64}) ([^]+)$/;
const ZERO = /^0+$/;

interface Reading {
  readonly updates: RefUpdate[];
  readonly capabilities: Set<string>;
  sure: boolean;
}

/** `bytes`: the decoded body, or its beginning. Undefined where the commands do not end within it, or are too many or not text. */
export function readPush(bytes: Uint8Array): PushRequest | undefined {
  const lines = readPktLines(bytes);
  const reading: Reading = { updates: [], capabilities: new Set(), sure: true };
  let inCertificate = false;
  for (let i = 0; ; i++) {
    const line = lines.next();
    if (!line || i >= MAX_LINES || reading.updates.length > MAX_UPDATES) return undefined;
    if (line.kind !== 'line') {
      // git stops at any of them; inside a certificate it gives up.
      if (inCertificate) return undefined;
      break;
    }
    const decoded = decodeUtf8(line.bytes);
    if (!decoded.ok) return undefined;
    const [text = '', ...rest] = decoded.text.split('\u0000');
    for (const word of rest.join(' ').split(/[ \n]/)) if (word !== '') reading.capabilities.add(word);
    const plain = text.replace(/\n$/, '');
    if (inCertificate) {
      inCertificate = plain !== 'push-cert-end';
      take(plain, reading, false);
    } else if (plain === 'push-cert') inCertificate = true;
    else if (!/^shallow [0-9a-fA-F]+$/.test(plain)) take(plain, reading, true);
  }
  if (reading.updates.length > MAX_UPDATES) return undefined;
  // git's probe is a flush and nothing else; a server that reads on behind it finds commands that nobody has seen.
  if (reading.updates.length === 0 && bytes.length > PROBE) return undefined;
  const options = reading.capabilities.has('push-options') ? readOptions(lines) : [];
  return options && { ...reading, options };
}

/** `strict`: a line that is no command makes the whole doubtful; a certificate has other lines too. */
function take(text: string, reading: Reading, strict: boolean): void {
  const [, before, after, ref] = UPDATE.exec(text) ?? [];
  if (before === undefined || after === undefined || ref === undefined) {
    if (strict) reading.sure = false;
    return;
  }
  const change = ZERO.test(after) ? 'delete' : ZERO.test(before) ? 'create' : 'update';
  // What a server makes of such a name that does not refuse it nobody knows.
  if (!isRefName(ref)) reading.sure = false;
  reading.updates.push({ ref, change, old: before.toLowerCase(), new: after.toLowerCase() });
}

function readOptions(lines: ReturnType<typeof readPktLines>): readonly string[] | undefined {
  const options: string[] = [];
  for (let i = 0; i < MAX_LINES; i++) {
    const line = lines.next();
    if (!line) return undefined;
    if (line.kind !== 'line') return options;
    const decoded = decodeUtf8(line.bytes);
    if (!decoded.ok) return undefined;
    options.push(decoded.text.replace(/\n$/, ''));
  }
  return undefined;
}
