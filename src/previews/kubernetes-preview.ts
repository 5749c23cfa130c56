// Kubernetes: the same write as a dry run, where that is allowed, compared with the object as it is; else worked out from the body.
import { parseJson, type JsonObject, type JsonValue } from '../core/body/json.ts';
import { jsonPatch, mergePatch } from '../core/diff/patches.ts';
import { kubernetesRehearsal } from '../core/rehearsal.ts';
import { type Asking, asJson, refusal } from './asking.ts';
import { jsonBody } from './http-preview.ts';
import { fact, failed, none, type Outcome, shownChanges, shownFacts } from './outcome.ts';

/** What the server counts for itself, or keeps beside. */
const IGNORE = [
  '/metadata/managedFields',
  '/metadata/resourceVersion',
  '/metadata/generation',
  '/metadata/uid',
  '/metadata/creationTimestamp',
  '/metadata/selfLink',
  '/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration',
  '/status',
];
const JSON_ONLY = ['Accept', 'application/json'];
/** Names are enough of what may be many; servers that cannot leave out the rest give it. */
const NAMES_ONLY = ['Accept', 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1, application/json'];
/** `/api/v1/…`, `/apis/group/v1/…`: namespace, resource, name, subresource. */
const OBJECT = /^\/(?:api\/[^/]+|apis\/[^/]+\/[^/]+)(?:\/namespaces\/[^/]+)?\/([^/]+)(?:\/([^/]+))?(?:\/([^/]+))?$/;
const NAMESPACE = /^\/api\/v1\/namespaces\/[^/]+$/;
const WITHOUT_STATE = new Set([
  'exec',
  'attach',
  'portforward',
  'proxy',
  'log',
  'eviction',
  'binding',
  'token',
  'ephemeralcontainers',
]);

export async function kubernetesPreview(asking: Asking): Promise<Outcome> {
  const { call, basePath } = asking;
  const path = call.path.startsWith(basePath) ? call.path.slice(basePath.length) : '';
  const [, resource, name, subresource] = NAMESPACE.test(path) ? ['', 'namespaces', 'it'] : (OBJECT.exec(path) ?? []);
  if (resource === undefined) return none('No preview: the path names no object.');
  if (subresource !== undefined && WITHOUT_STATE.has(subresource)) {
    return none(`No preview: what \`${subresource}\` does cannot be asked beforehand.`);
  }
  switch (call.method) {
    case 'DELETE':
      return name === undefined ? collection(asking) : deleted(asking);
    case 'POST':
      return created(asking);
    case 'PUT':
    case 'PATCH':
      return changed(asking);
    default:
      return none('No preview: this only reads.');
  }
}

async function deleted(asking: Asking): Promise<Outcome> {
  const before = asJson(await asking.read({ query: undefined, headers: JSON_ONLY }));
  if (before.state === 'failed') return failed(`What would be deleted is not known: ${before.why}.`);
  if (before.state === 'absent') return shownChanges('There is no such object now.', undefined, undefined);
  return shownChanges('The object as it is now, which would be deleted.', before.value, undefined, { ignore: IGNORE });
}

async function collection(asking: Asking): Promise<Outcome> {
  const kept = (asking.call.query ?? '').split('&').filter((pair) => /^(?:labelSelector|fieldSelector)=/.test(pair));
  const answer = asJson(await asking.read({ query: [...kept, 'limit=500'].join('&'), headers: NAMES_ONLY }));
  if (answer.state !== 'json')
    return failed(
      `What would be deleted is not known: ${answer.state === 'failed' ? answer.why : 'there is no such collection'}.`,
    );
  const items = member(answer.value, 'items');
  if (!Array.isArray(items)) return failed('What would be deleted is not known: the answer is no list.');
  const list = items as readonly JsonValue[];
  const names = list.map((item) => textOf(member(member(item, 'metadata'), 'name')) ?? '?');
  const more = textOf(member(member(answer.value, 'metadata'), 'continue')) !== undefined;
  const facts = [
    fact('objects', more ? `more than ${list.length}` : list.length),
    ...names.slice(0, 15).map((name) => fact('object', name)),
  ];
  return shownFacts('The objects that would be deleted now.', facts, more || names.length > 15);
}

async function created(asking: Asking): Promise<Outcome> {
  const rehearsed = await rehearse(asking);
  if (!rehearsed) return none('No preview: nothing is there yet, and `preview.dry_run` is not switched on.');
  if (rehearsed.state !== 'json') return rehearsed.outcome;
  return shownChanges('A dry run at the API server: the object as it would be made.', undefined, rehearsed.value, {
    ignore: IGNORE,
  });
}

async function changed(asking: Asking): Promise<Outcome> {
  const [now, rehearsed] = await Promise.all([asking.read({ query: undefined, headers: JSON_ONLY }), rehearse(asking)]);
  const before = asJson(now);
  if (before.state === 'failed') return failed(`What is there now is not known: ${before.why}.`);
  const old = before.state === 'json' ? before.value : undefined;
  if (rehearsed?.state === 'json') {
    return shownChanges(
      'A dry run at the API server: the object as it is now, and as it would be.',
      old,
      rehearsed.value,
      { ignore: IGNORE },
    );
  }
  // The server would refuse the real one as well.
  if (rehearsed?.state === 'refused') return rehearsed.outcome;
  const after = workedOut(asking, old);
  if (after) return after;
  return (
    rehearsed?.outcome ??
    none(
      'No preview: what this patch makes of the object only the API server knows, and `preview.dry_run` is not switched on.',
    )
  );
}

/** Without the server: exact for what replaces and for two kinds of patches, near for the one that merges lists by keys. */
function workedOut({ call }: Asking, before: JsonValue | undefined): Outcome | undefined {
  const body = jsonBody(call);
  if (!body) return undefined;
  const options = { ignore: IGNORE };
  if (call.method === 'PUT')
    return shownChanges('The object as it is now, and as the request has it.', before, body.value, options);
  if (before === undefined) return failed('There is no such object now that could be patched.');
  if (body.type === 'application/json-patch+json') {
    const patched = jsonPatch(before, body.value);
    if (!patched.ok) return failed(`The patch would fail: ${patched.why}.`);
    return shownChanges('The object as it is now, and as the patch would make it.', before, patched.value, options);
  }
  const strategic = body.type === 'application/strategic-merge-patch+json';
  const note = strategic
    ? 'The object as it is now, and about as the patch would make it: lists are merged by the server in its own way.'
    : 'The object as it is now, and as the patch would make it.';
  return shownChanges(
    note,
    before,
    strategic ? strategicMerge(before, body.value) : mergePatch(before, body.value),
    options,
  );
}

/** Lists of things with names are merged by name, other lists replaced: what the server does for the fields that people patch most. */
function strategicMerge(target: JsonValue | undefined, patch: JsonValue): JsonValue {
  if (Array.isArray(patch) && Array.isArray(target)) {
    const list = target as readonly JsonValue[];
    const changes = patch as readonly JsonValue[];
    const nameOf = (item: JsonValue): string | undefined => textOf(member(item, 'name'));
    if (![...list, ...changes].every((item) => nameOf(item) !== undefined)) return changes;
    const merged = new Map(list.map((item) => [nameOf(item), item]));
    for (const item of changes) merged.set(nameOf(item), strategicMerge(merged.get(nameOf(item)), item));
    return [...merged.values()];
  }
  if (!(patch instanceof Map)) return patch;
  const result = new Map<string, JsonValue>(target instanceof Map ? (target as JsonObject) : []);
  for (const [name, value] of patch as JsonObject) {
    if (value === null) result.delete(name);
    else result.set(name, strategicMerge(result.get(name), value));
  }
  return result;
}

type Rehearsed =
  | { readonly state: 'json'; readonly value: JsonValue }
  /** The server says that it would not do it. */
  | { readonly state: 'refused' | 'failed'; readonly outcome: Outcome };

/** Undefined where it is not to be rehearsed. */
async function rehearse(asking: Asking): Promise<Rehearsed | undefined> {
  const rehearsal = asking.dryRun ? kubernetesRehearsal(asking.call, asking.basePath) : undefined;
  if (!rehearsal) return undefined;
  const answer = await asking.rehearse(rehearsal);
  if (answer.outcome === 'answered' && [400, 409, 422].includes(answer.status)) {
    const said = messageOf(answer.body);
    const facts = said === undefined ? [] : [fact('API server', said)];
    return {
      state: 'refused',
      outcome: failed(`A dry run at the API server was refused (HTTP ${answer.status}): the call would fail.`, facts),
    };
  }
  const json = asJson(answer);
  if (json.state === 'json') return json;
  const why = answer.outcome === 'answered' ? refusal(answer.status) : undefined;
  return {
    state: 'failed',
    outcome: failed(
      `A dry run at the API server failed: ${json.state === 'failed' ? json.why : (why ?? 'no answer')}.`,
    ),
  };
}

function messageOf(body: Uint8Array): string | undefined {
  const json = parseJson(body);
  return json.ok ? textOf(member(json.value, 'message')) : undefined;
}

function member(value: JsonValue | undefined, name: string): JsonValue | undefined {
  return value instanceof Map ? (value as JsonObject).get(name) : undefined;
}

function textOf(value: JsonValue | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
