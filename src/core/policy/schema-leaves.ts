// The single values of the policy language: each checks its own text and says what it expected. Refinements here run
// whatever else is wrong with the file, so that all faults come out at once.
import { z } from 'zod';
import { parseDuration } from '../duration.ts';
import { nearest } from '../nearest.ts';
import { compileGlob } from './globs.ts';
import { parseCidr } from './schema-cidr.ts';
import { compileWhen } from './when.ts';

/** A string that `check` accepts; `check` gives what is wrong, or undefined. */
export function text(check: (value: string) => string | undefined): z.ZodType<string, string> {
  return z.string().superRefine((value, context) => {
    const message = check(value);
    if (message !== undefined) context.addIssue({ code: 'custom', message });
  });
}

/** One value or a non-empty list of them ("any of these"); always a list once read. */
export function oneOrMany<T>(item: z.ZodType<T>): z.ZodType<T[]> {
  const list = z.array(item).min(1, 'a list here must not be empty');
  return z.union([item, list]).transform((value) => (Array.isArray(value) ? value : [value]));
}

/** An object with these keys only; an unknown key is answered with the nearest valid one, one line a key. */
export function closed<S extends z.ZodRawShape>(shape: S): z.ZodObject<S, z.core.$strict> {
  const valid = Object.keys(shape);
  return z.strictObject(shape, {
    error: (issue) => {
      if (issue.code !== 'unrecognized_keys') return undefined;
      return issue.keys.map((key) => unknownName('key', key, valid)).join('\n');
    },
  });
}

/** `unknown key "efect"; did you mean "effect"? (expected one of …)` */
export function unknownName(kind: string, name: string, valid: readonly string[]): string {
  const near = nearest(name, valid);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  return `unknown ${kind} "${name}"${hint} (expected one of ${valid.join(', ')})`;
}

/** One of a closed list of words. */
export function word<T extends string>(kind: string, words: readonly T[]): z.ZodType<T, T> {
  return z.enum(words as readonly [T, ...T[]], {
    error: (issue) => (typeof issue.input === 'string' ? unknownName(kind, issue.input, words) : undefined),
  });
}

/** A map with any keys that `check` accepts and at least one of them. */
export function mapOf<T>(
  value: z.ZodType<T>,
  check: (key: string) => string | undefined,
): z.ZodType<Record<string, T>> {
  return z.record(z.string(), value).superRefine((map, context) => {
    const keys = Object.keys(map);
    if (keys.length === 0) context.addIssue({ code: 'custom', message: 'a map here must not be empty' });
    for (const key of keys) {
      const message = check(key);
      if (message !== undefined) context.addIssue({ code: 'custom', message, path: [key], params: { key: true } });
    }
  });
}

export const nonEmpty = (value: string): string | undefined => (value.trim() === '' ? 'must not be empty' : undefined);

function glob(kind: 'path' | 'host' | 'text', pattern: string): string | undefined {
  const compiled = compileGlob(kind, pattern);
  return compiled.ok ? undefined : `bad glob "${pattern}": ${compiled.message}`;
}

export const textGlob: z.ZodType<string, string> = text((value) => nonEmpty(value) ?? glob('text', value));

export const hostGlob: z.ZodType<string, string> = text((value) => {
  if (/[/@\s]/.test(value)) return `"${value}" is not a host: no scheme, path, user or blanks here`;
  return nonEmpty(value) ?? glob('host', value);
});

export const pathGlob: z.ZodType<string, string> = text((value) => {
  if (!/^[/*]/.test(value)) return `a path starts with "/": "${value}" can never match; did you mean "/${value}"?`;
  return glob('path', value);
});

export const method: z.ZodType<string, string> = text((value) => {
  if (/^[!#$%&'*+.^_`|~0-9A-Z-]+$/.test(value))
    return value.includes('*') && value !== '*' ? badMethod(value) : undefined;
  return badMethod(value);
});

function badMethod(value: string): string {
  const upper = value.toUpperCase();
  const hint = upper !== value && /^[A-Z-]+$/.test(upper) ? `; did you mean "${upper}"?` : '';
  return `"${value}" is not a method; expected an upper-case name like GET${hint}`;
}

/** A glob for strings, exact for anything else. */
export const scalar: z.ZodType<string | number | boolean | null> = z.union([
  text((value) => glob('text', value)),
  z.number(),
  z.boolean(),
  z.null(),
]);

export const duration: z.ZodType<number, string> = text((value) => {
  const ms = parseDuration(value);
  if (ms === undefined) return `"${value}" is not a duration; expected a whole number with a unit: ms, s, m, h or d`;
  return ms === 0 ? 'a duration here has to be longer than zero' : undefined;
})
  .meta({ pattern: '^[0-9]{1,9}(ms|s|m|h|d)$', examples: ['55s', '15m'] })
  .transform((value) => parseDuration(value) ?? 0);

export const when: z.ZodType<string, string> = text((value) => {
  const compiled = compileWhen(value);
  return compiled.ok ? undefined : `bad CEL expression: ${compiled.message}`;
});

export const cidr: z.ZodType<string, string> = text((value) => {
  const parsed = parseCidr(value);
  return parsed.ok ? undefined : parsed.message;
}).transform((value) => {
  const parsed = parseCidr(value);
  return parsed.ok ? parsed.cidr.text : value;
});

export const zone: z.ZodType<string, string> = text((value) => {
  // Offsets are refused: they do not follow summer time, which is what people forget.
  const known = /^[A-Za-z]/.test(value) && isZone(value);
  if (known) return undefined;
  const near = nearest(value, Intl.supportedValuesOf('timeZone'));
  return `unknown time zone "${value}"${near ? `; did you mean "${near}"?` : ''} (expected an IANA name like Europe/Berlin)`;
});

function isZone(name: string): boolean {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}

export const approver: z.ZodType<string, string> = text((value) => {
  if (/^(group|oncall):[^\s:]+$/.test(value) || /^[^\s@:]+@[^\s@:]+$/.test(value)) return undefined;
  return `"${value}" is not an approver; expected group:<name>, oncall:<name> or an e-mail address`;
});

/** Where an approval is shown. Which names exist is up to holdgate.yaml. */
export const destination: z.ZodType<string, string> = text((value) =>
  /^(slack|teams|webhook):[^\s]+$/.test(value)
    ? undefined
    : `"${value}" is no place to show an approval; expected slack:<channel>, teams:<channel> or webhook:<name>`,
);

/** RFC 6901 §3. */
export function pointerFault(key: string): string | undefined {
  if (/^(\/([^~/]|~[01])*)*$/.test(key)) return undefined;
  const hint = key.startsWith('/') ? '"~" is written ~0 and "/" inside a name ~1' : `did you mean "/${key}"?`;
  return `"${key}" is not a JSON pointer (RFC 6901); ${hint}`;
}
