// Writes docs/exit-codes.md from the table that the commands use.
import { exitCodeTable } from '../../src/cli/exit-codes.ts';

/** The whole page, as docs/exit-codes.md must read. */
export function exitCodesPage(): string {
  return [
    '# Exit codes',
    '',
    '<!-- Generated from src/cli/exit-codes.ts by `npm run docs:write`. Do not edit. -->',
    '',
    'The same for every command of `holdgate`. Answers go to stdout, with `--json` as JSON; faults go to stderr.',
    '',
    '| code | means |',
    '|---:|---|',
    ...exitCodeTable().map(({ code, meaning }) => `| ${code} | ${meaning} |`),
    '',
    'A command that is ended by a signal has the code of the shell: 128 + the number of the signal. `holdgate serve` answers',
    '`SIGTERM` and `SIGINT` by finishing what it has sent, and exits with 0.',
    '',
  ].join('\n');
}
