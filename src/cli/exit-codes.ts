// The exit codes of every command, documented in docs/exit-codes.md (tested equal). Above 64 they are those of sysexits.h,
// so that scripts and init systems can tell "the answer is no" from "the question could not be asked".

interface ExitCode {
  readonly code: number;
  readonly meaning: string;
}

export type ExitName =
  | 'ok'
  | 'negative'
  | 'usage'
  | 'noInput'
  | 'unavailable'
  | 'internal'
  | 'cannotWrite'
  | 'noPermission'
  | 'badConfig';

const table: Readonly<Record<ExitName, ExitCode>> = {
  ok: { code: 0, meaning: 'Done; where the command answers a question, the answer is yes.' },
  negative: {
    code: 1,
    meaning:
      'The command ran and the answer is no: faults in a policy, a failing policy test, a requirement of `policy coverage` or `policy diff` that is not met, no action found, a receipt or log that does not verify, a failed check of `doctor`, a key that cannot be rotated or retired now.',
  },
  usage: {
    code: 2,
    meaning:
      'The command line is wrong: unknown command or option, missing or invalid argument. From `holdgate policy` and `holdgate actions` also: a file that cannot be read, or faults that leave nothing to decide with.',
  },
  noInput: {
    code: 66,
    meaning:
      'A file, folder of keys, approval, receipt, agent or access key that was named does not exist or cannot be read.',
  },
  unavailable: {
    code: 69,
    meaning: 'Something needed is not there: no Node that is new enough, the console does not answer, a port is taken.',
  },
  internal: { code: 70, meaning: 'A bug in Holdgate. The stack is on stderr; please report it.' },
  cannotWrite: { code: 73, meaning: 'A file could not be written, or would have been overwritten.' },
  noPermission: {
    code: 77,
    meaning: 'The credential is missing or not accepted, or this person may not cast this vote.',
  },
  badConfig: {
    code: 78,
    meaning:
      '`holdgate.yaml`, or a policy it names, has faults; each is printed with file:line:col. Nothing was started.',
  },
};

/** What `process.exitCode` is set to. */
export function exitCode(name: ExitName): number {
  return table[name].code;
}

/** The rows of docs/exit-codes.md, ascending. */
export function exitCodeTable(): readonly ExitCode[] {
  return Object.values(table).toSorted((a, b) => a.code - b.code);
}
