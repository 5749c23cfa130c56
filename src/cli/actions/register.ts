// The `holdgate actions …` commands on the command line.
import { type Command, Option } from 'commander';
import type { ActionLevel } from '../../core/action.ts';
import { LEVELS, TAGS } from '../../core/policy/schema-words.ts';
import { exitCode } from '../exit-codes.ts';
import type { CommandIo } from '../policy/command-io.ts';
import { processIo } from '../policy/process-io.ts';
import { runActionsExplain } from './explain.ts';
import { runActionsSearch } from './search.ts';

/** Adds `actions explain` and `actions search`; each sets `process.exitCode`. */
export function registerActionsCommands(program: Command, io: CommandIo = processIo()): void {
  const actions = program.command('actions').description('what calls do, in the words that rules use');
  registerExplain(actions, io);
  registerSearch(actions, io);
}

interface ExplainFlags {
  readonly batch: boolean;
  readonly sql: boolean;
  readonly dialect?: string;
  readonly config?: string;
  readonly upstream?: string;
  readonly kind?: string;
  readonly json: boolean;
}

function registerExplain(actions: Command, io: CommandIo): void {
  actions
    .command('explain')
    .description('show what a call or a statement of SQL does')
    .argument('[curl]', 'a curl command line, in quotes')
    .option('--batch', 'read one JSON call a line on stdin, print {"actions": […]} a line', false)
    .option('--sql', 'read one statement of SQL a line on stdin, print {"actions": […]} a line', false)
    .option('--dialect <name>', 'with --sql: the dialect (default: postgresql)')
    .option('-c, --config <file>', 'holdgate.yaml: its upstreams and their kinds decide how calls are read')
    .option('--upstream <id>', 'the upstream, where the URL does not say it: with --config, or with --kind by any name')
    .option(
      '--kind <kind>',
      'read every call as one of this kind: aws, kubernetes, openapi:FILE, sql-over-http:SERVICE, …',
    )
    .option('--json', 'print JSON', false)
    .action(async (command: string | undefined, flags: ExplainFlags) => {
      const { sql, dialect, ...rest } = flags;
      if (!sql && dialect === undefined) {
        process.exitCode = await runActionsExplain({ ...rest, command }, io);
        return;
      }
      // Statements come one a line, with --batch or without it.
      const { config, upstream, kind } = rest;
      if (!sql || command !== undefined || [config, upstream, kind].some((flag) => flag !== undefined)) {
        io.err('--sql reads statements from stdin; besides it goes --dialect, and --batch, which says the same\n');
        process.exitCode = exitCode('usage');
        return;
      }
      const { runActionsExplainSql } = await import('./explain-sql.ts');
      process.exitCode = await runActionsExplainSql(dialect ?? 'postgresql', io);
    });
}

interface SearchFlags {
  readonly tag: readonly string[];
  readonly level: readonly ActionLevel[];
  readonly provider: readonly string[];
  readonly config?: string;
  readonly json: boolean;
}

function registerSearch(actions: Command, io: CommandIo): void {
  actions
    .command('search')
    .description('find actions by name, tag or level in the catalogues')
    .argument(
      '[terms...]',
      "globs over names ('iam:*Policy'; the provider may be left out) or words; all have to match",
    )
    .addOption(repeatable('--tag <tag>', 'actions that calls with this tag can have', TAGS))
    .addOption(repeatable('--level <level>', 'actions of this level', LEVELS))
    .option('--provider <name>', 'actions of this provider (repeatable)', listed, [])
    .option('-c, --config <file>', 'holdgate.yaml: the operations of the OpenAPI documents that it names count too')
    .option('--json', 'print JSON', false)
    .action(async (terms: string[], flags: SearchFlags) => {
      const { tag: tags, level: levels, provider: providers, config, json } = flags;
      process.exitCode = await runActionsSearch({ terms, tags, levels, providers, config, json }, io);
    });
}

/** An option that may stand several times, each time with one of these words. */
function repeatable(flags: string, description: string, words: readonly string[]): Option {
  const option = new Option(flags, `${description} (repeatable)`).choices(words).default([]);
  const check = option.parseArg;
  return option.argParser((value: string, previous: readonly string[]) => {
    // It throws on a word that is none of the choices; what came before means nothing to it.
    check?.(value, undefined as never);
    return [...previous, value];
  });
}

function listed(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}
