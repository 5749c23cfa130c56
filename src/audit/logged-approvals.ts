// What the log knows of some approvals, read back at start: the store may have been rolled back (a restored copy, a lost tail),
// the log was written before every effect.
import { logFolders } from './log-folders.ts';
import { openSegmentFolder } from './segment-folder.ts';

export interface LoggedApproval {
  /** An intent to send was recorded. */
  readonly sent: boolean;
  /** A denial was recorded; of a grant (`grt_…`): its end. */
  readonly denied: boolean;
  /** Of a grant: the highest number of a use. */
  readonly uses?: number;
}

interface Line {
  readonly entry?: {
    readonly at?: number;
    readonly type?: string;
    readonly vote?: string;
    readonly approval?: { readonly id?: string };
    readonly grant?: { readonly id?: string; readonly use?: number };
  };
}

/** Cheap test before parsing; entries are canonical JSON, so there is one spelling. */
const MARK = /"type":"(?:approval|grant):/;

function parse(line: string): Line {
  try {
    return JSON.parse(line) as Line;
  } catch {
    return {}; // Verification reports it.
  }
}

/** What was sent or denied, by the entries since `since` (epoch ms) of every log below `audit`, which is `<data_dir>/audit`. */
export async function loggedApprovals(audit: string, since: number): Promise<ReadonlyMap<string, LoggedApproval>> {
  const known = new Map<string, LoggedApproval>();
  for (const path of await logFolders(audit)) await readLog(path, since, known);
  return known;
}

/** One log, newest segment first, back to `since`; adds to `known`. */
async function readLog(path: string, since: number, known: Map<string, LoggedApproval>): Promise<void> {
  const folder = await openSegmentFolder(path, false);
  for (const name of (await folder.names()).toReversed()) {
    let oldest = Number.POSITIVE_INFINITY;
    for (const line of (await folder.read(name)).toString('utf8').split('\n')) {
      if (!MARK.test(line)) continue;
      const { entry } = parse(line);
      oldest = Math.min(oldest, entry?.at ?? oldest);
      noteGrant(entry, known);
      const id = entry?.approval?.id;
      const sent = entry?.type === 'approval:intent';
      const denied = entry?.type === 'approval:voted' && entry.vote === 'deny';
      if (id === undefined || (!sent && !denied)) continue;
      const before = known.get(id);
      known.set(id, { sent: sent || before?.sent === true, denied: denied || before?.denied === true });
    }
    if (oldest < since) break;
  }
}

function noteGrant({ type, grant }: NonNullable<Line['entry']> = {}, known: Map<string, LoggedApproval>): void {
  if (grant?.id === undefined || (type !== 'grant:used' && type !== 'grant:revoked')) return;
  const before = known.get(grant.id);
  const uses = Math.max(before?.uses ?? 0, grant.use ?? 0);
  known.set(grant.id, { sent: false, denied: type === 'grant:revoked' || before?.denied === true, uses });
}
