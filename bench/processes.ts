// Child processes of a measurement: pinned to a core where that is possible, and all dead when the measurement ends.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { type AddressInfo, connect, createServer } from 'node:net';
import { availableParallelism } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';

/** Whether load and proxy have a core each. */
export const pinned: boolean = availableParallelism() >= 2 && has('taskset');

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(1));

/** Holds the other end of a pipe: when that closes, however we end, it kills every group that was named and not taken back. */
const WATCHDOG = `trap '' INT TERM HUP
groups=' '
while read -r op group; do
  case $op in
    +) groups="$groups$group " ;;
    -) groups="\${groups%% $group *} \${groups#* $group }" ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done 2>/dev/null`;

let watchdog: Writable | undefined;

function tellWatchdog(line: string): void {
  if (!watchdog) {
    const dog = spawn('sh', ['-c', WATCHDOG], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    dog.unref();
    // The pipe must not keep us alive.
    (dog.stdin as Writable & { unref?: () => void }).unref?.();
    watchdog = dog.stdin;
  }
  watchdog.write(`${line}\n`);
}

/** Each child leads a group, so that workers of nginx do not outlive their master. */
function signalGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, signal);
  } catch {
    // ESRCH: the group has ended between the check and the signal.
  }
}

/** Whether a program is installed. */
export function has(program: string): boolean {
  return spawnSync('sh', ['-c', `command -v ${program}`]).status === 0;
}

/** `load` is the core of upstream and load generator, `proxy` that of what is measured; `any` is not pinned. */
export type Core = 'load' | 'proxy' | 'any';

export interface StartOptions {
  readonly env?: NodeJS.ProcessEnv;
  /** Default: it goes to ours. */
  readonly stderr?: 'pipe' | 'inherit';
}

/** Starts `command` on its core, with as many open files as the machine allows. It dies with us, and what it started too. */
export function start(core: Core, command: readonly string[], options: StartOptions = {}): ChildProcess {
  const { env = process.env, stderr = 'inherit' } = options;
  const pin = pinned && core !== 'any' ? ['taskset', '-c', core === 'load' ? '0' : '1'] : [];
  const raise = ['sh', '-c', 'ulimit -n "$(ulimit -Hn)" 2>/dev/null; exec "$@"', 'sh'];
  const [program = '', ...args] = [...raise, ...pin, ...command];
  const child = spawn(program, args, { env, stdio: ['pipe', 'pipe', stderr], detached: true });
  const { pid } = child;
  if (pid === undefined) return child;
  tellWatchdog(`+ ${pid}`);
  child.once('exit', () => tellWatchdog(`- ${pid}`));
  return child;
}

export async function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  const patience = setTimeout(() => signalGroup(child, 'SIGKILL'), 5_000);
  await ended;
  clearTimeout(patience);
}

/** Runs `command` to its end and returns what it wrote. */
export async function output(core: Core, command: readonly string[]): Promise<string> {
  const child = start(core, command);
  const chunks: Buffer[] = [];
  child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
  const [code] = (await once(child, 'close')) as [number | null];
  const text = Buffer.concat(chunks).toString();
  if (code !== 0) throw new Error(`${command.join(' ')} ended with ${code}:\n${text}`);
  return text;
}

/** A port that was free a moment ago. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Waits until something listens, at most 15 s; throws early if `child` dies. */
export async function listening(port: number, child: ChildProcess): Promise<void> {
  for (let tries = 0; tries < 300; tries++) {
    if (child.exitCode !== null)
      throw new Error(`${child.spawnargs.at(-1) ?? 'a process'} ended with ${child.exitCode}`);
    const socket = connect(port, '127.0.0.1');
    const open = await new Promise<boolean>((resolve) => {
      socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
    });
    socket.destroy();
    if (open) return;
    await sleep(50);
  }
  throw new Error(`nothing listens on port ${port} after 15 s`);
}
