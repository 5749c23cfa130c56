// Values for people and conditions: plain data, secrets replaced, what is too large left out. INVARIANT: nothing is cut in the middle: a
// condition about a value either sees all of it or fails because it is not there.
import type { BigNumber, JsonObject, JsonValue } from '../../../core/body/json.ts';

export type Params = Readonly<Record<string, unknown>>;

const MAX_NODES = 2_000;
const MAX_TEXT = 32 * 1024;

/** Names whose values are secrets; most are marked so in the service models. */
const SECRET = new RegExp(
  [
    'pass(?:word|phrase)(?!policy|reset|length|data|validity|lastused|required)',
    'secret(?!s$|s?(?:id|arn|name|version|list|manager|type|rotation|target|store|key(?:id|arn|name)|hash(?:salt)?name))',
    'private_?key(?!s?(?:id|arn|name|type))',
    'credentials?(?!s?(?:id|arn|name|type|provider|source|scope|kind|report|duration))',
    '(?:access|auth|bearer|identity|refresh|session|security|oauth2?|user|jwt|pairing|activation|join|^id)_?token(?!type|validity|id|use)',
    'api_?key(?!s|id|name|source|required)',
    'plaintext|(?<!public)keymaterial|presharedkey|samlassertion|(?:token|authentication|confirmation|verification)code',
    'authorization$',
  ].join('|'),
  'i',
);

const REDACTED = '[redacted]';

interface Budget {
  nodes: number;
  text: number;
}

/** What is said about a secret, or where it is. */
const ABOUT =
  /(?:arns?|ids?|names?|types?|status|state|dates?|version|count|size|enabled|requirements|policy|action|alias|format|location|header|xpath|field|config(?:uration)?s?|settings|parameter|accountauthorization)$/i;

const MAX_KNOWN = 4_096;
const known = new Map<string, boolean>();

export function isSecretName(name: string): boolean {
  let secret = known.get(name);
  if (secret === undefined) {
    secret = SECRET.test(name) && !ABOUT.test(name);
    if (known.size >= MAX_KNOWN) known.clear();
    // Names of calls are few; those that somebody invents are not worth their memory.
    if (name.length <= 64) known.set(name, secret);
  }
  return secret;
}

/** Environment variables often hold secrets; elsewhere the word only says where something runs. */
function isSecret(name: string, value: JsonValue): boolean {
  if (name !== 'environment' && name !== 'Environment') return isSecretName(name);
  return Array.isArray(value) || (value instanceof Map && (value as ReadonlyMap<string, JsonValue>).has('Variables'));
}

/** Top-level members that do not fit are left out, all or nothing. */
export function plainParams(tree: JsonObject): Params {
  const params: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  const budget: Budget = { nodes: MAX_NODES, text: MAX_TEXT };
  for (const [name, value] of tree) {
    if (isSecret(name, value)) {
      params[name] = hide(value);
      continue;
    }
    const before = { ...budget };
    const plain = toPlain(value, budget);
    if (plain === undefined) Object.assign(budget, before);
    else params[name] = plain;
  }
  return params;
}

/** Names stay, so that an approver sees which variables are set, and switches, which keep nothing secret. */
function hide(value: JsonValue): unknown {
  if (value === null || typeof value === 'boolean' || value === 'true' || value === 'false') return value;
  if (!(value instanceof Map) || value.size > 100) return REDACTED;
  const map: ReadonlyMap<string, JsonValue> = value;
  const hidden: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, inner] of map) hidden[name] = hide(inner);
  return hidden;
}

function toPlain(value: JsonValue, budget: Budget): unknown {
  if (--budget.nodes < 0) return undefined;
  if (typeof value === 'string') {
    budget.text -= value.length;
    return budget.text < 0 ? undefined : value;
  }
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) {
    const list: unknown[] = [];
    for (const item of value as readonly JsonValue[]) {
      const plain = toPlain(item, budget);
      if (plain === undefined) return undefined;
      list.push(plain);
    }
    return list;
  }
  if (!(value instanceof Map)) return (value as BigNumber).text;
  const map: ReadonlyMap<string, JsonValue> = value;
  const plain: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const [name, member] of map) {
    budget.text -= name.length;
    const inner = isSecret(name, member) ? hide(member) : toPlain(member, budget);
    if (inner === undefined) return undefined;
    plain[name] = inner;
  }
  return plain;
}
