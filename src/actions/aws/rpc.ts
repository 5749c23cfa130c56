// Calls that name their operation: X-Amz-Target (JSON), /service/S/operation/O (CBOR), Action in the query or in a form. INVARIANT: each
// place is looked at, whatever the others say; what stands twice, or is spelled so that only some parsers see it, is never `clean`.
import { contentType, isFormType, isInspectableCharset } from '../../core/body/content-type.ts';
import { type FormField, parseForm } from '../../core/body/form.ts';
import type { JsonValue } from '../../core/body/json.ts';
import type { Call } from '../../core/call.ts';
import { ABSENT, lookUp } from '../../core/policy/pairs.ts';
import { type BodyTree, cborBody, jsonBody } from './body/body-tree.ts';
import { formTree } from './body/form-tree.ts';
import type { Head } from './head.ts';
import type { Parameters } from './reading.ts';

export interface RpcName {
  readonly name: string;
  /** What names the service beside it, with the protocols that do. */
  readonly target: string | undefined;
  readonly version: string | undefined;
  readonly parameters: () => Parameters;
}

export interface RpcReading {
  readonly names: readonly RpcName[];
  /** True where the path names one. */
  readonly byPath: boolean;
  /** True for one name in one place, spelled so that every parser agrees. */
  readonly clean: boolean;
  /** True where another operation may be named than those that were found. */
  readonly hidden: boolean;
}

const NAME = /^[A-Za-z][A-Za-z0-9_]{0,127}$/;
/** More than this are no mistake of a client. */
const MAX_NAMES = 20;
const CBOR_PATH = /\/service\/([^/]+)\/operation\/([^/]+)\/?$/;
const lenient = new TextDecoder('latin1');

/** `forms`: whether what looks like a form may be one. */
export function readRpc(call: Call, head: Head, forms: boolean): RpcReading {
  const names: RpcName[] = [];
  let clean = true;
  for (const value of head.targets) {
    const at = Math.max(value.lastIndexOf('.'), value.lastIndexOf('#'));
    names.push({
      name: value.slice(at + 1).trim(),
      target: at < 0 ? undefined : value.slice(0, at).trim(),
      version: undefined,
      parameters: () => fromBody(jsonBody(call)),
    });
  }
  const path = call.path.includes('/service/') || head.cbor ? CBOR_PATH.exec(call.path) : null;
  if (path) {
    names.push({
      name: path[2] ?? '',
      target: path[1],
      version: undefined,
      parameters: () => fromBody(cborBody(call)),
    });
    if (!head.cbor) clean = false;
  }
  const form: Form = forms ? readForm(call) : { state: 'other' };
  const inQuery = call.query === undefined ? ABSENT : lookUp(call.query, 'Action');
  if (inQuery.possible.length > 0) {
    const certain = distinct(inQuery.certain);
    if (certain.length !== 1 || path || head.targets.length > 0) clean = false;
    const fields = parseForm(new TextEncoder().encode(call.query ?? ''));
    const version = versionIn(fields.ok ? fields.fields : undefined);
    const all = fields.ok && form.state === 'fields' ? [...fields.fields, ...form.fields] : undefined;
    const parameters = (): Parameters => fromFields(fields.ok && form.state === 'none' ? fields.fields : all);
    for (const name of certain.length === 1 ? certain : inQuery.possible)
      names.push({ name, target: undefined, version, parameters });
    // A body that is not a form is not what this protocol has.
    if (form.state === 'other' || form.state === 'broken') clean = false;
  }
  if (form.state === 'fields' || form.state === 'broken') {
    for (const name of form.names) {
      const fields = form.state === 'fields' ? form.fields : undefined;
      // What stands in the query beside it may count as well.
      const parameters = (): Parameters => fromFields(besideQuery(call.query, fields));
      names.push({ name, target: undefined, version: versionIn(fields), parameters });
    }
    if (form.names.length > 0 && !form.clean) clean = false;
  }
  const sound = names.filter(({ name }) => NAME.test(name));
  const methods = head.targets.length > 0 || path ? ['POST'] : ['GET', 'POST'];
  return {
    names: sound.slice(0, MAX_NAMES),
    byPath: path !== null,
    clean: clean && names.length === 1 && sound.length === 1 && methods.includes(call.method),
    hidden:
      form.state === 'closed' || form.state === 'broken' || sound.length < names.length || sound.length > MAX_NAMES,
  };
}

function distinct(values: readonly string[] | undefined): string[] {
  return [...new Set(values)];
}

type Form =
  | { readonly state: 'none' | 'closed' }
  /** A body of another kind. */
  | { readonly state: 'other' }
  | {
      readonly state: 'fields';
      readonly fields: readonly FormField[];
      readonly names: readonly string[];
      readonly clean: boolean;
    }
  /** Something that may be taken for a form; `names` are the operations that stand in it. */
  | { readonly state: 'broken'; readonly names: readonly string[]; readonly clean: false };

function readForm(call: Call): Form {
  const { body } = call;
  if (body.state === 'none') return { state: 'none' };
  const type = contentType(call.headers);
  const isForm = type.state === 'known' && isFormType(type.type) && isInspectableCharset(type.charset);
  const another = type.state === 'known' && !isForm && !/^(?:text|multipart)\/|form/.test(type.type);
  if (body.state !== 'whole') return { state: another ? 'other' : 'closed' };
  if (body.decoded.length === 0) return { state: 'none' };
  // Under a coding that the upstream does not undo, the bytes themselves may spell a form.
  const coded = body.bytes === body.decoded ? [] : possibleActions(body.bytes);
  if (another && coded.length === 0) return { state: 'other' };
  const form = isForm ? parseForm(body.decoded) : undefined;
  if (!form?.ok || coded.length > 0) {
    return { state: 'broken', names: [...new Set([...possibleActions(body.decoded), ...coded])], clean: false };
  }
  const named = form.fields.filter(({ name }) => name === 'Action').map(({ value }) => value);
  const clean = named.length === 1 && !hasTwin(form.text, form.fields);
  return { state: 'fields', fields: form.fields, names: clean ? named : possibleActions(body.decoded), clean };
}

function possibleActions(bytes: Uint8Array): readonly string[] {
  return lookUp(lenient.decode(bytes), 'Action').possible;
}

/** True where some parser finds an `Action` that is not spelled so. */
function hasTwin(text: string, fields: readonly FormField[]): boolean {
  if (text.includes(';') || text.includes('%25')) return lookUp(text, 'Action').certain === undefined;
  return fields.some(({ name }) => name.length < 16 && name !== 'Action' && /^\W*action(?:\W|$)/i.test(name));
}

function versionIn(fields: readonly FormField[] | undefined): string | undefined {
  return fields?.find(({ name }) => name === 'Version')?.value;
}

function besideQuery(
  query: string | undefined,
  fields: readonly FormField[] | undefined,
): readonly FormField[] | undefined {
  if (query === undefined || query === '' || fields === undefined) return fields;
  const given = parseForm(new TextEncoder().encode(query));
  return given.ok ? [...given.fields, ...fields] : undefined;
}

function fromFields(fields: readonly FormField[] | undefined): Parameters {
  const given = fields?.filter(({ name }) => name !== 'Action' && name !== 'Version' && !/^X-Amz-/i.test(name));
  const tree = given && formTree(given);
  return tree ? { tree, state: 'whole' } : { tree: new Map(), state: 'broken' };
}

function fromBody(body: BodyTree): Parameters {
  if (body.state === 'none') return { tree: new Map(), state: 'whole' };
  if (body.state !== 'tree') return { tree: new Map(), state: body.state };
  const tree: JsonValue = body.tree;
  return tree instanceof Map ? { tree, state: 'whole' } : { tree: new Map(), state: 'broken' };
}
