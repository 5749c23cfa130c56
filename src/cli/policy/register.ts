// The `holdgate policy …` commands on the command line.
import { type Command, InvalidArgumentError, Option } from 'commander';
import { catalogueEntry } from '../../actions/catalogue-entry.ts';
import { LEVELS } from '../../core/policy/schema-words.ts';
import type { ActionLevel } from '../../core/action.ts';
import type { CommandIo } from './command-io.ts';
import { runPolicyCheck } from './check.ts';
import { runPolicyCoverage } from './coverage.ts';
import { runPolicyDiff } from './diff.ts';
import { runPolicyExplain } from './explain.ts';
import type { OutputFormat } from './finding-output.ts';
import { processIo } from './process-io.ts';
import { runPolicyTest } from './test.ts';

/** Adds the commands below `policy`; each sets `process.exitCode`. */
export function registerPolicyCommands(program: Command, io: CommandIo = processIo()): void {
  const policy = program.command('policy').description('check, test and explain policies');
  registerCheck(policy, io);
  registerTest(policy, io);
  registerExplain(policy, io);
  registerCoverage(policy, io);
  registerDiff(policy, io);
}

interface CheckFlags {
  readonly config?: string;
  readonly format: OutputFormat;
  readonly strict: boolean;
}

function registerCheck(policy: Command, io: CommandIo): void {
  policy
    .command('check')
    .description('report faults, unknown names, rules that never take effect and allow rules that are too broad')
    .argument('[paths...]', 'policy files or folders (default: those of --config, else ./policies)')
    .option(
      '-c, --config <file>',
      'holdgate.yaml: names of agents, people, groups and upstreams are checked against it',
    )
    .addOption(new Option('-f, --format <format>', 'output').choices(['text', 'json', 'github']).default('text'))
    .option('--strict', 'warnings fail too', false)
    .action(async (paths: string[], flags: CheckFlags) => {
      process.exitCode = await runPolicyCheck({ paths, ...flags }, io);
    });
}

function registerTest(policy: Command, io: CommandIo): void {
  policy
    .command('test')
    .description('run policy tests: calls and actions with the decisions they have to get')
    .argument('[paths...]', 'test files, folders with them, or policy folders with a tests folder (default: policies)')
    .option('--junit <file>', 'write the results as JUnit XML')
    .action(async (paths: string[], flags: { readonly junit?: string }) => {
      process.exitCode = await runPolicyTest({ paths, ...flags }, io);
    });
}

interface ExplainFlags {
  readonly action?: string;
  readonly param: Readonly<Record<string, string>>;
  readonly resource: Readonly<Record<string, string>>;
  readonly tag: readonly string[];
  readonly level?: ActionLevel;
  readonly batch: boolean;
  readonly policies: readonly string[];
  readonly config?: string;
  readonly agent?: string;
  readonly upstream?: string;
  readonly source?: string;
  readonly json: boolean;
}

function registerExplain(policy: Command, io: CommandIo): void {
  policy
    .command('explain')
    .description('show what the policies make of a call or action, and why')
    .argument('[curl]', 'a curl command line, in quotes')
    .option('--action <name>', 'an action instead of a call')
    .option('--param <k=v>', 'parameter of the action (repeatable)', pair, {})
    .option('--resource <k=v>', 'property of what the action is done to (repeatable)', pair, {})
    .option('--tag <tag>', 'tag of the action (repeatable; default: those of the catalogue)', listed, [])
    .addOption(new Option('--level <level>', 'level of the action (default: that of the catalogue)').choices(LEVELS))
    .option('--batch', 'read one JSON call a line on stdin, print one JSON decision a line', false)
    .option(
      '-p, --policies <path>',
      'policy file or folder (repeatable; default: those of --config, else ./policies)',
      listed,
      [],
    )
    .option('-c, --config <file>', 'holdgate.yaml: agents and upstreams are looked up, mounts removed')
    .option('--agent <id>', 'who calls')
    .option('--upstream <id>', 'the upstream, where the URL does not say it')
    .option('--source <address>', "address of the agent's end of the connection")
    .option('--json', 'print JSON', false)
    .action(async (command: string | undefined, flags: ExplainFlags) => {
      const { action: name, param, resource, tag, level, ...rest } = flags;
      const known = name === undefined ? undefined : catalogueEntry(name);
      const tags =
        tag.length > 0 ? tag : (known?.tags.filter((each) => known.sometimes?.includes(each) !== true) ?? []);
      const graded = level ?? known?.level;
      const action =
        name === undefined ? undefined : { name, params: param, resource, tags, ...(graded && { level: graded }) };
      process.exitCode = await runPolicyExplain({ ...rest, command, action }, io);
    });
}

interface CoverageFlags {
  readonly config?: string;
  readonly provider: readonly string[];
  readonly requireHeld: readonly string[];
  readonly failOn: readonly string[];
  readonly all: boolean;
  readonly json: boolean;
}

function registerCoverage(policy: Command, io: CommandIo): void {
  policy
    .command('coverage')
    .description(
      'show which effect the actions of the catalogues get, and which sensitive ones no rule holds or denies',
    )
    .argument('[paths...]', 'policy files or folders (default: those of --config, else ./policies)')
    .option('-c, --config <file>', 'holdgate.yaml: its default decides where no rule matches')
    .option('--provider <name>', 'actions of this provider only (repeatable)', listed, [])
    .option('--require-held <tags>', 'exit with 1 if an action with one of these tags may pass (repeatable)', split, [])
    .option(
      '--fail-on <tag=state>',
      'exit with 1 if an action with the tag (or *) is in this state (repeatable)',
      split,
      [],
    )
    .option('--all', 'list every gap', false)
    .option('--json', 'print JSON', false)
    .action(async (paths: string[], { provider: providers, ...flags }: CoverageFlags) => {
      process.exitCode = await runPolicyCoverage({ paths, providers, ...flags }, io);
    });
}

interface DiffFlags {
  readonly config?: string;
  readonly provider: readonly string[];
  readonly exitCode: boolean;
  readonly all: boolean;
  readonly json: boolean;
}

function registerDiff(policy: Command, io: CommandIo): void {
  policy
    .command('diff')
    .description('show which actions, and which cases of the policy tests, two sets of policies decide differently')
    .argument('<old>', 'policy file or folder as it was')
    .argument('<new>', 'policy file or folder as it will be')
    .option('-c, --config <file>', 'holdgate.yaml: its default and hold terms count where rules are silent')
    .option('--provider <name>', 'actions of this provider only (repeatable)', listed, [])
    .option('--exit-code', 'exit with 1 if anything gets looser, or might', false)
    .option('--all', 'list every action', false)
    .option('--json', 'print JSON', false)
    .action(async (old: string, fresh: string, { provider: providers, ...flags }: DiffFlags) => {
      process.exitCode = await runPolicyDiff({ old, fresh, providers, ...flags }, io);
    });
}

function split(value: string, previous: readonly string[]): string[] {
  return [...previous, ...value.split(',').map((each) => each.trim())];
}

function listed(value: string, previous: readonly string[]): string[] {
  return [...previous, value];
}

function pair(value: string, previous: Readonly<Record<string, string>>): Record<string, string> {
  const equals = value.indexOf('=');
  if (equals < 1) throw new InvalidArgumentError('expected name=value');
  return { ...previous, [value.slice(0, equals)]: value.slice(equals + 1) };
}
