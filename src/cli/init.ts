// `holdgate init [dir]`: a configuration, a policy, one agent and one person; their credentials are shown once.
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { agentId } from '../config/leaves.ts';
import { isEmail } from '../core/email.ts';
import { unknownName } from '../core/policy/schema-leaves.ts';
import { humanId } from '../core/principal.ts';
import { exitCode } from './exit-codes.ts';
import { peopleNeeded, SHIPPED_POLICIES } from './init/shipped-policies.ts';
import { type InitOutcome, initWorkspace } from './init/workspace.ts';

interface Options {
  readonly force: boolean;
  readonly agent: string;
  readonly owner: string;
  readonly approver: readonly string[];
  readonly policies: readonly string[];
}

/** Adds `init` to the program. */
export function registerInit(program: Command): void {
  program
    .command('init')
    .description('write a first configuration with an agent, its approvers and a policy')
    .argument('[dir]', 'folder to write into', '.')
    .option('--force', 'overwrite holdgate.yaml and policies/starter.yaml; earlier credentials stop working', false)
    .option('--agent <id>', 'id of the agent', agentName, 'my-agent')
    .option('--owner <email>', 'who answers for the agent; never approves its calls', email, 'agent-owner@example.com')
    .option('--approver <email>', 'who approves (repeatable; default: approver@example.com)', emails, [])
    .option(
      '--policies <names>',
      `shipped policies instead of a starter: ${SHIPPED_POLICIES.join(', ')} (a list with commas)`,
      policyNames,
      [],
    )
    .action((dir: string, options: Options, command: Command) => {
      const { approver: named, policies, ...rest } = options;
      const [approver = 'approver@example.com', ...approvers] = named;
      const people = new Set([approver, ...approvers].map((each) => humanId(each)));
      if (people.has(humanId(options.owner))) {
        command.error(
          'error: --owner and --approver have to be two people: nobody approves the calls of their own agent',
        );
      }
      if (people.size !== approvers.length + 1) command.error('error: --approver names somebody twice');
      const needed = policies.reduce((most, name) => Math.max(most, peopleNeeded(name)), 1);
      if (people.size < needed) {
        command.error(`error: some rules of these policies ask for ${needed} people: give --approver ${needed} times`);
      }
      const random = (): Uint8Array => randomBytes(32);
      report(dir, initWorkspace({ folder: dir, ...rest, approver, approvers, policies, random }));
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
  const { agent, approvers } = outcome.principals;
  console.log(`Wrote ${outcome.written.map((name) => join(dir, name)).join(', ')}.

These credentials are shown once and stored nowhere; only their hashes are in holdgate.yaml.

  agent     ${agent.id} (owner ${agent.owner})
            ${agent.credential}
${approvers.map(({ email: address, credential }) => `  approver  ${address}\n            ${credential}`).join('\n')}

Next: add an upstream to ${join(dir, 'holdgate.yaml')}, then
  holdgate doctor --config ${join(dir, 'holdgate.yaml')}
  holdgate serve --config ${join(dir, 'holdgate.yaml')}`);
}

function agentName(text: string): string {
  if (agentId.safeParse(text).success && /^[A-Za-z0-9._-]+$/.test(text)) return text;
  throw new InvalidArgumentError('expected letters, digits, ".", "_" and "-", beginning with a letter or digit');
}

function emails(text: string, previous: readonly string[]): string[] {
  return [...previous, email(text)];
}

function policyNames(text: string, previous: readonly string[]): string[] {
  const names = text.split(',').map((name) => name.trim());
  const strange = names.find((name) => !SHIPPED_POLICIES.includes(name));
  if (strange !== undefined) throw new InvalidArgumentError(unknownName('policy', strange, SHIPPED_POLICIES));
  return [...new Set([...previous, ...names])];
}

function email(text: string): string {
  // YAML plain scalars: an address that would need quotes is not worth the risk of writing it wrongly.
  if (isEmail(text) && /^[A-Za-z0-9][A-Za-z0-9._+-]*@[A-Za-z0-9.-]+$/.test(text)) return text;
  throw new InvalidArgumentError('expected an e-mail address');
}
