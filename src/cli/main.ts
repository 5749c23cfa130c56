// The command line. Groups of commands are loaded when one of them is called, so that `serve` starts without the rest;
// faults of the command line end in `usage`, bugs in `internal` (docs/exit-codes.md).
import { readFileSync } from 'node:fs';
import { Command, CommanderError } from 'commander';
import { exitCode } from './exit-codes.ts';
import { groups } from './groups.ts';

const manifest = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  readonly version: string;
  readonly description: string;
};

/** Commander hands `exitOverride` down to commands that it creates, but not to those that are added ready-made. */
function throwInsteadOfExit(command: Command): void {
  command.exitOverride();
  for (const child of command.commands) throwInsteadOfExit(child);
}

async function run(args: readonly string[]): Promise<void> {
  const program = new Command('holdgate').description(manifest.description).version(manifest.version);
  const named = groups.filter(({ commands }) => commands.some((name) => name === args[0]));
  const onlyVersion = args[0] === '--version' || args[0] === '-V';
  // Help and misspelt names need every command.
  for (const group of named.length > 0 || onlyVersion ? named : groups) {
    const register = await group.load();
    register(program);
  }
  throwInsteadOfExit(program);
  await program.parseAsync(args, { from: 'user' });
}

// `holdgate … | head`: whoever read has seen enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
  process.exit(exitCode('ok'));
});

try {
  await run(process.argv.slice(2));
} catch (error) {
  if (error instanceof CommanderError) {
    // Commander has printed what there is to say; its code 0 stands for help and version.
    process.exitCode = exitCode(error.exitCode === 0 ? 'ok' : 'usage');
  } else {
    console.error('holdgate: internal error');
    console.error(error);
    process.exitCode = exitCode('internal');
  }
}
