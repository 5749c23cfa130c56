// Servers that tests start must not outlive them, not even a worker that is killed with SIGKILL. A shell holds the other end of a pipe:
// when that closes, for whatever reason, it kills every process that was named to it and not taken back.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const SCRIPT = `trap '' INT TERM HUP
pids=' '
while read -r op pid; do
  case $op in
    +) pids="$pids$pid " ;;
    -) pids="\${pids%% $pid *} \${pids#* $pid }" ;;
  esac
done
for pid in $pids; do kill -9 "$pid"; done 2>/dev/null`;

let dog: ChildProcess | undefined;

function tell(line: string): void {
  if (!dog) {
    dog = spawn('/bin/sh', ['-c', SCRIPT], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });
    dog.unref();
    dog.stdin?.on('error', () => undefined);
    // The pipe must not keep the worker alive: it is the worker's end that the shell waits for.
    (dog.stdin as unknown as { unref?: () => void }).unref?.();
  }
  dog.stdin?.write(`${line}\n`);
}

/** From now on `child` dies with this process, however that ends. */
export function diesWithUs(child: ChildProcess): void {
  const { pid } = child;
  if (pid === undefined) return;
  tell(`+ ${pid}`);
  void once(child, 'exit').then(() => tell(`- ${pid}`));
}
