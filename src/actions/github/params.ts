// Parameters of an operation of GitHub, as rules and approvers see them: those of the path, of the query and of the body by their own names.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { agreedValues } from '../agreed-values.ts';
import { isSecretName, type Params, plainParams } from '../aws/body/plain.ts';
import { isObject } from './given.ts';
import type { RestBody } from './rest-body.ts';

const REDACTED = '[redacted]';
/** Ciphertext of a secret, and what the key of an app or an import may be called. */
const SECRETS: ReadonlySet<string> = new Set([
  'encrypted_value',
  'pem',
  'vcs_password',
  'sudo_otp',
  'fingerprint_secret',
]);
/** File contents and attachments: not for people, and large. */
const CONTENTS: ReadonlySet<string> = new Set(['content', 'sarif', 'files', 'data']);

export function paramsOf(labels: ReadonlyMap<string, string>, body: RestBody, query: string | undefined): Params {
  const params: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const tree = body.state === 'tree' ? membersOf(body.tree) : undefined;
  const { members, pairs } = agreedValues(tree, query);
  for (const [name, value] of pairs) params[name] = isSecretName(name) ? REDACTED : value;
  if (members.size > 0) {
    const shown = plainParams(new Map([...members].filter(([name]) => !CONTENTS.has(name))));
    for (const [name, value] of Object.entries(shown)) params[name] = SECRETS.has(name) ? REDACTED : value;
    for (const [name, value] of members) {
      if (CONTENTS.has(name) && typeof value === 'string') params[`${name}_length`] = value.length;
    }
  }
  for (const [name, value] of labels) if (value !== '*') params[name] = value;
  return params;
}

/** Some endpoints take a list. */
const membersOf = (tree: JsonValue): JsonObject => (isObject(tree) ? tree : new Map([['body', tree]]));
