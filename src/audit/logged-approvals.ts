// What the log knows of some approvals, read back at start: the store may have been rolled back (a restored copy, a lost tail),
// the log was written before every effect.
import { logFolders } from './log-folders.ts';
import { openSegmentFolder } from './segment-folder.ts';

export interface LoggedApproval {
  /** An intent to send was recorded. */
  readonly sent: boolean;
  /** A denial was recorded. */
  readonly denied: boolean;
}

interface Line {
  readonly entry?: {
    readonly at?: number;
    readonly type?: string;
    readonly vote?: string;
    readonly approval?: { readonly id?: string };
  };
}

/** Cheap test before parsing; entries are canonical JSON, so there is one spelling. */
const MARK = '"type":"approval:';

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
      if (!line.includes(MARK)) continue;
      const { entry } = parse(line);
      oldest = Math.min(oldest, entry?.at ?? oldest);
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
