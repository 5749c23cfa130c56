// Refusals as git says them. git shows the body of an answer to `info/refs`, but of a failed POST only its status, and may even print
// "Everything up-to-date": so a refused push or fetch is an answer of the protocol itself, with status 200, that makes git fail with our words
// (gitprotocol-pack(5), side-band-64k and report-status; gitprotocol-common(5), ERR). git-lfs reads JSON.
import { pktLine } from '../../actions/git/pkt-line.ts';
import { readGitRequests } from '../../actions/git/git-request.ts';
import type { Call } from '../../core/call.ts';
import type { ProblemType } from '../../core/problems.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

/** A pkt-line in the side band holds 999 bytes for every client. */
const MAX_BYTES = 900;
const MAX_REFS = 200;

export function gitRefusal(words: RefusalWords, call: Call): NativeRefusal | undefined {
  // Where the repository's path begins makes no difference here.
  const verb = readGitRequests(call, '')?.requests[0].verb;
  if (verb === undefined) return undefined;
  if (call.path.includes('/info/lfs')) {
    return { contentType: 'application/vnd.git-lfs+json', body: JSON.stringify({ message: words.message }) };
  }
  const text = line(words.message);
  if (verb === 'push' && isReceived(words)) {
    return { status: 200, contentType: 'application/x-git-receive-pack-result', body: pushReport(text, words) };
  }
  if (verb === 'fetch' || verb === 'archive') {
    const service = verb === 'fetch' ? 'upload-pack' : 'upload-archive';
    return { status: 200, contentType: `application/x-git-${service}-result`, body: pktLine(`ERR ${text}\n`) };
  }
  return { contentType: 'text/plain; charset=utf-8', body: `${text}\n` };
}

/** Said of a call that was held, and so was read whole. */
const AFTER_HOLDING: ReadonlySet<ProblemType> = new Set<ProblemType>([
  'denied-by-person',
  'approval-pending',
  'approval-expired',
  'approval-cancelled',
  'approval-void',
  'approval-backpressure',
  'not-sent',
  'outcome-unknown',
  'already-executed',
]);

/** While git still sends a pack, it takes an early 200 for the answer to the part that it has sent, and posts the rest once more. */
function isReceived({ type, envelope }: RefusalWords): boolean {
  return envelope !== undefined || AFTER_HOLDING.has(type);
}

/** Each ref as rejected; where the list of refs was never read, the push as a whole. */
function pushReport(text: string, { envelope }: RefusalWords): string {
  const refs = (envelope?.ids ?? []).map(String).slice(0, MAX_REFS);
  const lines = [
    ...(refs.length === 0 ? [`unpack ${text}\n`] : ['unpack ok\n']),
    ...refs.map((ref) => `ng ${ref} ${cut(text, 200)}\n`),
  ];
  const report = lines.map((each) => inBand('\u0001', pktLine(each)));
  return `${inBand('\u0002', `${text}\n`)}${report.join('')}${inBand('\u0001', '0000')}0000`;
}

const inBand = (band: string, text: string): string => pktLine(`${band}${text}`);

function line(message: string): string {
  return cut(message.replaceAll(/\s+/g, ' '), MAX_BYTES);
}

function cut(text: string, bytes: number): string {
  if (Buffer.byteLength(text) <= bytes) return text;
  let end = Math.min(text.length, bytes);
  while (Buffer.byteLength(text.slice(0, end)) > bytes - 3) end--;
  return `${text.slice(0, end)}…`;
}
