// Conditions that hold for every row: `WHERE true`, `1 = 1`, `a = a`, `true OR …`, or none at all.
import { fields, kindOf, list } from './node.ts';

/** True if the condition cannot leave any row out, as far as can be seen without knowing the data. */
export function holdsForAll(condition: unknown): boolean {
  if (condition === undefined) return true;
  const [kind, node] = kindOf(condition);
  if (kind === 'BoolExpr') {
    const parts = list(node['args']);
    return node['boolop'] === 'OR_EXPR' ? parts.some(holdsForAll) : parts.every(holdsForAll);
  }
  if (kind === 'A_Expr' && 'lexpr' in node && same(node['lexpr'], node['rexpr'])) return true;
  return !readsRows(condition);
}

/** True if a column occurs outside of strings and numbers; a condition without one is the same for every row. */
function readsRows(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(readsRows);
  return Object.entries(fields(value)).some(
    ([key, inner]) => key === 'ColumnRef' || key === 'CurrentOfExpr' || readsRows(inner),
  );
}

function same(a: unknown, b: unknown): boolean {
  return plain(a) === plain(b);
}

function plain(value: unknown): string {
  return JSON.stringify(value, (key, inner: unknown) => (key === 'location' ? undefined : inner));
}
