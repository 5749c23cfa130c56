// The `holdgate actions …` commands with streams of their own.
import { Command } from 'commander';
import { registerActionsCommands } from '../../src/cli/actions/register.ts';
import type { CommandIo } from '../../src/cli/policy/command-io.ts';

interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number | string | null | undefined;
}

/** Runs one command; `input` in the chunks in which it comes. Faults of the command line are thrown by commander. */
export async function actionsCommand(
  args: readonly string[],
  input: readonly (string | Uint8Array)[] = [],
): Promise<Outcome> {
  const before = process.exitCode;
  let out = '';
  let err = '';
  const io: CommandIo = {
    out: async (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    input: (async function* () {
      yield* input;
    })(),
    readFile: () => Promise.reject(new Error('no command of this group reads files this way')),
    writeFile: () => Promise.reject(new Error('no command of this group writes files')),
    now: () => 0,
    env: {},
  };
  const program = new Command('holdgate').exitOverride().configureOutput({ writeErr: () => {} });
  registerActionsCommands(program, io);
  for (const command of program.commands.flatMap((group) => [group, ...group.commands])) {
    command.exitOverride().configureOutput({ writeErr: () => {} });
  }
  try {
    process.exitCode = undefined;
    await program.parseAsync(['actions', ...args], { from: 'user' });
    return { out, err, code: process.exitCode };
  } finally {
    process.exitCode = before;
  }
}
