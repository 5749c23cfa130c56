// Access keys as an operator makes them: by the command, on the configuration of a gate that may be running.
import { Command } from 'commander';
import { registerAgents } from '../../src/cli/agents/register.ts';
import type { Terminal } from '../../src/cli/approvals/terminal.ts';
import type { ExitName } from '../../src/cli/exit-codes.ts';

export interface AgentKey {
  readonly access_key_id: string;
  readonly secret_access_key: string;
}

export interface Said {
  readonly out: string;
  readonly err: string;
  readonly exit: ExitName;
}

/** Runs `holdgate agents …` in this process. */
export async function agentsCommand(config: string, ...args: string[]): Promise<Said> {
  const said = { out: '', err: '', exit: 'ok' as ExitName };
  const terminal: Terminal = {
    out: (text) => void (said.out += text),
    err: (line) => void (said.err += `${line}\n`),
    columns: 100,
    colour: false,
    env: process.env,
    ask: undefined,
    exit: (name) => void (said.exit = name),
    interrupted: () => new AbortController().signal,
    pause: (ms) => new Promise((resolve) => void setTimeout(resolve, ms)),
  };
  const program = new Command('holdgate').exitOverride();
  registerAgents(program, terminal);
  await program.parseAsync(['agents', ...args, '--config', config], { from: 'user' });
  return said;
}

export async function issueKey(config: string, agent: string): Promise<AgentKey> {
  const { out, err } = await agentsCommand(config, 'aws-key', agent, '--json');
  if (out === '') throw new Error(err);
  return JSON.parse(out) as AgentKey;
}
