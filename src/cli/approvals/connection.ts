// Which console, and as whom: from options, else the environment, else ./holdgate.yaml.
import { type Command, Option } from 'commander';
import { readFileSync, statSync } from 'node:fs';
import { parseLocatedYaml } from '../../core/located-yaml.ts';
import { Secret } from '../../core/secret.ts';
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

/** Where the console of this configuration listens; undefined if the file does not say. The rest of the file is not judged:
 *  an approver does not have the gate's environment. Throws if the file cannot be read. */
function consoleOf(file: string): string | undefined {
  const parsed = parseLocatedYaml(readFileSync(file, 'utf8'), file);
  if (!parsed.ok) throw new Error(parsed.faults.map(({ at, message }) => `${at}: ${message}`).join('; '));
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
    token = findToken(options, terminal);
  } catch (error) {
    return { ok: false, exit: 'noInput', message: error instanceof Error ? error.message : String(error) };
  }
  const parsed = URL.canParse(url) ? new URL(url) : undefined;
  if (!parsed || !/^https?:$/.test(parsed.protocol) || parsed.username !== '' || parsed.search !== '') {
    return { ok: false, exit: 'usage', message: `"${url}" is not the http(s) address of a console.` };
  }
  if (token === undefined) {
    const message =
      'No credential: set HOLDGATE_TOKEN or give --token-file. Credentials of people begin with "hg_", or are a token of your identity provider.';
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
