// Strict application/x-www-form-urlencoded (WHATWG URL §5.1), over bytes, without its forgiveness.
import { decodeStrict } from './percent.ts';
import { decodeUtf8, type TextFault } from './utf8.ts';

export interface FormField {
  readonly name: string;
  readonly value: string;
}

export type FormFault = TextFault | 'broken-escape' | 'control-character' | 'too-many-fields';

/** Looking a name up costs every field; forms that people and SDKs send have a few hundred at most. */
const MAX_FIELDS = 10_000;

export type FormResult =
  | { readonly ok: true; readonly text: string; readonly fields: readonly FormField[] }
  | { readonly ok: false; readonly why: FormFault };

// NUL and the like end a string for some parsers and not for others; text fields do contain tabs and line breaks.
const isControl = (code: number): boolean => code < 32 && code !== 9 && code !== 10 && code !== 13;

/** Reads every field in order, duplicates included. `text` is the body undecoded, for whoever needs other readings. */
export function parseForm(bytes: Uint8Array): FormResult {
  const decoded = decodeUtf8(bytes);
  if (!decoded.ok) return decoded;
  const fields: FormField[] = [];
  for (const pair of decoded.text.split('&')) {
    if (pair === '') continue;
    if (fields.length >= MAX_FIELDS) return { ok: false, why: 'too-many-fields' };
    const at = pair.indexOf('=');
    const name = decodeStrict(at < 0 ? pair : pair.slice(0, at), true);
    const value = decodeStrict(at < 0 ? '' : pair.slice(at + 1), true);
    if (name === undefined || value === undefined) return { ok: false, why: 'broken-escape' };
    for (const text of [name, value]) {
      for (let i = 0; i < text.length; i++) {
        if (isControl(text.charCodeAt(i))) return { ok: false, why: 'control-character' };
      }
    }
    fields.push({ name, value });
  }
  return { ok: true, text: decoded.text, fields };
}
