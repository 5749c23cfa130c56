// libpg-query: PostgreSQL's own parser as WebAssembly, called directly so that an instance that trapped can be replaced.
// INVARIANT: after a trap (stack overflow, abort) the instance is never called again: its memory may be anything.
import { createRequire } from 'node:module';

/** What emscripten makes of the C functions that are used here. Addresses are numbers. */
interface Instance {
  readonly lengthBytesUTF8: (text: string) => number;
  readonly stringToUTF8: (text: string, address: number, size: number) => void;
  readonly UTF8ToString: (address: number) => string;
  readonly getValue: (address: number, type: 'i32') => number;
  readonly _malloc: (size: number) => number;
  readonly _free: (address: number) => void;
  readonly _wasm_parse_query_raw: (text: number) => number;
  readonly _wasm_free_parse_result: (result: number) => void;
  readonly _wasm_parse_plpgsql: (text: number) => number;
  readonly _wasm_free_string: (text: number) => void;
}

type Factory = (options?: Readonly<Record<string, unknown>>) => Promise<Instance>;

/** `trap`: the parser is broken. `refused`: not PostgreSQL. `json` is the tree as JSON text. */
export type PgAnswer =
  | { readonly state: 'parsed'; readonly json: string }
  | { readonly state: 'refused' }
  | { readonly state: 'trap' };

export interface PgWasm {
  /** Parses statements; `text` is well-formed Unicode without NUL. */
  readonly parse: (text: string) => PgAnswer;
  /** Parses the body of a `DO` statement in PL/pgSQL, given the whole statement. */
  readonly parseDo: (statement: string) => PgAnswer;
}

/** Makes an instance (some 15 ms). Rejects where the module is missing or cannot be compiled. */
export async function createPgWasm(): Promise<PgWasm> {
  const require = createRequire(import.meta.url);
  const factory = require('libpg-query/wasm/libpg-query.js') as Factory;
  const silent = (): void => {
    // The parser tells of its end on standard error; its trap says the same.
  };
  const instance = await factory({ print: silent, printErr: silent });
  return {
    parse: (text) => guarded(instance, text, parseQuery),
    parseDo: (statement) => guarded(instance, statement, parsePlPgSql),
  };
}

function guarded(instance: Instance, text: string, parse: (instance: Instance, address: number) => PgAnswer): PgAnswer {
  try {
    const size = instance.lengthBytesUTF8(text) + 1;
    const address = instance._malloc(size);
    if (address === 0) return { state: 'trap' };
    instance.stringToUTF8(text, address, size);
    const answer = parse(instance, address);
    instance._free(address);
    return answer;
  } catch {
    return { state: 'trap' };
  }
}

/** The result is a struct of three pointers: tree, standard error, error. */
function parseQuery(instance: Instance, address: number): PgAnswer {
  const result = instance._wasm_parse_query_raw(address);
  if (result === 0) return { state: 'trap' };
  const failed = instance.getValue(result + 8, 'i32') !== 0;
  const tree = failed ? 0 : instance.getValue(result, 'i32');
  const json = tree === 0 ? undefined : instance.UTF8ToString(tree);
  instance._wasm_free_parse_result(result);
  return json === undefined ? { state: 'refused' } : { state: 'parsed', json };
}

function parsePlPgSql(instance: Instance, address: number): PgAnswer {
  const result = instance._wasm_parse_plpgsql(address);
  if (result === 0) return { state: 'trap' };
  const text = instance.UTF8ToString(result);
  instance._wasm_free_string(result);
  return text.startsWith('{') ? { state: 'parsed', json: text } : { state: 'refused' };
}
