// Every GraphQL request in a call: GET, POST as JSON (batches too), `application/graphql`, forms, the multipart upload convention.
// INVARIANT: whatever a server may take from another place than we do (query string and body, a name in another case, a stored
// document) is a doubt.
import { contentType, isFormType, isInspectableCharset } from '../../core/body/content-type.ts';
import { parseForm } from '../../core/body/form.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../core/body/json.ts';
import { decodeUtf8 } from '../../core/body/utf8.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { sha256 } from '../../core/sha256.ts';
import { formFields, isFormUpload } from '../aws/s3/post-form.ts';
import { misspelling } from '../folded-keys.ts';

export interface GraphqlRequest {
  /** Undefined where the server has it stored under a hash or an id. */
  readonly document: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: JsonObject;
  /** What a stored document is asked for by. */
  readonly stored: string | undefined;
  /** By a hash, as in automatic persisted queries, and by nothing else. */
  readonly hashed: boolean;
}

export interface GraphqlRequests {
  readonly requests: readonly GraphqlRequest[];
  readonly batch: boolean;
  readonly doubts: readonly string[];
}

const MAX_BATCH = 100;
const NOTHING: JsonObject = new Map();
/** Under these names servers look documents up: Apollo's `id`, Relay's `doc_id`, trusted documents. */
const IDS = ['id', 'documentId', 'doc_id', 'docId', 'queryId', 'hash', 'persistedQueryId', 'operationId'];
const KEYS = ['query', 'operationName', 'variables', 'extensions', ...IDS];
const misspelt = misspelling(KEYS);
const OVERRIDES = ['x-http-method', 'x-http-method-override', 'x-method-override'];

/** Never throws. No requests: doubts alone. */
export function readRequests(call: Call): GraphqlRequests {
  const doubts: string[] = [];
  if (OVERRIDES.some((name) => headerValues(call.headers, name).length > 0))
    doubts.push('a header overrides its method');
  const fromQuery = readQuery(call, doubts);
  const { body, method } = call;
  if (method === 'GET') {
    if (body.state !== 'none') doubts.push('it is a GET with a body');
    if (!fromQuery) doubts.push('it asks nothing');
    return { requests: fromQuery ? [request(fromQuery, doubts)] : [], batch: false, doubts };
  }
  if (method !== 'POST') return { requests: [], batch: false, doubts: [...doubts, `${method} is no way to ask`] };
  const items = readBody(call, doubts);
  const batch = items.length > 1 || (items.length === 1 && items[0]?.listed === true);
  let objects = items.map(({ object }) => object);
  if (fromQuery && isBareDocument(call) && !fromQuery.has('query')) {
    objects = objects.map((object) => new Map([...object, ...fromQuery]));
  } else if (fromQuery) {
    doubts.push('it asks in its query string and in its body');
    // Servers take the parts that both have from either place.
    const either = objects
      .slice(0, 1)
      .flatMap((object) => [new Map([...object, ...fromQuery]), new Map([...fromQuery, ...object])]);
    objects = [...objects, fromQuery, ...either];
  }
  return { requests: objects.map((object) => request(object, doubts)), batch, doubts };
}

/** What the query string says, `variables` and `extensions` parsed; undefined where it says nothing. */
function readQuery({ query }: Call, doubts: string[]): JsonObject | undefined {
  if (query === undefined || query === '') return undefined;
  const form = parseForm(new TextEncoder().encode(query));
  if (!form.ok) {
    doubts.push(`its query string cannot be read (${form.why})`);
    return undefined;
  }
  return fromFields(form.fields, doubts, 'its query string');
}

function fromFields(
  fields: readonly { readonly name: string; readonly value: string }[],
  doubts: string[],
  where: string,
): JsonObject | undefined {
  const object = new Map<string, JsonValue>();
  for (const { name, value } of fields) {
    if (object.has(name)) doubts.push(`${where} says ${KEYS.includes(name) ? name : 'something'} twice`);
    object.set(name, value);
  }
  const said = [...object.keys()].some((key) => KEYS.includes(key)) || misspelt(object) !== undefined;
  if (!said) return undefined;
  for (const name of ['variables', 'extensions']) {
    const text = object.get(name);
    if (typeof text !== 'string' || text === '') continue;
    const json = parseJson(new TextEncoder().encode(text));
    if (json.ok) object.set(name, json.value);
    else doubts.push(`its ${name} are not strict JSON (${json.why})`);
  }
  return object;
}

interface Item {
  readonly object: JsonObject;
  readonly listed: boolean;
}

function isBareDocument({ headers }: Call): boolean {
  const type = contentType(headers);
  return type.state === 'known' && type.type === 'application/graphql';
}

function readBody(call: Call, doubts: string[]): Item[] {
  const { body, headers } = call;
  if (body.state !== 'whole') {
    doubts.push(
      body.state === 'none'
        ? 'it has no body'
        : `its body was not read (${body.state === 'unread' ? 'unread' : body.why})`,
    );
    return [];
  }
  if (body.bytes !== body.decoded) doubts.push('its body is compressed');
  const type = contentType(headers);
  const name = type.state === 'known' ? type.type : '';
  if (type.state !== 'known' || !isInspectableCharset(type.charset))
    doubts.push('its Content-Type is missing, contradictory or not UTF-8');
  if (isFormUpload(call)) return readUpload(call, body.decoded, doubts);
  if (isBareDocument(call)) {
    const text = decodeUtf8(body.decoded);
    if (!text.ok) doubts.push(`its body is no text (${text.why})`);
    return text.ok ? [{ object: new Map([['query', text.text]]), listed: false }] : [];
  }
  if (isFormType(name)) {
    const form = parseForm(body.decoded);
    if (!form.ok) doubts.push(`its body is no form (${form.why})`);
    const object = form.ok ? fromFields(form.fields, doubts, 'its body') : undefined;
    if (!object) doubts.push('its body asks nothing');
    return object ? [{ object, listed: false }] : [];
  }
  if (name !== 'application/json' && name !== 'application/graphql+json')
    doubts.push('its Content-Type is not application/json');
  return readJson(body.decoded, doubts);
}

function readJson(bytes: Uint8Array, doubts: string[]): Item[] {
  const json = parseJson(bytes);
  if (!json.ok) {
    doubts.push(`its body is not strict JSON (${json.why})`);
    return [];
  }
  const listed = Array.isArray(json.value);
  const items = listed ? (json.value as readonly JsonValue[]) : [json.value];
  if (items.length === 0) doubts.push('its batch is empty');
  if (items.length > MAX_BATCH) doubts.push(`its batch has more than ${MAX_BATCH} requests`);
  return items.slice(0, MAX_BATCH).flatMap((item) => {
    if (item instanceof Map) return [{ object: item as JsonObject, listed }];
    doubts.push('something in it is no request');
    return [];
  });
}

/** https://github.com/jaydenseric/graphql-multipart-request-spec: `operations` is the JSON, `map` says where the files go. */
function readUpload(call: Call, bytes: Uint8Array, doubts: string[]): Item[] {
  const fields = formFields(call, bytes);
  const operations = fields?.get('operations');
  if (operations === undefined) {
    doubts.push('its form cannot be read');
    return [];
  }
  // Some servers take the parts of a request from fields of their own.
  if (misspelt(new Map(fields)) !== undefined || KEYS.some((key) => fields?.has(key.toLowerCase()))) {
    doubts.push('its form says more than operations');
  }
  return readJson(new TextEncoder().encode(operations), doubts);
}

function request(object: JsonObject, doubts: string[]): GraphqlRequest {
  if (misspelt(object) !== undefined) doubts.push('a member is spelt in another case');
  const document = textOf(object, 'query', doubts);
  const name = textOf(object, 'operationName', doubts);
  const given = object.get('variables');
  const variables = given instanceof Map ? (given as JsonObject) : NOTHING;
  if (given !== undefined && given !== null && given !== '' && !(given instanceof Map))
    doubts.push('its variables are no object');
  const hashed = document === undefined && hashOf(object) !== undefined && !IDS.some((key) => object.has(key));
  return { document, operationName: name, variables, stored: stored(object, document, doubts), hashed };
}

/** A member that is text; empty and null are as good as missing. */
function textOf(object: JsonObject, name: string, doubts: string[]): string | undefined {
  const value = object.get(name);
  if (typeof value === 'string') return value === '' ? undefined : value;
  if (value !== undefined && value !== null) doubts.push(`its ${name} is no text`);
  return undefined;
}

function persistedOf(object: JsonObject): JsonValue | undefined {
  const extensions = object.get('extensions');
  return extensions instanceof Map ? (extensions as JsonObject).get('persistedQuery') : undefined;
}

/** Of an automatic persisted query (apollographql.com/docs, "Automatic Persisted Queries"). */
function hashOf(object: JsonObject): JsonValue | undefined {
  const persisted = persistedOf(object);
  return persisted instanceof Map ? (persisted as JsonObject).get('sha256Hash') : undefined;
}

function stored(object: JsonObject, document: string | undefined, doubts: string[]): string | undefined {
  const hash = hashOf(object);
  if (document !== undefined && persistedOf(object) !== undefined && hash !== sha256(document)) {
    doubts.push('the hash of a stored query is not that of its query');
  }
  const id = IDS.find((key) => object.has(key));
  if (document !== undefined && id !== undefined) doubts.push(`it has a query and the ${id} of a stored one`);
  const found = hash ?? (id === undefined ? undefined : object.get(id));
  return typeof found === 'string' ? found : found === undefined ? undefined : '';
}
