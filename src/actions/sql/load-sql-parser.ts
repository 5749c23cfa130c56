// The PostgreSQL parser of this process. It takes a moment to compile, and recognisers cannot wait: it is loaded once at start.
// INVARIANT: without it every PostgreSQL statement is unknown.
import { createPgWasm, type PgAnswer, type PgWasm } from './postgres/pg-wasm.ts';

let parser: PgWasm | undefined;
let loading: Promise<void> | undefined;

/** Loads the parser (some 20 ms, once). Rejects where it cannot be loaded: SQL is unknown then, which policy holds by default. */
export async function loadSqlParser(): Promise<void> {
  loading ??= load();
  await loading;
}

async function load(): Promise<void> {
  try {
    parser = await createPgWasm();
  } catch (error) {
    loading = undefined;
    const why = error instanceof Error ? error.message : String(error);
    throw new Error(`the PostgreSQL parser (npm package libpg-query) cannot be loaded: ${why}`, { cause: error });
  }
}

/** Parses with the loaded parser; undefined where there is none. One that trapped is replaced, and until then there is none. */
export function withPgParser(parse: (wasm: PgWasm) => PgAnswer): PgAnswer | undefined {
  if (parser === undefined) return undefined;
  const answer = parse(parser);
  if (answer.state === 'trap') {
    parser = undefined;
    loading = undefined;
    // Nothing to tell anybody: the statement is unknown, and so is every other until this succeeds.
    loadSqlParser().catch(() => undefined);
  }
  return answer;
}
