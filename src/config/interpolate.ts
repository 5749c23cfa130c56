// `${env:NAME}` and `${file:PATH}` in a credential. INVARIANT: the result only exists as a Secret, and no message repeats
// any part of it.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { Secret } from '../core/secret.ts';

export type Interpolation =
  | { readonly ok: true; readonly secret: Secret; readonly literal: boolean }
  | { readonly ok: false; readonly messages: readonly string[] };

const REFERENCE = /\$\{([^}]*)\}/g;
/** RFC 9110 §5.5 without obs-text. */
const FIELD_VALUE = /^[\t\x20-\x7e]*$/;
const MAX_FILE_BYTES = 64 * 1024;

/** `literal` is true where the text has no reference: then the secret stands in the file itself. `folder` is for relative paths. */
export function interpolate(
  text: string,
  folder: string,
  env: Readonly<Record<string, string | undefined>>,
): Interpolation {
  const messages: string[] = [];
  let references = 0;
  const value = text.replaceAll(REFERENCE, (whole, reference: string) => {
    references++;
    const [, kind, name = ''] = /^(env|file):(.+)$/s.exec(reference) ?? [];
    const read = kind === 'env' ? fromEnv(name, env) : kind === 'file' ? fromFile(name, folder) : undefined;
    if (read?.value !== undefined) return read.value;
    messages.push(read?.message ?? `unknown reference ${whole}; expected \${env:NAME} or \${file:PATH}`);
    return '';
  });
  if (messages.length > 0) return { ok: false, messages };
  if (text.replaceAll(REFERENCE, '').includes('${')) return { ok: false, messages: ['a "${" is not closed by "}"'] };
  if (!FIELD_VALUE.test(value) || value.trim() === '') {
    return {
      ok: false,
      messages: ['the value is empty or has line breaks, control or non-ASCII characters: no header can carry it'],
    };
  }
  return { ok: true, secret: new Secret(value), literal: references === 0 };
}

interface Read {
  readonly value?: string;
  readonly message?: string;
}

function fromEnv(name: string, env: Readonly<Record<string, string | undefined>>): Read {
  const value = env[name];
  if (value === undefined) return { message: `the environment variable ${name} is not set` };
  return value === '' ? { message: `the environment variable ${name} is empty` } : { value };
}

function fromFile(name: string, folder: string): Read {
  const path = resolve(folder, name);
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_FILE_BYTES) return { message: `the file ${name} is over ${MAX_FILE_BYTES} bytes` };
    const value = text.replace(/\r?\n$/, '');
    return value === '' ? { message: `the file ${name} is empty` } : { value };
  } catch (error) {
    return { message: `the file ${name} cannot be read (${errorCode(error)})` };
  }
}

function errorCode(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
}
