// `when` on a call: evaluated under every reading of the path and method it mentions; what has no single reading is doubt.
import type { Action } from '../action.ts';
import type { BigNumber, JsonValue } from '../body/json.ts';
import { bodyOf, type Facts, hostOf, methodsOf, pathsOf } from './facts.ts';
import { AMBIGUOUS, ERROR, type MatchState, NO, or, PENDING, UNREADABLE, YES } from './match-state.ts';
import { plainPairs } from './pairs.ts';
import type { Fact } from './when-environment.ts';
import { UsageFact } from './when-usage.ts';
import { type When, weightLimit } from './when.ts';

type Values = Partial<Record<Fact, unknown>>;

/** `action`: the one action the expression speaks about; undefined where it mentions none. */
export function matchWhen(when: When, facts: Facts, action: Action | undefined): MatchState {
  const values = bind(when, facts, action);
  if (typeof values === 'number') return values;
  const { uses } = when;
  const paths = uses.has('path') ? pathsOf(facts) : undefined;
  if (paths?.overflow) return AMBIGUOUS;
  const methods = uses.has('method') ? methodsOf(facts) : undefined;
  let yes = false;
  let no = false;
  for (const path of paths?.all ?? ['']) {
    for (const method of methods?.all ?? ['']) {
      const result = when.evaluate({ ...values, path, method });
      if (result === 'error') return ERROR;
      if (result) yes = true;
      else no = true;
    }
  }
  const state = yes && no ? AMBIGUOUS : yes ? YES : NO;
  return methods && methods.doubt !== NO ? or(state === YES ? AMBIGUOUS : state, methods.doubt) : state;
}

function bind(when: When, facts: Facts, action: Action | undefined): Values | MatchState {
  const { call, context } = facts;
  const { agent } = context;
  const values: Values = {
    agent: { id: agent.id, owner: agent.owner, labels: new Map(Object.entries(agent.labels)), acts_for: agent.actsFor },
    scheme: call.scheme,
    upstream: call.upstream,
    source: context.source,
    host: hostOf(facts).name,
    time: new Date(context.now),
  };
  if (when.uses.has('usage')) values.usage = new UsageFact(agent.id, context.usage);
  let weight = 0;
  if (when.uses.has('query')) {
    const pairs = plainPairs(call.query ?? '');
    if (!pairs) return AMBIGUOUS;
    values.query = pairs;
    weight += pairs.size;
  }
  if (when.uses.has('headers')) {
    const headers = headerMap(facts);
    // CGI-like upstreams read `x_role` as the `x-role` that the condition asks for.
    for (const name of headers.keys()) if (/[^a-z0-9-]/.test(name)) return AMBIGUOUS;
    values.headers = headers;
    weight += headers.size;
  }
  if (when.uses.has('body')) {
    const body = bodyValue(facts);
    if (typeof body === 'number') return body;
    values.body = body.value;
    weight += body.weight;
  }
  if (action) {
    values.action = action.name;
    values.level = action.level;
    values.tags = action.tags;
    // What stands for all there are (`*`) is no value to compare: asking for it is an error, as for one that is not there.
    const known = Object.entries(action.resource).filter(([, value]) => value !== undefined && value !== '*');
    values.resource = new Map(known);
    values.params = new Map(Object.entries(action.params));
  }
  return weight > weightLimit(when.loops) ? ERROR : values;
}

function headerMap(facts: Facts): Map<string, string> {
  const map = new Map<string, string>();
  const { headers } = facts.call;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = (headers[i] ?? '').toLowerCase();
    const before = map.get(name);
    const value = (headers[i + 1] ?? '').trim();
    map.set(name, before === undefined ? value : `${before}, ${value}`);
  }
  return map;
}

function bodyValue(facts: Facts): { readonly value: unknown; readonly weight: number } | MatchState {
  const body = bodyOf(facts);
  switch (body.kind) {
    case 'none':
      return { value: new Map(), weight: 0 };
    case 'pending':
      return PENDING;
    case 'form': {
      const pairs = plainPairs(body.text);
      return pairs ? { value: pairs, weight: pairs.size + body.text.length / 16 } : UNREADABLE;
    }
    case 'json':
      return { value: celValue(body.value), weight: body.nodes + body.text.length / 16 };
    default:
      return UNREADABLE;
  }
}

/** JSON as CEL sees it: whole numbers are ints. Depth is bounded by the parser. */
function celValue(value: JsonValue): unknown {
  if (typeof value === 'number') return Number.isInteger(value) ? BigInt(value) : value;
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly JsonValue[]).map(celValue);
  if (value instanceof Map) {
    const members: ReadonlyMap<string, JsonValue> = value;
    return new Map([...members].map(([key, member]) => [key, celValue(member)]));
  }
  const { text } = value as BigNumber;
  const whole = /^-?\d+$/.test(text) ? BigInt(text) : undefined;
  // Beyond int64 there is no CEL number for it: as text, comparing it as a number is an error, never a wrong answer.
  return whole !== undefined && BigInt.asIntN(64, whole) === whole ? whole : text;
}
