// The body of a REST call to GitHub, which reads JSON whatever its type says: `curl -d` sends it as a form. INVARIANT: what is not one
// strict JSON value is opaque, and whatever hangs on it counts as given.
import { contentType, isFormType, isInspectableCharset } from '../../core/body/content-type.ts';
import { type JsonValue, parseJson } from '../../core/body/json.ts';
import { decodeUtf8 } from '../../core/body/utf8.ts';
import type { Call } from '../../core/call.ts';
import { lookUp } from '../../core/policy/pairs.ts';

export type RestBody =
  | { readonly state: 'none' }
  | { readonly state: 'tree'; readonly tree: JsonValue }
  /** `sure` false: it was read and is not what it should be, or nobody could read it. */
  | { readonly state: 'opaque'; readonly sure: boolean };

export interface ReadBody {
  readonly body: RestBody;
  /** Values of `_method` in a form, which Rack takes for the method. */
  readonly formMethods: readonly string[];
  /** True for what may be a form, with such a value in it, and cannot be read. */
  readonly hidden: boolean;
}

const NO_METHODS: readonly string[] = [];

export function readRestBody(call: Call): ReadBody {
  const { body } = call;
  const is = (found: RestBody, formMethods = NO_METHODS, hidden = false): ReadBody => ({
    body: found,
    formMethods,
    hidden,
  });
  const type = contentType(call.headers);
  const isForm = type.state !== 'known' || isFormType(type.type) || type.type.startsWith('multipart/');
  if (body.state === 'none') return is({ state: 'none' });
  // What is not yet read will be; what could not be read stays in doubt.
  if (body.state === 'unread') return is({ state: 'opaque', sure: true });
  if (body.state === 'unreadable') return is({ state: 'opaque', sure: false }, NO_METHODS, isForm);
  if (body.decoded.length === 0) return is({ state: 'none' });
  const json = parseJson(body.decoded);
  const clear = type.state === 'missing' || (type.state === 'known' && isInspectableCharset(type.charset));
  if (json.ok) return is(clear ? { state: 'tree', tree: json.value } : { state: 'opaque', sure: false });
  const text = isForm ? decodeUtf8(body.decoded) : undefined;
  const methods = text?.ok && /method/i.test(text.text) ? methodsIn(text.text) : NO_METHODS;
  return is({ state: 'opaque', sure: false }, methods);
}

function methodsIn(text: string): readonly string[] {
  const fields = lookUp(text.slice(0, 64 * 1024), '_method').possible;
  const parts = [...text.matchAll(/name="?_method"?[^\r\n]*\r?\n\r?\n([A-Za-z]{1,16})/g)].map((each) => each[1] ?? '');
  return [...fields, ...parts];
}
