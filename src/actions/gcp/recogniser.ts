// Google Cloud and Google's other APIs: from a call to the method of the discovery service that it is, `gcp:iam.projects.serviceAccounts.setIamPolicy`.
// INVARIANT: what could be read in two ways gives both, what nobody knows is `unknown`, and a batch gives each of its parts.
import type { Action, ActionResource } from '../../core/action.ts';
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import type { Call } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { Recogniser } from '../recogniser.ts';
import { batchParts, metadataOf } from './batch.ts';
import { fromJson, type GcpBody, queryParameters, readGcpBody } from './body.ts';
import { gcpData } from './catalogue.ts';
import { tagsWith } from './conditions.ts';
import type { Finding } from './find-method.ts';
import { gcpParams } from './params.ts';
import { gcpHostOf, type Plan, planOf } from './plan.ts';
import type { GcpRequest } from './request.ts';
import { namedBy } from './resource.ts';
import { withSql } from './sql.ts';
import { readXml, type XmlFinding } from './storage-xml.ts';
import { gcpSummary } from './summary.ts';
import { gcpTags } from './tags.ts';

type Confidence = Action['confidence'];

const MAX_ACTIONS = 1_100;
const NOTHING: JsonObject = new Map();
/** Endpoints that hand out tokens take forms. */
const FORMS: ReadonlySet<string> = new Set([
  'oauth2.token',
  'oauth2.revoke',
  'oauth2.device.code',
  'sts.token',
  'oauth2.tokeninfo',
]);

/** `base`: the path below which the API stands (the upstream's own), without a trailing slash; empty for none. */
export function createGcpRecogniser(base = ''): Recogniser {
  const local = (call: Call): GcpRequest =>
    base !== '' && call.path.startsWith(`${base}/`) ? { ...call, path: call.path.slice(base.length) } : call;
  return {
    claims: (call) => gcpHostOf(call.host) !== undefined,
    needsBody(call) {
      const plan = planOf(local(call));
      if (plan.kind === 'batch') return true;
      if (plan.kind !== 'methods' || plan.upload === 'bytes') return false;
      return plan.findings.list.some(({ value }) => value.route.verb !== 'GET' && value.route.verb !== 'DELETE');
    },
    recognise: (call) => recogniseRequest(local(call), false),
  };
}

function recogniseRequest(request: GcpRequest, inBatch: boolean): Action[] {
  const plan = planOf(request);
  switch (plan.kind) {
    case 'batch':
      return inBatch ? [unknownAction(request, 'a batch in a batch')] : batchActions(request, plan.sure);
    case 'grpc':
      return [unknownAction(request, `gRPC ${plan.name}`)];
    case 'xml': {
      const found = readXml(request, plan.methods.list, plan.bucket).flatMap((each) => xmlActions(each, request));
      return plan.whole ? found : [...found, unknownAction(request, 'it can be read in more than one way')];
    }
    case 'methods':
      return methodActions(plan, request);
  }
}

function batchActions(request: GcpRequest, sure: boolean): Action[] {
  const parts = batchParts(request);
  if (!parts || !sure) return [unknownAction(request, 'a batch that cannot be read')];
  const found: Action[] = [];
  for (const part of parts) {
    const actions = recogniseRequest(part, true);
    if (found.length + actions.length > MAX_ACTIONS)
      return [...found, unknownAction(request, 'more than is looked at')];
    found.push(...actions);
  }
  return found;
}

function methodActions(plan: Extract<Plan, { kind: 'methods' }>, request: GcpRequest): Action[] {
  const { findings, upload, odd } = plan;
  if (findings.list.length === 0) return [unknownAction(request, 'no method has such a path')];
  const query = queryParameters(request.query);
  const sure = findings.sure && query.clean && !odd;
  const found: Action[] = [];
  for (const finding of findings.list) {
    const { method, verb } = finding.value.route;
    const body = bodyOf(request, upload, FORMS.has(method.id));
    // What a GET or DELETE brings beside its path is not looked at by these APIs, but nobody may be sure of it.
    const bare = verb === 'GET' || verb === 'DELETE';
    const open = body.state === 'closed' && !(bare && request.body.state === 'unread');
    const confidence: Confidence =
      body.state === 'broken' || !finding.known ? 'unknown' : sure && !open ? 'exact' : 'ambiguous';
    const [own, ...others] = actionsOf(finding, confidence, query.tree, body, odd);
    if (own)
      found.push(...withSql(own, method.id, upload === 'none' ? request : described(request, upload)), ...others);
  }
  if (!findings.whole) found.push(unknownAction(request, 'more readings than are looked at'));
  // In a version that the catalogue does not have, the path may be that of anything.
  else if (findings.list.some(({ known }) => !known)) found.push(unknownAction(request, 'no such version is known'));
  return found;
}

function bodyOf(request: GcpRequest, upload: string, form: boolean): GcpBody {
  if (upload === 'bytes') return { tree: NOTHING, state: 'whole' };
  if (upload !== 'multipart' || request.body.state !== 'whole') return readGcpBody(request.body, request.headers, form);
  const part = metadataOf(request.body.decoded, request.headers);
  return part ? fromJson(new TextEncoder().encode(part.body)) : { tree: NOTHING, state: 'broken' };
}

/** The call that says in JSON what an upload is for, where there is one: sessions go on with bytes alone. */
function described(request: GcpRequest, upload: string): GcpRequest {
  if (upload === 'bytes') return request;
  const path = request.path.replace(/^\/(?:resumable\/)?upload\//, '/');
  const part =
    upload === 'multipart' && request.body.state === 'whole'
      ? metadataOf(request.body.decoded, request.headers)
      : undefined;
  if (!part) return { ...request, path };
  const bytes = new TextEncoder().encode(part.body);
  const headers = ['Content-Type', 'application/json'];
  return { ...request, path, headers, body: { state: 'whole', bytes, decoded: bytes } };
}

function actionsOf(
  { value, labels }: Finding,
  confidence: Confidence,
  query: JsonObject,
  body: GcpBody,
  odd: boolean,
): Action[] {
  const { method, level, levelSource } = value.route;
  const { resource, params, source } = namedBy(value, labels, (name) => given(name, query, body.tree));
  const read = (body.state === 'whole' || body.state === 'none') && !odd;
  const tags = tagsWith(method.id, gcpTags(method.id), read ? { query, body: body.tree } : undefined);
  const own = toAction(
    method.id,
    level,
    levelSource,
    tags,
    resource,
    gcpParams(method.id, params, query, body.tree),
    confidence,
  );
  if (!source) return [own];
  return [own, reading(source, confidence)];
}

/** What a copy reads. */
function reading(source: ActionResource, confidence: Confidence): Action {
  return toAction('storage.objects.get', 'read', 'rule', gcpTags('storage.objects.get'), source, {}, confidence);
}

function given(name: string, query: JsonObject, body: JsonObject): string | undefined {
  const [first = '', second] = name.split('.');
  const inQuery = query.get(first);
  if (typeof inQuery === 'string') return inQuery;
  const value: JsonValue | undefined = body.get(first);
  const inner = second === undefined ? value : value instanceof Map ? (value as JsonObject).get(second) : undefined;
  return typeof inner === 'string' ? inner : undefined;
}

function xmlActions({ id, resource, params, source, sharing, sure }: XmlFinding, request: GcpRequest): Action[] {
  const route = id === undefined ? undefined : gcpData().method(id)?.routes[0];
  if (id === undefined || !route) return [unknownAction(request, 'the XML API has no such call')];
  const confidence: Confidence = sure ? 'exact' : 'ambiguous';
  const tags = gcpTags(id).filter((tag) => tag !== 'external-sharing' || sharing !== 'no');
  const own = toAction(id, route.level, route.levelSource, tags, resource, params, confidence);
  return source ? [own, reading(source, confidence)] : [own];
}

function toAction(
  id: string,
  level: Action['level'],
  levelSource: Action['levelSource'],
  tags: readonly string[],
  resource: ActionResource,
  params: Action['params'],
  confidence: Confidence,
): Action {
  const dot = id.indexOf('.');
  return {
    provider: 'gcp',
    service: id.slice(0, dot),
    operation: id.slice(dot + 1),
    name: `gcp:${id}`,
    level: confidence === 'unknown' ? 'unknown' : level,
    levelSource,
    tags,
    resource,
    params,
    summary: gcpSummary(id, resource, params),
    confidence,
  };
}

/** It may be any of Google's methods: no service is named, so that no rule takes it for one of another. */
function unknownAction({ method, host, path }: GcpRequest, why: string): Action {
  return {
    provider: 'gcp',
    service: '',
    operation: `${method} ${path}`.slice(0, 200),
    name: 'gcp:unknown',
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: { why: why.slice(0, 300) },
    summary: `${method} ${shortenedText(`${host}${path}`, 200)}: not recognised, ${shortenedText(why, 200)}`,
    confidence: 'unknown',
  };
}
