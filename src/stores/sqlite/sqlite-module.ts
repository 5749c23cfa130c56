// Loads node:sqlite. Node 24 announces it as experimental on standard error at every start, which an operator reads as a
// fault; exactly that one announcement is dropped, every other warning passes.
import type * as NodeSqlite from 'node:sqlite';

function load(): typeof NodeSqlite {
  const descriptor = Reflect.getOwnPropertyDescriptor(process, 'emitWarning');
  const emitWarning = process.emitWarning.bind(process) as (...args: unknown[]) => void;
  process.emitWarning = (warning: string | Error, ...rest: unknown[]): void => {
    const text = typeof warning === 'string' ? warning : warning.message;
    if (!text.startsWith('SQLite is an experimental feature')) emitWarning(warning, ...rest);
  };
  try {
    return process.getBuiltinModule('node:sqlite');
  } finally {
    if (descriptor) Object.defineProperty(process, 'emitWarning', descriptor);
  }
}

export const sqlite: typeof NodeSqlite = load();
