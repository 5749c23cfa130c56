// Strict query strings: unknown, repeated or badly encoded parameters are faults, never ignored.
import type { z } from 'zod';
import { nearest } from '../core/nearest.ts';
import { describeIssues, type Read } from './read.ts';

/** Reads `raw` (without `?`) by `schema`, a strict object of strings; `known` are its parameters. */
export function readQuery<T>(raw: string, schema: z.ZodType<T>, known: readonly string[]): Read<T> {
  const found: Record<string, string> = {};
  for (const pair of raw === '' ? [] : raw.split('&')) {
    const [name, value] = decodePair(pair);
    if (name === undefined || value === undefined) {
      return { ok: false, detail: 'The query is not valid percent-encoding (RFC 3986 §2.1).' };
    }
    if (!known.includes(name)) {
      const near = nearest(name, known);
      const hint = near === undefined ? `known: ${known.join(', ') || 'none'}` : `did you mean "${near}"?`;
      return { ok: false, detail: `Unknown query parameter "${name.slice(0, 64)}"; ${hint}` };
    }
    if (Object.hasOwn(found, name)) return { ok: false, detail: `Query parameter "${name}" occurs twice.` };
    found[name] = value;
  }
  const result = schema.safeParse(found);
  return result.success ? { ok: true, value: result.data } : { ok: false, detail: describeIssues(result.error) };
}

function decodePair(pair: string): [name?: string, value?: string] {
  const equals = pair.indexOf('=');
  try {
    const decode = (part: string): string => decodeURIComponent(part.replaceAll('+', ' '));
    return equals < 0 ? [decode(pair), ''] : [decode(pair.slice(0, equals)), decode(pair.slice(equals + 1))];
  } catch {
    return [];
  }
}
