// `holdgate receipts`: fetch a receipt from the console, and verify one offline with nothing but the public keys.
import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { fileTrouble } from '../core/file-trouble.ts';
import { misfit, RECEIPT_SHAPE } from '../core/receipt/shape.ts';
import type { ReceiptStatement } from '../core/receipt/statement.ts';
import { verifyReceipt } from '../core/receipt/verify.ts';
import { visibleJson, visibleText } from '../core/visible-text.ts';
import type { JwsVerifier } from '../signers/jws-verifier.ts';
import { connect, fail, isId, stop } from './approvals/command.ts';
import type { ConnectionOptions } from './approvals/connection.ts';
import { processTerminal, type Terminal } from './approvals/terminal.ts';
import { readKeySet } from './key-set.ts';
import { findingLines, receiptText } from './receipt-text.ts';

interface ShowOptions extends ConnectionOptions {
  readonly json?: boolean;
}

interface VerifyOptions {
  readonly key: string;
  readonly json?: boolean;
}

/** The statement as it stands in the token, unverified. */
function peek(jws: string): ReceiptStatement | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString('utf8'));
    return misfit(RECEIPT_SHAPE, value) === undefined ? (value as ReceiptStatement) : undefined;
  } catch {
    return undefined;
  }
}

async function showReceipt(terminal: Terminal, id: string, options: ShowOptions): Promise<void> {
  if (!isId(id) || !id.startsWith('rcp_')) return stop(terminal, 'usage', 'that is not the id of a receipt (rcp_…)');
  const client = connect(terminal, options);
  if (!client) return;
  const result = await client.get<{ readonly receipt: string }>(`/api/v1/receipts/${id}`);
  if (!result.ok) return fail(terminal, result.failure);
  if (options.json) return terminal.out(`${visibleJson(result.value)}\n`);
  const statement = peek(result.value.receipt);
  if (!statement) return stop(terminal, 'unavailable', 'the console answered with something that is not a receipt');
  terminal.out(`${id} (not verified here)\n${receiptText(statement, terminal.columns)}`);
  terminal.err(`Verify it: holdgate receipts show ${id} --json | holdgate receipts verify - --key public.json`);
}

/** The token from a file that holds it bare or as the API's `{"receipt": "…"}`. */
function tokenOf(text: string): string {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return trimmed;
  try {
    const value = JSON.parse(trimmed) as { receipt?: unknown };
    return typeof value.receipt === 'string' ? value.receipt : trimmed;
  } catch {
    return trimmed;
  }
}

async function verifyFile(terminal: Terminal, file: string, options: VerifyOptions): Promise<void> {
  let token: string;
  let verify: JwsVerifier;
  try {
    token = tokenOf(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch (error) {
    return stop(terminal, 'noInput', visibleText(`${file}: ${fileTrouble(error)}`));
  }
  try {
    verify = await readKeySet(options.key);
  } catch (error) {
    return stop(terminal, 'noInput', visibleText((error as Error).message));
  }
  const { findings, statement, valid } = await verifyReceipt(token, verify);
  if (!valid) terminal.exit('negative');
  if (options.json) return terminal.out(`${visibleJson({ valid, findings, statement: statement ?? null })}\n`);
  const id = statement ? visibleText(statement.id) : file;
  terminal.out(valid ? `VALID ${id}\n` : `NOT VALID ${id}\n${findingLines(findings)}`);
  if (statement) terminal.out(receiptText(statement, terminal.columns));
}

/** Adds `receipts` with its subcommands; `terminal` is for tests. */
export function registerReceipts(program: Command, terminal: Terminal = processTerminal()): void {
  const receipts = program.command('receipts').description('what remains of every approval, signed');
  receipts
    .command('show')
    .description('fetch a receipt and say what it states')
    .argument('<id>', 'rcp_…')
    .option('--url <url>', 'console to talk to (default: HOLDGATE_URL, else listen.console of the configuration)')
    .option('--config <file>', 'configuration to read the address from')
    .option('--token-file <file>', 'file with your credential (default: HOLDGATE_TOKEN)')
    .addOption(new Option('--token <credential>').hideHelp())
    .option('--json', 'print what the API answers, fit for "receipts verify -"')
    .action((id: string, options: ShowOptions) => showReceipt(terminal, id, options));
  receipts
    .command('verify')
    .description('verify a receipt offline: every signature in it, and that what it states was allowed to happen')
    .argument('<file>', 'the receipt, or - for standard input')
    .requiredOption('--key <file>', "the gate's public keys: <data_dir>/keys/public.json, or GET /api/v1/keys")
    .option('--json', 'print findings and statement')
    .action((file: string, options: VerifyOptions) => verifyFile(terminal, file, options));
}
