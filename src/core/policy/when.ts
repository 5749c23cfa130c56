// `when`: one CEL expression, checked in full when the policy is read, evaluated with bounded cost.
// INVARIANT: an evaluation never throws and never runs away: nesting, text for matches() and the size of data are limited.
import { type ASTNode, ParseError, TypeError as CelTypeError } from '@marcbachmann/cel-js';
import { nearest } from '../nearest.ts';
import { FACTS, type Fact, LINEAR_MATCHES, whenEnvironment } from './when-environment.ts';
import { patternFault, resetMatchBudget } from './when-matches.ts';
import { type UsageQuestion, usageQuestion } from './when-usage.ts';

export interface When {
  readonly source: string;
  /** The facts it reads. */
  readonly uses: ReadonlySet<Fact>;
  /** What it asks of the agent's usage. */
  readonly usage: readonly UsageQuestion[];
  /** Loops inside loops: 0 for none. More loops, less data: see {@link weightLimit}. */
  readonly loops: number;
  /** `error` where the expression fails (a missing key, a wrong type, over budget) or gives no boolean. */
  readonly evaluate: (facts: Readonly<Partial<Record<Fact, unknown>>>) => boolean | 'error';
}

export type WhenResult =
  | { readonly ok: true; readonly when: When }
  /** `offset` in UTF-16 units into the source, where it is known. */
  | { readonly ok: false; readonly message: string; readonly offset?: number };

const MAX_SOURCE = 4096;
const MAX_LOOPS = 2;
const LOOPS: ReadonlySet<string> = new Set(['all', 'exists', 'exists_one', 'existsOne', 'map', 'filter']);
// Copies or rebuilds of agent-chosen data, which could grow without bound inside a loop.
const SUBSTITUTES: Readonly<Record<string, string>> = {
  json: 'use `body`',
  split: 'use contains(), startsWith() or matches()',
};

/** How many values (and 16 characters of text each) a loop may run over: a loop in a loop is quadratic in it. */
export function weightLimit(loops: number): number {
  return loops === 0 ? 1_000_000 : loops === 1 ? 5000 : 1000;
}

/** Parses and type-checks an expression. Unknown names are refused with the nearest known one. Never throws. */
export function compileWhen(source: string): WhenResult {
  if (source.length > MAX_SOURCE) return { ok: false, message: `longer than ${MAX_SOURCE} characters` };
  try {
    const parsed = whenEnvironment.parse(source);
    const survey: Survey = { uses: new Set(), usage: [], loops: 0, fault: undefined };
    look(parsed.ast, [], survey);
    if (survey.fault) return { ok: false, ...survey.fault };
    const checked = parsed.check();
    if (!checked.valid) return refusal(checked.error);
    if (checked.type !== 'bool' && checked.type !== 'dyn') {
      return { ok: false, message: `has to be true or false, but is of type ${checked.type}`, offset: 0 };
    }
    const evaluate: When['evaluate'] = (facts) => {
      resetMatchBudget();
      try {
        const result: unknown = parsed(facts);
        return typeof result === 'boolean' ? result : 'error';
      } catch {
        return 'error';
      }
    };
    return { ok: true, when: { source, uses: survey.uses, usage: survey.usage, loops: survey.loops, evaluate } };
  } catch (error) {
    return refusal(error);
  }
}

function refusal(error: unknown): WhenResult {
  if (!(error instanceof ParseError || error instanceof CelTypeError)) {
    return { ok: false, message: error instanceof Error ? error.message : 'not an expression' };
  }
  const at = error.range?.start;
  const unknown = /^Unknown variable: (.*)$/.exec(error.summary)?.[1];
  let message = error.summary;
  if (unknown !== undefined) {
    const near = nearest(unknown, FACTS);
    message = `unknown name "${unknown}"${near ? `; did you mean "${near}"?` : ''} (expected one of ${FACTS.join(', ')})`;
  }
  return at === undefined ? { ok: false, message } : { ok: false, message, offset: at };
}

interface Survey {
  readonly uses: Set<Fact>;
  readonly usage: UsageQuestion[];
  loops: number;
  fault: { readonly message: string; readonly offset: number } | undefined;
}

/** Collects the facts used, measures loops, and swaps `matches` for its linear twin before the engine links functions. */
function look(node: ASTNode, bound: readonly string[], survey: Survey): void {
  const fault = (message: string): void => {
    survey.fault ??= { message, offset: node.range.start };
  };
  if (node.op === 'id') {
    const fact = FACTS.find((name) => name === node.args);
    if (!fact || bound.includes(fact)) return;
    survey.uses.add(fact);
    if (fact === 'usage') fault('ask usage.bytes_out("customer-data", "24h") or usage.rows_out(…) of it');
    return;
  }
  if (node.op === 'value') return;
  if (node.op === 'rcall') {
    const call: [string, ASTNode, ASTNode[]] = node.args;
    const [name, receiver, args] = call;
    if (receiver.op === 'id' && receiver.args === 'usage' && !bound.includes('usage')) {
      const question = usageQuestion(name, args);
      survey.uses.add('usage');
      if (typeof question === 'string') fault(question);
      else survey.usage.push(question);
      return;
    }
    if (LOOPS.has(name) && args[0]?.op === 'id') {
      if (bound.length + 1 > MAX_LOOPS) fault(`loops nested deeper than ${MAX_LOOPS} are not allowed`);
      survey.loops = Math.max(survey.loops, bound.length + 1);
      look(receiver, bound, survey);
      for (const arg of args.slice(1)) look(arg, [...bound, args[0].args], survey);
      return;
    }
    if (name === 'bind') fault('cel.bind() is not available in policies');
    const substitute = SUBSTITUTES[name];
    if (substitute !== undefined) fault(`${name}() is not available in policies: ${substitute}`);
    if (name === LINEAR_MATCHES) fault(`unknown function "${name}"`);
    if (name === 'matches') {
      const pattern = args[0];
      if (args.length !== 1 || pattern?.op !== 'value' || typeof pattern.args !== 'string') {
        fault('matches() takes one pattern, written as a string literal');
      } else {
        const wrong = patternFault(pattern.args);
        if (wrong !== undefined) fault(wrong);
        call[0] = LINEAR_MATCHES;
      }
    }
  }
  for (const child of children(node.args)) look(child, bound, survey);
}

function children(args: unknown): ASTNode[] {
  if (Array.isArray(args)) return args.flatMap((item) => children(item));
  return typeof args === 'object' && args !== null && 'op' in args ? [args as ASTNode] : [];
}
