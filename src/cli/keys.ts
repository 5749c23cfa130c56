// `holdgate keys`: the signing and data keys that replicas share: made once, rotated so that every replica knows a key before any
// uses it. Nothing here ever prints a private part.
import { join, resolve } from 'node:path';
import { type Command, InvalidArgumentError } from 'commander';
import { parseDuration } from '../core/duration.ts';
import { visibleText } from '../core/visible-text.ts';
import type { Clock } from '../ports/clock.ts';
import { DATA_FILE } from '../signers/data-keys.ts';
import { initKeys } from '../signers/init-keys.ts';
import { readKeyFolder } from '../signers/key-folder.ts';
import { retireSigningKey, rotateKeys } from '../signers/rotate-keys.ts';
import { PUBLIC_FILE, SIGNING_FILE } from '../signers/signing-keys.ts';
import { systemClock } from '../system-clock.ts';
import { stop } from './approvals/command.ts';
import { processTerminal, type Terminal } from './approvals/terminal.ts';
import type { ExitName } from './exit-codes.ts';
import { keyList, keyListText, keyTime } from './keys/key-list.ts';
import { keysFolder } from './keys/place.ts';

interface FolderOptions {
  readonly config?: string;
}

interface RotateOptions extends FolderOptions {
  readonly signing?: boolean;
  readonly data?: boolean;
  readonly activateIn: number;
}

type Now = Pick<Clock, 'now'>;

const DAY = 86_400_000;
const MOST_DAYS = 30;

const quoted = (word: string): string => (/^[\w./@%+=:,-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`);

const secretFiles = (folder: string): string =>
  [SIGNING_FILE, DATA_FILE].map((file) => quoted(`--from-file=${join(folder, file)}`)).join(' ');

/** Runs `work`; what it throws is said and ends the command with `exit`. */
async function attempt<Result>(
  terminal: Terminal,
  exit: ExitName,
  work: () => Promise<Result> | Result,
): Promise<Result | undefined> {
  try {
    return await work();
  } catch (error) {
    stop(terminal, exit, visibleText((error as Error).message));
    return undefined;
  }
}

async function init(terminal: Terminal, clock: Now, dir: string): Promise<void> {
  const folder = resolve(dir);
  const outcome = await attempt(terminal, 'cannotWrite', () => initKeys(folder, clock.now()));
  if (!outcome) return;
  if (!outcome.ok) {
    const { present, missing } = outcome;
    const rest =
      missing.length === 0
        ? 'it is never overwritten; "holdgate keys rotate" adds keys'
        : `${missing.join(' and ')} is missing: restore it, or if only an interrupted init left the rest, remove that and run it again`;
    return stop(terminal, 'cannotWrite', `nothing written: ${folder} holds ${present.join(', ')} already; ${rest}`);
  }
  terminal.out(`Wrote ${[SIGNING_FILE, DATA_FILE, PUBLIC_FILE].map((file) => join(folder, file)).join(', ')}.

  signing key  ${outcome.signing}
  data key     ${outcome.data}

${SIGNING_FILE} and ${DATA_FILE} are secret: whoever has them can forge votes and receipts and read held calls. Keep a copy
apart: without it what replicas have stored is lost with them. ${PUBLIC_FILE} is for auditors.

Next: mount the folder read-only into every replica and name it in holdgate.yaml:
  keys: {dir: /etc/holdgate/keys}
On Kubernetes, as a secret volume with "defaultMode: 0440" and the pod's securityContext.fsGroup:
  kubectl create secret generic holdgate-keys ${secretFiles(folder)}
`);
}

async function list(
  terminal: Terminal,
  clock: Now,
  dir: string | undefined,
  options: FolderOptions & { readonly json?: boolean },
): Promise<void> {
  await attempt(terminal, 'noInput', async () => {
    const folder = keysFolder(dir, options.config);
    const keys = keyList(await readKeyFolder(folder), clock.now());
    terminal.out(options.json ? `${JSON.stringify({ folder, ...keys })}\n` : keyListText(folder, keys));
  });
}

async function rotate(
  terminal: Terminal,
  clock: Now,
  dir: string | undefined,
  { signing, data, activateIn: delay, config }: RotateOptions,
): Promise<void> {
  const folder = await attempt(terminal, 'noInput', async () => {
    const found = keysFolder(dir, config);
    await readKeyFolder(found);
    return found;
  });
  if (folder === undefined) return;
  const both = !signing && !data;
  const rotation = { signing: both || signing === true, data: both || data === true, now: clock.now(), delay };
  const outcome = await attempt(terminal, 'cannotWrite', () => rotateKeys(folder, rotation));
  if (!outcome) return;
  if (!outcome.ok) {
    return stop(
      terminal,
      'negative',
      `the ids of data keys in ${folder} are used up (1 to 255, none twice), and nothing was changed: the newest one stays in ` +
        'use until another store is begun with new keys; --signing rotates the signing key alone',
    );
  }
  const { activeFrom } = outcome;
  terminal.out(
    `Added to ${folder}:\n\n` +
      (outcome.signing === undefined ? '' : `  signing key  ${outcome.signing}\n`) +
      (outcome.data === undefined ? '' : `  data key     ${outcome.data}\n`) +
      `\nOlder keys stay and go on verifying and opening. ${
        activeFrom === undefined
          ? 'A replica uses the new ones as soon as it has the files; those\nwithout them take for invalid what it signs: bring them everywhere now, then send SIGHUP or restart.'
          : `They are used from ${keyTime(activeFrom)}: every replica must have the\nfiles by then (running ones look every 30 seconds and at SIGHUP).`
      }
Where the folder is a secret's source:
  kubectl create secret generic holdgate-keys ${secretFiles(folder)} --dry-run=client -o yaml | kubectl apply -f -
`,
  );
}

async function retire(terminal: Terminal, clock: Now, dir: string, kid: string): Promise<void> {
  const folder = resolve(dir);
  const keys = await attempt(terminal, 'noInput', () => readKeyFolder(folder));
  if (!keys) return;
  const outcome = await attempt(terminal, 'cannotWrite', () => retireSigningKey(folder, kid, clock.now()));
  switch (outcome) {
    case undefined:
      return;
    case 'retired':
      return terminal.out(
        `Removed the private part of signing key ${kid} from ${folder}; what it signed goes on verifying.\n`,
      );
    case 'unknown':
      return stop(
        terminal,
        'noInput',
        `there is no signing key ${visibleText(kid)} in ${folder}; data keys cannot be retired, stored approvals need them`,
      );
    default:
      return stop(
        terminal,
        'negative',
        `signing key ${kid} is ${outcome === 'active' ? 'in use' : 'about to be used'}: rotate first, and retire it once a newer key is active`,
      );
  }
}

/** `0`, or a duration up to 30 days, as ms. */
function activation(text: string): number {
  const ms = text === '0' ? 0 : parseDuration(text);
  if (ms !== undefined && ms <= MOST_DAYS * DAY) return ms;
  throw new InvalidArgumentError(`expected a duration like 10m, at most ${MOST_DAYS}d, or 0 for at once`);
}

/** Adds `keys` with its subcommands; `terminal` and `clock` are for tests. */
export function registerKeys(program: Command, terminal: Terminal = processTerminal(), clock: Now = systemClock): void {
  const keys = program.command('keys').description('the signing and data keys that replicas share');
  const CONFIG = 'configuration to find the folder with: keys.dir, else <data_dir>/keys';
  keys
    .command('init')
    .description('make a folder of keys for all replicas of a shared store; never overwrites one')
    .argument('<dir>', 'folder, made with mode 0700 if it is not there')
    .action((dir: string) => init(terminal, clock, dir));
  keys
    .command('list')
    .description('say which keys there are and which are used; private parts are never printed')
    .argument('[dir]', 'folder of the keys (default: that of the configuration)')
    .option('--config <file>', CONFIG)
    .option('--json', 'print JSON')
    .action((dir: string | undefined, options: FolderOptions) => list(terminal, clock, dir, options));
  keys
    .command('rotate')
    .description('add new keys; every replica has to have them before they are used')
    .argument('[dir]', 'folder of the keys (default: that of the configuration)')
    .option('--config <file>', CONFIG)
    .option('--signing', 'only the signing key (default: both)')
    .option('--data', 'only the data key (default: both)')
    .option('--activate-in <duration>', 'time until the new keys are used; 0 for emergencies', activation, 10 * 60_000)
    .action((dir: string | undefined, options: RotateOptions) => rotate(terminal, clock, dir, options));
  keys
    .command('retire')
    .description('remove the private part of an old signing key; its public part stays')
    .argument('<dir>', 'folder of the keys')
    .argument('<kid>', 'id of the signing key')
    .action((dir: string, kid: string) => retire(terminal, clock, dir, kid));
}
