// How deep and how long a text may be before a parser gets it. INVARIANT: what stays inside the budget can neither overflow a
// parser's stack nor keep it busy for more than some 50 ms (docs/decisions); nothing here depends on what the parser makes of it.

export interface Limits {
  /** Words, numbers, strings, names and marks. */
  readonly tokens: number;
  /** Upper bound of how deep the syntax tree can be. */
  readonly depth: number;
}

export class Budget {
  readonly #limits: Limits;
  #tokens = 0;
  /** Tokens since the last comma or semicolon of this bracket: operators and postfixes each add a level. */
  #chain = 0;
  /** The same for the brackets around it. */
  #around = 0;
  /** What nests without brackets and beyond commas: set operations, `<`, blocks of scripts. */
  #sticky = 0;
  #deepest = 0;
  readonly #open: number[] = [];

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  get exceeded(): boolean {
    return this.#tokens > this.#limits.tokens || this.#deepest > this.#limits.depth;
  }

  token(): void {
    this.#tokens++;
    this.#chain++;
    const depth = this.#chain + this.#around + this.#sticky;
    if (depth > this.#deepest) this.#deepest = depth;
  }

  sticky(): void {
    this.#sticky++;
  }

  separator(): void {
    this.#tokens++;
    this.#chain = 0;
  }

  open(): void {
    this.token();
    this.#open.push(this.#chain);
    this.#around += this.#chain;
    this.#chain = 0;
  }

  close(): void {
    this.token();
    this.#chain = this.#open.pop() ?? this.#chain;
    this.#around = Math.max(0, this.#around - this.#chain);
  }
}

/** Steps that PostgreSQL's lexer may take over one text beyond one for each character. */
const MAX_RESCANS = 2_000_000;
const RUN = /[~!@#^&|`?+\-*/%<>=]{32,}/g;

/** True where runs of operator characters make PostgreSQL's lexer start over so often that it takes quadratic time: it matches
 *  a whole run for each comment start and for each trailing sign in it, and gives all but the first characters back. */
export function rescansTooOften(text: string): boolean {
  let steps = 0;
  for (const [run] of text.matchAll(RUN)) {
    const restarts = run.startsWith('--') ? /\/\*/g : /\/\*|[+-]/g;
    steps += run.length * (run.match(restarts)?.length ?? 0);
  }
  return steps > MAX_RESCANS;
}
