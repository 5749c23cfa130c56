// Turns what SQLite throws into StoreUnavailable with words an operator can act on. Bugs of ours stay what they are.
import { StoreUnavailable } from '../../ports/approval-store.ts';

// Primary result codes, https://www.sqlite.org/rescode.html
const READ_ONLY = 8;
const BUSY = 5;
const LOCKED = 6;
const IO_ERROR = 10;
const CORRUPT = 11;
const FULL = 13;
const CANNOT_OPEN = 14;
const NOT_A_DATABASE = 26;

const DAMAGED = 'the file is damaged: restore it from a backup, or move it away to start with an empty store';

const ADVICE: Readonly<Record<number, string>> = {
  [BUSY]: 'another process kept the file locked for too long',
  [LOCKED]: 'another process kept the file locked for too long',
  [READ_ONLY]: 'the file or its folder is read-only',
  [IO_ERROR]: 'the disk failed to read or write the file',
  [CORRUPT]: DAMAGED,
  [FULL]: 'the disk is full; nothing of this step was written',
  [CANNOT_OPEN]: 'the file cannot be opened; check that its folder exists and belongs to this user',
  [NOT_A_DATABASE]: DAMAGED,
};

function resultCode(error: unknown): number | undefined {
  if (!(error instanceof Error) || !('errcode' in error) || typeof error.errcode !== 'number') return undefined;
  return error.errcode % 256; // the low byte is the primary code
}

/** `error` as the caller should see it: StoreUnavailable for what SQLite reports, anything else unchanged. */
export function asUnavailable(file: string, error: unknown): unknown {
  const code = resultCode(error);
  if (code === undefined || !(error instanceof Error)) return error;
  const advice = ADVICE[code];
  return new StoreUnavailable(`${file}: ${advice ? `${advice} (${error.message})` : error.message}`, { cause: error });
}

export function damaged(file: string, finding: string): StoreUnavailable {
  return new StoreUnavailable(`${file}: ${DAMAGED} (${finding})`);
}
