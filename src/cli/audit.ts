// `holdgate audit verify`: every segment, every link, every signature of every audit log of a data directory, offline.
import { existsSync, readFileSync } from 'node:fs';
import { basename, dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import type { Finding } from '../audit/finding.ts';
import type { LogCheck } from '../audit/verify-log.ts';
import { type LogsCheck, verifyLogs } from '../audit/verify-logs.ts';
import { parseLocatedYaml } from '../core/located-yaml.ts';
import { visibleJson, visibleText } from '../core/visible-text.ts';
import { stop } from './approvals/command.ts';
import { processTerminal, type Terminal } from './approvals/terminal.ts';
import { readKeySet } from './key-set.ts';

interface VerifyOptions {
  readonly config?: string;
  readonly key?: string;
  readonly json?: boolean;
}

interface Place {
  /** `<data_dir>/audit`, or the folder of one log. */
  readonly audit: string;
  readonly keys: string;
}

/** One log, its findings with their whole paths. */
interface Verified extends Pick<LogCheck, 'segments' | 'entries' | 'checkpoints' | 'head' | 'findings'> {
  readonly log: string;
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

/** A data directory, its audit folder, or the folder of one log in it. */
function placeOf(directory: string | undefined, options: VerifyOptions): Place {
  const config = options.config ?? DEFAULT_CONFIG;
  if (directory === undefined && !existsSync(config))
    throw new Error(`there is no ${config}: name the data directory or a --config`);
  const given = directory ?? dataDirOf(config);
  const inside = join(given, 'audit');
  const audit = existsSync(inside) ? inside : given;
  const folder = dirname(resolve(audit));
  const data = /^(?:worker-\d+|commands)$/.test(basename(resolve(audit))) ? dirname(folder) : folder;
  return { audit, keys: options.key ?? join(data, 'keys', 'public.json') };
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`;
}

function verifiedOf({ folder, check }: LogsCheck['logs'][number]): Verified {
  const { segments, entries, checkpoints, head } = check;
  const findings = check.findings.map((finding) => ({ ...finding, at: join(folder, finding.at) }));
  return { log: folder, segments, entries, checkpoints, head, findings };
}

const total = (logs: readonly Verified[], what: 'segments' | 'entries' | 'checkpoints'): number =>
  logs.reduce((sum, log) => sum + log[what], 0);

type Sizes = Pick<Verified, 'segments' | 'entries' | 'checkpoints'>;

function verdict({ segments, entries, checkpoints }: Sizes, findings: number, of: string): string {
  const word = findings === 0 ? 'VALID' : `NOT VALID, ${counted(findings, 'finding')}`;
  const sizes = `${counted(segments, 'segment')}, ${entries} ${entries === 1 ? 'entry' : 'entries'}, ${counted(checkpoints, 'signed checkpoint')}`;
  return `${word}: ${of}${sizes}\n`;
}

function print(terminal: Terminal, logs: readonly Verified[], all: Sizes, findings: readonly Finding[]): void {
  for (const { at, kind, message } of findings) terminal.out(`${at}: ${kind}: ${visibleText(message)}\n`);
  const several = logs.length > 1;
  for (const log of logs) {
    // Of the only log all findings are; among several each has its own, and a log that is missing belongs to all.
    terminal.out(several ? verdict(log, log.findings.length, `${log.log}: `) : verdict(log, findings.length, ''));
    terminal.out(`head: entry ${log.head.seq}, sha256 ${log.head.sha256}\n`);
  }
  if (several) terminal.out(verdict(all, findings.length, `${logs.length} logs, `));
  terminal.err('A cut end shows only against a checkpoint kept elsewhere: compare each head with one.');
}

async function verifyAudit(terminal: Terminal, directory: string | undefined, options: VerifyOptions): Promise<void> {
  try {
    const { keys, audit } = placeOf(directory, options);
    if (!existsSync(audit)) return stop(terminal, 'noInput', `there is no folder ${audit}`);
    if (!existsSync(keys))
      return stop(terminal, 'noInput', `there are no public keys at ${keys}: name them with --key`);
    const verify = await readKeySet(keys);
    const checked = await verifyLogs(audit, { verify });
    const logs = checked.logs.map(verifiedOf);
    if (logs.length === 0) return stop(terminal, 'noInput', `${audit} holds no segments (000001.jsonl, …)`);
    const findings = [...checked.missing, ...logs.flatMap((log) => log.findings)];
    if (findings.length > 0) terminal.exit('negative');
    const all = {
      segments: total(logs, 'segments'),
      entries: total(logs, 'entries'),
      checkpoints: total(logs, 'checkpoints'),
    };
    if (!options.json) return print(terminal, logs, all, findings);
    // Several logs have no head in common.
    const head = logs.length === 1 ? logs[0]?.head : null;
    const each = logs.map((log) => ({ ...log, valid: log.findings.length === 0 }));
    return terminal.out(`${visibleJson({ valid: findings.length === 0, ...all, head, findings, logs: each })}\n`);
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
    .description('verify every segment, link and signature of every log; findings are printed as file:line')
    .argument('[dir]', 'data directory, its audit folder, or that of one log (default: data_dir of the configuration)')
    .option('--config <file>', 'configuration to read data_dir from')
    .option('--key <file>', "the gate's public keys (default: keys/public.json beside the audit folder)")
    .option('--json', 'print the result as JSON')
    .action((directory: string | undefined, options: VerifyOptions) => verifyAudit(terminal, directory, options));
}
