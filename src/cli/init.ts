// `holdgate init [dir]`: a configuration, a policy, one agent and one person; their credentials are shown once.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { agentId } from '../config/leaves.ts';
import { isEmail } from '../core/email.ts';
import { humanId } from '../core/principal.ts';
import { exitCode } from './exit-codes.ts';
import { type InitOutcome, initWorkspace } from './init/workspace.ts';

interface Options {
  readonly force: boolean;
  readonly agent: string;
  readonly owner: string;
  readonly approver: string;
}

/** Adds `init` to the program. */
export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a first configuration with one agent and one approver')
    .argument('[dir]', 'folder to write into', '.')
    .option('--force', 'overwrite holdgate.yaml and policies/starter.yaml; earlier credentials stop working', false)
    .option('--agent <id>', 'id of the agent', agentName, 'my-agent')
    .option('--owner <email>', 'who answers for the agent; never approves its calls', email, 'agent-owner@example.com')
    .option('--approver <email>', 'who approves', email, 'approver@example.com')
    .action((dir: string, options: Options, command: Command) => {
      if (humanId(options.owner) === humanId(options.approver)) {
        command.error(
          'error: --owner and --approver have to be two people: nobody approves the calls of their own agent',
        );
      }
      report(dir, initWorkspace({ folder: dir, ...options, random: () => randomBytes(32) }));
    });
}

function report(dir: string, outcome: InitOutcome): void {
  if (!outcome.ok) {
    const detail =
      outcome.why === 'exists' ? `${outcome.files.join(' and ')} exist already; --force overwrites` : outcome.detail;
    console.error(`holdgate: nothing written: ${detail}`);
    process.exitCode = exitCode('cannotWrite');
    return;
  }
  const { agent, approver } = outcome.principals;
  console.log(`Wrote ${outcome.written.map((name) => join(dir, name)).join(', ')}.

These credentials are shown once and stored nowhere; only their hashes are in holdgate.yaml.

  agent     ${agent.id} (owner ${agent.owner})
            ${agent.credential}
  approver  ${approver.email}
            ${approver.credential}

Next: add an upstream to ${join(dir, 'holdgate.yaml')}, then
  holdgate doctor --config ${join(dir, 'holdgate.yaml')}
  holdgate serve --config ${join(dir, 'holdgate.yaml')}`);
}

function agentName(text: string): string {
  if (agentId.safeParse(text).success && /^[A-Za-z0-9._-]+$/.test(text)) return text;
  throw new InvalidArgumentError('expected letters, digits, ".", "_" and "-", beginning with a letter or digit');
}

function email(text: string): string {
  // YAML plain scalars: an address that would need quotes is not worth the risk of writing it wrongly.
  if (isEmail(text) && /^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+$/.test(text)) return text;
  throw new InvalidArgumentError('expected an e-mail address');
}
