// `holdgate audit verify`: every segment, every link, every signature of an audit log, offline.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import { openSegmentFolder } from '../audit/segment-folder.ts';
import { verifyAll } from '../audit/verify-log.ts';
import { parseLocatedYaml } from '../core/located-yaml.ts';
import { visibleJson, visibleText } from '../core/visible-text.ts';
import { createJwsVerifier } from '../signers/jws-verifier.ts';
import { stop } from './approvals/command.ts';
import { processTerminal, type Terminal } from './approvals/terminal.ts';

interface VerifyOptions {
  readonly config?: string;
  readonly key?: string;
  readonly json?: boolean;
}

interface Place {
  readonly segments: string;
  readonly keys: string;
}

const DEFAULT_CONFIG = 'holdgate.yaml';
const DEFAULT_DATA_DIR = '.holdgate';

/** `data_dir` of a configuration; the rest of it is not judged: an auditor does not have the gate's environment. */
function dataDirOf(config: string): string {
  const parsed = parseLocatedYaml(readFileSync(config, 'utf8'), config);
  if (!parsed.ok) throw new Error(parsed.faults.map(({ at, message }) => `${at}: ${message}`).join('; '));
  const { data_dir } = (parsed.yaml.value ?? {}) as { data_dir?: unknown };
  return resolve(dirname(resolve(config)), typeof data_dir === 'string' ? data_dir : DEFAULT_DATA_DIR);
}

/** A data directory, or the folder of segments itself. */
function placeOf(directory: string | undefined, options: VerifyOptions): Place {
  const config = options.config ?? DEFAULT_CONFIG;
  if (directory === undefined && !existsSync(config))
    throw new Error(`there is no ${config}: name the data directory or a --config`);
  const given = directory ?? dataDirOf(config);
  const inside = join(given, 'audit');
  const segments = existsSync(inside) ? inside : given;
  return { segments, keys: options.key ?? join(dirname(resolve(segments)), 'keys', 'public.json') };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

async function verifyAudit(terminal: Terminal, directory: string | undefined, options: VerifyOptions): Promise<void> {
  try {
    const { keys, segments } = placeOf(directory, options);
    if (!existsSync(segments)) return stop(terminal, 'noInput', `there is no folder ${segments}`);
    if (!existsSync(keys))
      return stop(terminal, 'noInput', `there are no public keys at ${keys}: name them with --key`);
    const jwks = JSON.parse(readFileSync(keys, 'utf8')) as { readonly keys?: readonly unknown[] };
    const verify = await createJwsVerifier(jwks.keys ?? []);
    const folder = await openSegmentFolder(segments, false);
    if ((await folder.names()).length === 0)
      return stop(terminal, 'noInput', `${segments} holds no segments (000001.jsonl, …)`);
    const { checkpoints, entries, findings, head, segments: count } = await verifyAll(folder, { verify });
    if (findings.length > 0) terminal.exit('negative');
    if (options.json) {
      const placed = findings.map((finding) => ({ ...finding, at: join(segments, finding.at) }));
      terminal.out(
        `${visibleJson({ valid: findings.length === 0, segments: count, entries, checkpoints, head, findings: placed })}\n`,
      );
      return;
    }
    for (const { at, kind, message } of findings)
      terminal.out(`${join(segments, at)}: ${kind}: ${visibleText(message)}\n`);
    const verdict = findings.length === 0 ? 'VALID' : `NOT VALID, ${counted(findings.length, 'finding')}`;
    terminal.out(
      `${verdict}: ${counted(count, 'segment')}, ${entries} ${entries === 1 ? 'entry' : 'entries'}, ${counted(checkpoints, 'signed checkpoint')}\n`,
    );
    terminal.out(`head: entry ${head.seq}, sha256 ${head.sha256}\n`);
    terminal.err('A cut end shows only against a checkpoint kept elsewhere: compare the head with one.');
  } catch (error) {
    stop(terminal, 'noInput', visibleText((error as Error).message));
  }
}

/** Adds `audit` with its subcommand; `terminal` is for tests. */
export function registerAudit(program: Command, terminal: Terminal = processTerminal()): void {
  program
    .command('audit')
    .description('the record of everything that was decided and done')
    .command('verify')
    .description('verify every segment, link and signature; findings are printed as file:line')
    .argument('[dir]', 'data directory, or its audit folder (default: data_dir of the configuration)')
    .option('--config <file>', 'configuration to read data_dir from')
    .option('--key <file>', "the gate's public keys (default: keys/public.json beside the audit folder)")
    .option('--json', 'print the result as JSON')
    .action((directory: string | undefined, options: VerifyOptions) => verifyAudit(terminal, directory, options));
}
