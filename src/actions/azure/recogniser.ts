// Azure: from a call to the operation that role definitions name, `azure:Microsoft.Authorization/roleAssignments/write`, of Resource Manager and of the
// data planes that matter most; and Microsoft Graph, `azure:graph:POST:/applications/{id}/addPassword`. INVARIANT: what could be read in two ways
// gives both, what nobody knows is `unknown`, and a batch gives each of its parts.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { type Params, plainParams } from '../aws/body/plain.ts';
import type { Recogniser } from '../recogniser.ts';
import { batchParts } from '../gcp/batch.ts';
import { azureBatchParts, isAzureBatch } from './batch.ts';
import { isBlobBatch, isInBlobBatch } from './blob.ts';
import { type AzureBody, readAzureBody } from './body.ts';
import { azureTagsWith } from './conditions.ts';
import { type AzureHost, readAzureHost } from './host.ts';
import { readAzure } from './read.ts';
import type { AzureRequest, Finding } from './request.ts';
import { azureSummary } from './summary.ts';
import { azureTags } from './tags.ts';

const MAX_ACTIONS = 1_100;
const ARM: AzureHost = { plane: 'arm', account: undefined };
const SECRET =
  /^(?:code|assertion|password|client_assertion|refresh_token|subject_token|.*[pP]assword|secureValue|value|adminPassword|publishingPassword)$/;
/** Members whose values are secrets, at any depth. */
const HIDDEN =
  /(?:^|\.)(?:protectedSettings|secrets|environmentVariables|env|connectionStrings|passwordCredentials|passwordProfile|customData)$/;
const REDACTED = '[redacted]';

/** `base`: the path below which the API stands (the upstream's own), without a trailing slash; empty for none. */
export function createAzureRecogniser(base = ''): Recogniser {
  const local = (call: Call): AzureRequest =>
    base !== '' && call.path.startsWith(`${base}/`) ? { ...call, path: call.path.slice(base.length) } : call;
  return {
    claims: (call) => readAzureHost(call.host) !== undefined,
    needsBody(call) {
      const request = local(call);
      const host = readAzureHost(request.host) ?? ARM;
      if (batches(request, host)) return true;
      return readAzure(request, host).list.some(({ body }) => body);
    },
    recognise: (call) => recogniseRequest(local(call), false),
  };
}

function batches(request: AzureRequest, { plane }: AzureHost): boolean {
  if (plane === 'blob') return isBlobBatch(request);
  return (plane === 'arm' || plane === 'graph') && isAzureBatch(request, plane === 'graph');
}

function recogniseRequest(request: AzureRequest, inBatch: boolean): Action[] {
  // Behind a host that nobody knows it can only be Resource Manager, and nothing is certain.
  const known = readAzureHost(request.host);
  const host = known ?? ARM;
  if (batches(request, host)) {
    if (inBatch) return [unknownAction(request, 'a batch in a batch')];
    const actions = batchActions(request, host.plane);
    if (actions) return actions;
  }
  const { list, whole } = readAzure(request, host);
  const found = list.map((each) => toAction(each, request, known !== undefined));
  // A spelling that nobody knows may be that of anything.
  if (!whole || list.some((each) => !each.known) || found.length === 0) found.push(unknownAction(request, why(list)));
  return found;
}

const why = (list: readonly Finding[]): string =>
  list.length === 0
    ? 'no operation has such a path'
    : 'it can be read in more than one way, or has a name that is not known';

/** Undefined for a batch of blobs that cannot be read: it is all that such a batch can do. */
function batchActions(request: AzureRequest, plane: AzureHost['plane']): Action[] | undefined {
  const parts = plane === 'blob' ? batchParts(request) : azureBatchParts(request, plane === 'graph');
  if (!parts) return plane === 'blob' ? undefined : [unknownAction(request, 'a batch that cannot be read')];
  const found: Action[] = [];
  for (const part of parts) {
    const actions = recogniseRequest(part, true);
    if (found.length + actions.length > MAX_ACTIONS)
      return [...found, unknownAction(request, 'more than is looked at')];
    if (plane === 'blob' && !actions.every(({ name }) => isInBlobBatch(name))) return undefined;
    found.push(...actions);
  }
  return found;
}

function toAction(finding: Finding, request: AzureRequest, placed: boolean): Action {
  const { name, level, resource, known, sure } = finding;
  const login = name.startsWith('login:');
  const body: AzureBody = finding.body
    ? readAzureBody(request.body, request.headers, login)
    : { tree: new Map(), state: 'none' };
  const read = body.state === 'whole' || body.state === 'none';
  const own = azureTags(name);
  const tags = finding.tags ? [...new Set([...own.filter((tag) => tag !== 'external-sharing'), ...finding.tags])] : own;
  const confidence: Action['confidence'] =
    !known || body.state === 'broken' ? 'unknown' : sure && placed && body.state !== 'closed' ? 'exact' : 'ambiguous';
  const params: Params = { ...withoutSecrets(plainParams(body.tree)), ...finding.params };
  const slash = name.indexOf('/');
  const colon = name.indexOf(':');
  const at = colon >= 0 ? colon : slash;
  return {
    provider: 'azure',
    service: name.slice(0, at),
    operation: name.slice(at + 1),
    name: `azure:${name}`,
    level: confidence === 'unknown' ? 'unknown' : level,
    levelSource: 'rule',
    // A body that says nothing of this takes no tag away that headers gave.
    tags: azureTagsWith(name, tags, finding.body && read ? body.tree : undefined),
    resource,
    params,
    summary: azureSummary(name, resource, params),
    confidence,
  };
}

/** Beside what is known as a secret everywhere: protected settings, environments, what is set in Key Vault. */
function withoutSecrets(params: Params, depth = 0): Params {
  const shown: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(params)) {
    if (HIDDEN.test(name)) shown[name] = REDACTED;
    else if (typeof value === 'string' && SECRET.test(name)) shown[name] = REDACTED;
    else if (typeof value === 'object' && value !== null && !Array.isArray(value) && depth < 16)
      shown[name] = withoutSecrets(value as Params, depth + 1);
    else shown[name] = value;
  }
  return shown;
}

/** It may be any of Azure's operations: no service is named, so that no rule takes it for one of another. */
function unknownAction({ method, host, path }: AzureRequest, because: string): Action {
  return {
    provider: 'azure',
    service: '',
    operation: `${method} ${path}`.slice(0, 200),
    name: 'azure:unknown',
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: { why: because },
    summary: `${method} ${shortenedText(`${host}${path}`, 200)}: not recognised, ${because}`,
    confidence: 'unknown',
  };
}
