// Which console, and as whom: from options, else the environment, else ./holdgate.yaml.
import { type Command, Option } from 'commander';
import { readFileSync, statSync } from 'node:fs';
import { fileTrouble } from '../../core/file-trouble.ts';
import { parseLocatedYaml } from '../../core/located-yaml.ts';
import { Secret } from '../../core/secret.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Terminal } from './terminal.ts';

export interface ConnectionOptions {
  readonly url?: string;
  readonly config?: string;
  readonly tokenFile?: string;
  /** Only there to be refused: a command line is visible to every process of the machine. */
  readonly token?: string;
}

export interface Connection {
  readonly url: string;
  readonly token: Secret;
}

export type ConnectionOutcome =
  | { readonly ok: true; readonly connection: Connection }
  | { readonly ok: false; readonly exit: 'usage' | 'noInput' | 'noPermission'; readonly message: string };

const DEFAULT_URL = 'http://127.0.0.1:8081';
const DEFAULT_CONFIG = 'holdgate.yaml';
const LOOPBACK = /^(localhost|127\..*|\[::1\])$/;

class ConfigFaults extends Error {}

/** Where the console of this configuration listens; undefined if the file does not say. The rest of the file is not judged:
 *  an approver does not have the gate's environment. Throws if the file cannot be read. */
function consoleOf(file: string): string | undefined {
  const parsed = parseLocatedYaml(new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file)), file);
  if (!parsed.ok) throw new ConfigFaults(parsed.faults.map(({ at, message }) => `${at}: ${message}`).join('; '));
  const { listen } = (parsed.yaml.value ?? {}) as { listen?: { console?: unknown } };
  const address = listen?.console;
  if (typeof address !== 'string') return undefined;
  return `http://${address.replace(/^0\.0\.0\.0:/, '127.0.0.1:').replace(/^\[::\]:/, '[::1]:')}`;
}

function findUrl(options: ConnectionOptions, terminal: Terminal): string {
  if (options.url !== undefined) return options.url;
  if (options.config !== undefined) return consoleOf(options.config) ?? DEFAULT_URL;
  const named = terminal.env['HOLDGATE_URL'] ?? '';
  if (named !== '') return named;
  try {
    return consoleOf(DEFAULT_CONFIG) ?? DEFAULT_URL;
  } catch {
    // Nobody named this file.
    return DEFAULT_URL;
  }
}

function findToken(options: ConnectionOptions, terminal: Terminal): string | undefined {
  if (options.tokenFile === undefined) return terminal.env['HOLDGATE_TOKEN']?.trim() || undefined;
  if (process.platform !== 'win32' && (statSync(options.tokenFile).mode & 0o077) !== 0) {
    terminal.err(`warning: others on this machine may read ${options.tokenFile}; chmod 600 it`);
  }
  return readFileSync(options.tokenFile, 'utf8').trim() || undefined;
}

/** One line of visible ASCII, as credentials and tokens are; also what the head of a request can carry. */
const TOKEN = /^[\x21-\x7e]{1,16384}$/;

/** Works out the connection; warns about credentials that others could read. */
export function findConnection(options: ConnectionOptions, terminal: Terminal): ConnectionOutcome {
  if (options.token !== undefined) {
    const message =
      'A credential on the command line can be read by every process of this machine and stays in the history. ' +
      'Use HOLDGATE_TOKEN or --token-file, and have this one replaced.';
    return { ok: false, exit: 'usage', message };
  }
  let url: string;
  let token: string | undefined;
  try {
    url = findUrl(options, terminal);
  } catch (error) {
    const message = error instanceof ConfigFaults ? error.message : `${options.config}: ${fileTrouble(error)}`;
    return { ok: false, exit: 'noInput', message };
  }
  try {
    token = findToken(options, terminal);
  } catch (error) {
    return { ok: false, exit: 'noInput', message: `--token-file ${options.tokenFile}: ${fileTrouble(error)}` };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  // What stands before the @, or behind a ?, may be a secret.
  const said = parsed
    ? `${parsed.protocol}//${parsed.host}${parsed.pathname}`
    : url.replace(/^.*@/s, '…@').replace(/\?.*$/s, '?…');
  if (parsed && /^https?:$/.test(parsed.protocol) && (parsed.username !== '' || parsed.search !== '')) {
    const message = `The address of a console (${said}) has neither credentials nor a query; set HOLDGATE_TOKEN or give --token-file.`;
    return { ok: false, exit: 'usage', message };
  }
  if (!parsed || !/^https?:$/.test(parsed.protocol))
    return { ok: false, exit: 'usage', message: `"${visibleText(said)}" is not the http(s) address of a console.` };
  if (token === undefined) {
    const message =
      'No credential: set HOLDGATE_TOKEN or give --token-file. Credentials of people begin with "hg_", or are a token of your identity provider.';
    return { ok: false, exit: 'noPermission', message };
  }
  if (!TOKEN.test(token)) {
    const where = options.tokenFile === undefined ? 'HOLDGATE_TOKEN' : `--token-file ${options.tokenFile}`;
    const message = `${where} holds no credential: expected one line of letters, digits and signs, and nothing else.`;
    return { ok: false, exit: 'noPermission', message };
  }
  if (parsed.protocol === 'http:' && !LOOPBACK.test(parsed.hostname)) {
    terminal.err(`warning: your credential goes to ${parsed.host} unencrypted; use https`);
  }
  return { ok: true, connection: { url, token: new Secret(token) } };
}

/** Adds the options that say which console and as whom. */
export function connecting(command: Command): Command {
  return command
    .option('--url <url>', 'console to talk to (default: HOLDGATE_URL, else listen.console of ./holdgate.yaml)')
    .option('--config <file>', 'configuration to read the address from')
    .option('--token-file <file>', 'file with your credential (default: HOLDGATE_TOKEN)')
    .addOption(new Option('--token <credential>').hideHelp());
}
