// A terminal that keeps what was written.
import type { Terminal } from '../../../src/cli/approvals/terminal.ts';
import type { ExitName } from '../../../src/cli/exit-codes.ts';

export interface FakeTerminal extends Terminal {
  readonly output: () => string;
  readonly errors: () => string;
  readonly exited: () => ExitName | undefined;
  readonly pauses: number[];
  readonly questions: string[];
  interrupt(): void;
  /** Resolves once the output holds `text`. */
  until(text: string): Promise<void>;
}

export function fakeTerminal(env: Record<string, string> = {}, answer?: string): FakeTerminal {
  let output = '';
  const errors: string[] = [];
  let exited: ExitName | undefined;
  const controller = new AbortController();
  const pauses: number[] = [];
  const questions: string[] = [];
  const waiting: { text: string; done: () => void }[] = [];
  return {
    out(text) {
      output += text;
      for (const { text: wanted, done } of waiting) if (output.includes(wanted)) done();
    },
    err: (line) => errors.push(line),
    columns: 100,
    colour: false,
    env,
    ask:
      answer === undefined
        ? undefined
        : (question) => {
            questions.push(question);
            return Promise.resolve(answer);
          },
    exit(name) {
      exited = name;
    },
    interrupted: () => controller.signal,
    pause(ms) {
      pauses.push(ms);
      return Promise.resolve();
    },
    output: () => output,
    errors: () => errors.join('\n'),
    exited: () => exited,
    pauses,
    questions,
    interrupt: () => controller.abort(),
    until: (text) => (output.includes(text) ? Promise.resolve() : new Promise((done) => waiting.push({ text, done }))),
  };
}
