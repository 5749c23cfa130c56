// Parameters as rules and approvers see them: those of the path, the query and the body by their own names, and of a policy who gets what.
// INVARIANT: no secrets: payloads, codes, tokens and the values of environment variables are `[redacted]`.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { type Params, plainParams } from '../aws/body/plain.ts';
import { gcpPattern } from './tags.ts';

const REDACTED = '[redacted]';
const MAX_LISTED = 200;

/** Members that are secrets by what the method does. */
const SECRETS: readonly (readonly [methods: RegExp, names: RegExp])[] = [
  [gcpPattern('{oauth2,sts}.**'), /^(?:code|assertion|.*_?token|.*Token|password|client_secret|options)$/],
  [gcpPattern('secretmanager.**.{addVersion,create}'), /^(?:payload)$/],
  [gcpPattern('parametermanager.**.{create,patch}'), /^(?:payload)$/],
  [gcpPattern('cloudkms.**'), /^(?:plaintext|ciphertext|data|wrappedKey|rsaAesWrappedKey)$/],
  [gcpPattern('iamcredentials.**.{signBlob,signJwt}'), /^(?:payload)$/],
  [gcpPattern('iam.**.{signBlob,signJwt}'), /^(?:bytesToSign|payload)$/],
  [gcpPattern('identitytoolkit.**'), /(?:[pP]assword|[tT]oken|[cC]ode)$/],
  [gcpPattern('container.**.setMasterAuth'), /^update$/],
  [gcpPattern('{pubsub,fcm}.**'), /^(?:messages|message)$/],
  [gcpPattern('gmail.**'), /^(?:raw|message)$/],
];

const ENVIRONMENT =
  /^(?:env|envVars|environmentVariables|buildEnvironmentVariables|envVariables|environment_variables)$/;

const hidden = new Map<string, RegExp | undefined>();

function secretsOf(id: string): RegExp | undefined {
  if (!hidden.has(id)) hidden.set(id, SECRETS.find(([methods]) => methods.test(id))?.[1]);
  return hidden.get(id);
}

export function gcpParams(
  id: string,
  path: Readonly<Record<string, string>>,
  query: JsonObject,
  body: JsonObject,
): Params {
  const secrets = secretsOf(id);
  const shown =
    body.size === 0 && query.size === 0 ? {} : plainParams(new Map([...query, ...withoutEnvironment(body)]));
  const params: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, value] of Object.entries(shown)) params[name] = secrets?.test(name) ? REDACTED : value;
  if (id.endsWith('.setIamPolicy')) Object.assign(params, whoGetsWhat(body));
  return Object.assign(params, path);
}

/** `members` and `roles` of a policy, each once. */
function whoGetsWhat(body: JsonObject): Params {
  const policy = body.get('policy');
  const bindings = (policy instanceof Map ? (policy as JsonObject) : body).get('bindings');
  if (!Array.isArray(bindings)) return {};
  const members = new Set<string>();
  const roles = new Set<string>();
  for (const binding of bindings as readonly JsonValue[]) {
    if (!(binding instanceof Map)) continue;
    const { role, listed } = {
      role: (binding as JsonObject).get('role'),
      listed: (binding as JsonObject).get('members'),
    };
    if (typeof role === 'string') roles.add(role);
    for (const member of Array.isArray(listed) ? (listed as readonly JsonValue[]) : [])
      if (typeof member === 'string') members.add(member);
  }
  // All or nothing: a condition never sees half of a list.
  return {
    ...(members.size <= MAX_LISTED && { members: [...members] }),
    ...(roles.size <= MAX_LISTED && { roles: [...roles] }),
  };
}

function withoutEnvironment(tree: JsonObject): JsonObject {
  const [changed, value] = redact(tree, 0);
  return changed && value instanceof Map ? (value as JsonObject) : tree;
}

/** Names stay, so that an approver sees which variables are set. */
function redact(value: JsonValue, depth: number): readonly [changed: boolean, value: JsonValue] {
  if (typeof value !== 'object' || value === null || depth > 32) return [false, value];
  let changed = false;
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map((item) => {
      const [other, inner] = redact(item, depth + 1);
      changed ||= other;
      return inner;
    });
    return [changed, changed ? items : value];
  }
  if (!(value instanceof Map)) return [false, value];
  const members = new Map<string, JsonValue>();
  for (const [name, member] of value as JsonObject) {
    const [other, inner] = ENVIRONMENT.test(name) ? ([true, hide(member)] as const) : redact(member, depth + 1);
    changed ||= other;
    members.set(name, inner);
  }
  return [changed, changed ? members : value];
}

function hide(value: JsonValue): JsonValue {
  if (Array.isArray(value)) {
    return (value as readonly JsonValue[]).map((item) => {
      const name = item instanceof Map ? (item as JsonObject).get('name') : undefined;
      return typeof name === 'string' ? new Map([['name', name]]) : REDACTED;
    });
  }
  return value instanceof Map ? new Map([...(value as JsonObject).keys()].map((name) => [name, REDACTED])) : REDACTED;
}
