// `holdgate agents`: access keys of AWS's shape that agents sign their calls with. They are good, and refused, at once on every replica:
// the store says which there are, and their secrets are made anew from the data keys.
import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { agentKeyContext, agentKeyId, agentKeySecret, isAgentKeyId, KEY_ID_BYTES } from '../../core/agent-key.ts';
import { nearest } from '../../core/nearest.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { AgentKeyRecord } from '../../ports/agent-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import { KEY_MEMORY } from '../../proxy/auth/issued-keys.ts';
import { systemClock } from '../../system-clock.ts';
import { stop } from '../approvals/command.ts';
import { processTerminal, type Terminal } from '../approvals/terminal.ts';
import { findKeyPlace, type KeyPlace } from './key-place.ts';
import { type ChangeOptions, issueLogged, NotLogged, revokeLogged } from './logged-change.ts';
import { operator } from './operator.ts';

interface Options {
  readonly config: string;
  readonly json?: boolean;
}

const changing = (terminal: Terminal, clock: Clock, place: KeyPlace): ChangeOptions => ({
  place,
  clock,
  by: operator(terminal.env),
  warn: (message) => terminal.err(visibleText(message)),
});

/** Runs `work` on the store, and closes it. What the store or the keys reject with ends the command. */
async function withPlace(
  terminal: Terminal,
  clock: Clock,
  file: string,
  work: (place: KeyPlace) => Promise<void>,
): Promise<void> {
  const found = findKeyPlace(file, terminal.env, clock);
  if (!found.ok) return stop(terminal, found.exit, found.messages.map((each) => visibleText(each)).join('\n'));
  try {
    await work(found.place);
  } catch (error) {
    const { message } = error as Error;
    if (error instanceof NotLogged)
      return stop(terminal, 'cannotWrite', visibleText(`no key was issued: the audit log cannot take it: ${message}`));
    stop(terminal, 'unavailable', visibleText(message));
  } finally {
    found.place.store.close();
  }
}

function issue(terminal: Terminal, clock: Clock, id: string, { config: file, json }: Options): Promise<void> {
  return withPlace(terminal, clock, file, async (place) => {
    const { config, secrets } = place;
    const agent = config.agents.find((each) => each.id === id);
    if (!agent) {
      const near = nearest(
        id,
        config.agents.map((each) => each.id),
      );
      const hint = near === undefined ? 'list it under agents' : `did you mean "${near}"?`;
      return stop(terminal, 'noInput', `${file} has no agent "${visibleText(id)}": ${hint}`);
    }
    if (agent.disabled) return stop(terminal, 'negative', `the agent "${id}" is disabled in ${file}`);
    const source = await secrets();
    const key = agentKeyId(source.keyId, randomBytes(KEY_ID_BYTES));
    const secret = agentKeySecret(source.derive(source.keyId, agentKeyContext(key, id)));
    await issueLogged(changing(terminal, clock, place), { id: key, agent: id });
    const text = json
      ? `${JSON.stringify({ agent: id, access_key_id: key, secret_access_key: secret })}\n`
      : `AWS_ACCESS_KEY_ID=${key}\nAWS_SECRET_ACCESS_KEY=${secret}\n`;
    terminal.out(text);
    if (!json) {
      terminal.err(
        `This is the only time that the secret is shown. It is good at once, for the agent "${id}" and this gate only; ` +
          `"holdgate agents revoke-aws-key ${key}" takes it back.`,
      );
    }
  });
}

const time = (ms: number): string => new Date(ms).toISOString().replace(/\.\d{3}Z$/, 'Z');

function line({ id, agent, created, revoked }: AgentKeyRecord): string {
  const state = revoked === undefined ? 'good' : `revoked ${time(revoked)}`;
  return `${id}  created ${time(created)}  ${state.padEnd(28)}  ${visibleText(agent)}\n`;
}

function list(terminal: Terminal, clock: Clock, { config, json }: Options): Promise<void> {
  return withPlace(terminal, clock, config, async ({ store }) => {
    const records = await store.list();
    if (!json) return terminal.out(records.length === 0 ? 'No access key was issued.\n' : records.map(line).join(''));
    const keys = records.map(({ id, agent, created, revoked }) => ({
      access_key_id: id,
      agent,
      created: time(created),
      revoked: revoked === undefined ? null : time(revoked),
    }));
    terminal.out(`${JSON.stringify({ keys })}\n`);
  });
}

function revoke(terminal: Terminal, clock: Clock, id: string, { config }: Options): Promise<void> {
  return withPlace(terminal, clock, config, async (place) => {
    const known = isAgentKeyId(id) && (await revokeLogged(changing(terminal, clock, place), id));
    if (!known || known.outcome === 'unknown')
      return stop(terminal, 'noInput', `no access key ${visibleText(id)} was issued`);
    // Until then a replica may go by what it was told before; whoever waits for this command can rely on it.
    await terminal.pause(KEY_MEMORY, new AbortController().signal);
    const agent = visibleText(known.record.agent);
    terminal.out(
      `Revoked ${id} of the agent "${agent}"; every replica refuses it from now on, and withdraws what waits for approval and was signed with it.\n`,
    );
    if (known.unlogged === undefined) return undefined;
    const remedy = 'run the command again when it can be written';
    return stop(
      terminal,
      'cannotWrite',
      visibleText(`the audit log has no entry of this: ${known.unlogged}; ${remedy}`),
    );
  });
}

/** Adds `agents` with its subcommands; `terminal` and `clock` are for tests. */
export function registerAgents(
  program: Command,
  terminal: Terminal = processTerminal(),
  clock: Clock = systemClock,
): void {
  const agents = program.command('agents').description('access keys that agents sign calls to AWS with');
  const CONFIG = ['--config <file>', 'configuration of the gate', 'holdgate.yaml'] as const;
  agents
    .command('aws-key')
    .description('issue an access key to an agent; it is good at once')
    .argument('<agent>', 'id of the agent in the configuration')
    .option(...CONFIG)
    .option('--json', 'print JSON')
    .action((id: string, options: Options) => issue(terminal, clock, id, options));
  agents
    .command('aws-keys')
    .description('list the access keys that were issued; secrets are never printed again')
    .option(...CONFIG)
    .option('--json', 'print JSON')
    .action((options: Options) => list(terminal, clock, options));
  agents
    .command('revoke-aws-key')
    .description('take an access key back; every replica refuses it when this command ends')
    .argument('<id>', 'access key id, HGAK…')
    .option(...CONFIG)
    .action((id: string, options: Options) => revoke(terminal, clock, id, options));
}
