// `usage.bytes_out("customer-data", "24h")` in conditions: what went out to the agent that asks, of a dataset, within a window. INVARIANT:
// names and windows are literals, checked when the policy is read; where usage is not known, the condition is an error.
import type { ASTNode } from '@marcbachmann/cel-js';
import { parseWindow, WINDOW_WORDS } from '../usage/usage-window.ts';

/** What went out to an agent, everywhere, within so many ms; undefined where that is not known (for now). */
export type UsageOf = (
  agent: string,
  dataset: string,
  window: number,
) => { readonly bytes: number; readonly rows: number } | undefined;

/** What an expression asks for. */
export interface UsageQuestion {
  readonly dataset: string;
  /** As written. */
  readonly window: string;
}

/** `usage` of one decision. */
export class UsageFact {
  readonly #agent: string;
  readonly #usageOf: UsageOf | undefined;

  constructor(agent: string, usageOf: UsageOf | undefined) {
    this.#agent = agent;
    this.#usageOf = usageOf;
  }

  /** Throws where it is not known: then the condition is an error. */
  ask(what: 'bytes' | 'rows', dataset: string, window: string): bigint {
    const found = this.#usageOf?.(this.#agent, dataset, windowOf(window));
    if (!found) throw new Error('usage is not known');
    return BigInt(Math.round(found[what]));
  }
}

const windows = new Map<string, number>();
const MAX_WINDOWS = 1000;

function windowOf(text: string): number {
  let window = windows.get(text);
  if (window === undefined) {
    window = parseWindow(text);
    if (window === undefined) throw new Error(`unchecked window "${text}"`);
    if (windows.size >= MAX_WINDOWS) windows.clear();
    windows.set(text, window);
  }
  return window;
}

const METHODS: readonly string[] = ['bytes_out', 'rows_out'];

/** What is asked, or in words what is wrong with how. */
export function usageQuestion(method: string, args: readonly ASTNode[]): UsageQuestion | string {
  if (!METHODS.includes(method)) return `usage has no "${method}" (expected one of ${METHODS.join(', ')})`;
  const [dataset, window] = args.map((arg) =>
    arg.op === 'value' && typeof arg.args === 'string' ? arg.args : undefined,
  );
  if (args.length !== 2 || dataset === undefined || window === undefined) {
    return `usage.${method}() takes a dataset and a window, both written as string literals: usage.${method}("customer-data", "24h")`;
  }
  return parseWindow(window) === undefined
    ? `"${window}" is not a window; expected ${WINDOW_WORDS}`
    : { dataset, window };
}
