// What a command sees of the world, so that tests can be the world.
import { createInterface } from 'node:readline/promises';
import { type ExitName, exitCode } from '../exit-codes.ts';

export interface Terminal {
  /** Standard output, as is. */
  out(text: string): void;
  /** Standard error, one line. */
  err(line: string): void;
  /** Characters a line may have. */
  readonly columns: number;
  /** True if standard output is a terminal and NO_COLOR (no-color.org) is not set. */
  readonly colour: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Asks a human; undefined if none sits there. */
  readonly ask: ((question: string) => Promise<string>) | undefined;
  /** Sets how the process will end. */
  exit(name: ExitName): void;
  /** Aborted on Ctrl-C. */
  interrupted(): AbortSignal;
  /** Resolves after `ms`, or at once when `signal` is aborted. */
  pause(ms: number, signal: AbortSignal): Promise<void>;
}

async function askHuman(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stderr });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** The terminal that this process runs in. */
export function processTerminal(): Terminal {
  const { stdout, stdin, env } = process;
  return {
    out: (text) => void stdout.write(text),
    err: (line) => void process.stderr.write(`${line}\n`),
    columns: Math.min(Math.max(stdout.columns ?? 100, 40), 140),
    colour: stdout.isTTY && (env['NO_COLOR'] ?? '') === '',
    env,
    ask: stdin.isTTY && stdout.isTTY ? askHuman : undefined,
    exit(name) {
      process.exitCode = exitCode(name);
    },
    interrupted() {
      const controller = new AbortController();
      process.once('SIGINT', () => controller.abort());
      return controller.signal;
    },
    pause: (ms, signal) =>
      new Promise((resolve) => {
        const timer = setTimeout(resolve, ms);
        signal.addEventListener('abort', () => (clearTimeout(timer), resolve()), { once: true });
      }),
  };
}
