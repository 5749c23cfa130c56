// A folder with a policy, and the `holdgate policy …` commands run in it with streams of their own.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import type { CommandIo } from '../../src/cli/policy/command-io.ts';
import { registerPolicyCommands } from '../../src/cli/policy/register.ts';

export const POLICY: string = `version: 1
name: billing
owner: finance
rules:
  - id: reads
    description: Reading is routine.
    match: {method: GET}
    effect: allow
  - id: refunds
    description: Money leaves the house.
    match: {method: POST, path: /v1/invoices/*/refunds}
    effect: hold
    hold: {approvals: 2, from: [group:finance]}
    risk: high
  - id: no-root
    description: Nobody deletes the root.
    match: [{method: DELETE, path: /}, {path: /admin/**}]
    effect: deny
  - id: seen
    description: Tried out.
    match: {path: /trial}
    effect: deny
    mode: observe
`;

export interface Outcome {
  readonly out: string;
  readonly err: string;
  readonly code: number | string | null | undefined;
}

export interface PolicyFolder extends Disposable {
  readonly folder: string;
  /** The folder with the policy. */
  readonly policies: string;
  write(path: string, text: string): string;
  holdgate(args: readonly string[], input?: readonly (string | Uint8Array)[]): Promise<Outcome>;
  /** Decides these calls in one batch; text is a line as it is. */
  decide(...lines: readonly (object | string)[]): Promise<Record<string, unknown>[]>;
}

export function createPolicyFolder(): PolicyFolder {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-cli-'));
  const policies = join(folder, 'policies');
  const exitCodeBefore = process.exitCode;

  function write(path: string, text: string): string {
    const full = join(folder, path);
    mkdirSync(join(full, '..'), { recursive: true });
    writeFileSync(full, text);
    return full;
  }

  async function holdgate(args: readonly string[], input: readonly (string | Uint8Array)[] = []): Promise<Outcome> {
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
      readFile: async (path) => new TextDecoder('utf-8', { fatal: true }).decode(await readFile(path)),
      writeFile: (path, text) => writeFile(path, text),
      now: () => Date.parse('2026-01-07T12:00:00Z'),
      env: {},
    };
    const program = new Command('holdgate').exitOverride().configureOutput({ writeErr: () => {} });
    registerPolicyCommands(program, io);
    process.exitCode = undefined;
    await program.parseAsync(['policy', ...args], { from: 'user' });
    return { out, err, code: process.exitCode };
  }

  write('policies/billing.yaml', POLICY);
  return {
    folder,
    policies,
    write,
    holdgate,
    async decide(...lines) {
      const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
      const { out } = await holdgate(['explain', '--batch', '--policies', policies], [`${text}\n`]);
      return out
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as Record<string, unknown>);
    },
    [Symbol.dispose]() {
      rmSync(folder, { recursive: true, force: true });
      process.exitCode = exitCodeBefore;
    },
  };
}
