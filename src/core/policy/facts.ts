// What policy reads of one call, each part worked out at most once and only when a candidate rule asks for it.
import type { Action } from '../action.ts';
import { contentType, isFormType } from '../body/content-type.ts';
import type { Call } from '../call.ts';
import { type BodyReading, readBody } from './body-reading.ts';
import { ERROR, type MatchState, NO, PENDING, UNREADABLE } from './match-state.ts';
import { ABSENT, lookUp, type NamedValue } from './pairs.ts';
import { fold, type PathReadings, pathReadings } from './path-readings.ts';
import type { DecisionContext } from './types.ts';

export interface MethodReading {
  /** Upper case; the real one first, then every override (security.md A7). */
  readonly all: readonly string[];
  /** PENDING or UNREADABLE where the body may still hold an override; otherwise NO. */
  readonly doubt: MatchState;
}

export interface HostReading {
  readonly name: string;
  readonly withPort: string;
}

export type ActionsReading = readonly Action[] | typeof PENDING | typeof ERROR;

export interface Facts {
  readonly call: Call;
  readonly context: DecisionContext;
  paths: PathReadings | undefined;
  foldedPaths: readonly string[] | undefined;
  methods: MethodReading | undefined;
  host: HostReading | undefined;
  body: BodyReading | undefined;
  actions: ActionsReading | undefined;
  queryNames: Map<string, NamedValue> | undefined;
  formNames: Map<string, NamedValue> | undefined;
}

export function createFacts(call: Call, context: DecisionContext): Facts {
  return {
    call,
    context,
    paths: undefined,
    foldedPaths: undefined,
    methods: undefined,
    host: undefined,
    body: undefined,
    actions: undefined,
    queryNames: undefined,
    formNames: undefined,
  };
}

/** The facts of each action by itself; none while the actions are not known. */
export function singly(facts: Facts): readonly Facts[] {
  const actions = actionsOf(facts);
  if (actions === PENDING || actions === ERROR) return [];
  return actions.map((action) => ({ ...facts, actions: [action] }));
}

export function pathsOf(facts: Facts): PathReadings {
  facts.paths ??= pathReadings(facts.call.path);
  return facts.paths;
}

export function foldedPathsOf(facts: Facts): readonly string[] {
  facts.foldedPaths ??= pathsOf(facts).all.map(fold);
  return facts.foldedPaths;
}

export function hostOf(facts: Facts): HostReading {
  facts.host ??= readHost(facts.call);
  return facts.host;
}

// Calls of one upstream share their host; one entry is all the memory that takes.
let lastHost: { readonly host: string; readonly scheme: string; readonly reading: HostReading } | undefined;

function readHost(call: Call): HostReading {
  if (lastHost?.host !== call.host || lastHost.scheme !== call.scheme) {
    lastHost = { host: call.host, scheme: call.scheme, reading: parseHost(call) };
  }
  return lastHost.reading;
}

function parseHost({ host, scheme }: Call): HostReading {
  const colon = host.lastIndexOf(':');
  const hasPort = colon > host.lastIndexOf(']');
  let name = (hasPort ? host.slice(0, colon) : host).toLowerCase();
  if (name.endsWith('.')) name = name.slice(0, -1);
  if (name.startsWith('[')) name = name.slice(1, -1);
  const port = hasPort ? host.slice(colon + 1) : scheme === 'https' ? '443' : '80';
  return { name, withPort: `${name}:${port}` };
}

/** A name in the query, and in what becomes one where a path is decoded before it is split at `?`. */
export function queryValue(facts: Facts, name: string): NamedValue {
  const { query, path } = facts.call;
  const hidden = path.includes('%') ? hiddenQueries(facts) : NOWHERE;
  if ((query === undefined || query === '') && hidden.length === 0) return ABSENT;
  facts.queryNames ??= new Map();
  const plain = query === undefined ? ABSENT : memo(facts.queryNames, name, query);
  const further = hidden.flatMap((text) => lookUp(text, name).possible);
  return further.length === 0 ? plain : { possible: [...plain.possible, ...further], certain: undefined };
}

const NOWHERE: readonly string[] = [];

function hiddenQueries(facts: Facts): readonly string[] {
  const found = pathsOf(facts).all.flatMap((path) => (path.includes('?') ? [path.slice(path.indexOf('?') + 1)] : []));
  return [...new Set(found)];
}

/** A name in the body read as a form, whatever its type says. */
export function formValue(facts: Facts, name: string, text: string): NamedValue {
  facts.formNames ??= new Map();
  return memo(facts.formNames, name, text);
}

function memo(known: Map<string, NamedValue>, name: string, text: string): NamedValue {
  let value = known.get(name);
  if (!value) {
    value = lookUp(text, name);
    known.set(name, value);
  }
  return value;
}

export function bodyOf(facts: Facts): BodyReading {
  facts.body ??= readBody(facts.call);
  return facts.body;
}

/** PENDING while the recogniser waits for the body, ERROR where it failed. */
export function actionsOf(facts: Facts): ActionsReading {
  if (facts.actions === undefined) {
    try {
      const waits = facts.call.body.state === 'unread' && facts.context.actionsNeedBody?.() === true;
      facts.actions = waits ? PENDING : facts.context.actions();
    } catch {
      facts.actions = ERROR;
    }
  }
  return facts.actions;
}

export function methodsOf(facts: Facts): MethodReading {
  facts.methods ??= readMethods(facts);
  return facts.methods;
}

const OVERRIDES: ReadonlySet<string> = new Set(['x-http-method', 'x-http-method-override', 'x-method-override']);

const PLAIN_METHODS: ReadonlyMap<string, MethodReading> = new Map(
  ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'].map((method) => [method, { all: [method], doubt: NO }]),
);

function readMethods(facts: Facts): MethodReading {
  const { call } = facts;
  const method = call.method.toUpperCase();
  let all: string[] | undefined;
  const add = (value: string): void => {
    const override = value.trim().toUpperCase();
    if (override === '' || override === method) return;
    all ??= [method];
    if (!all.includes(override)) all.push(override);
  };
  const { headers, query } = call;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if ((name.length === 13 || name.length === 22 || name.length === 17) && OVERRIDES.has(name.toLowerCase())) {
      for (const value of (headers[i + 1] ?? '').split(',')) add(value);
    }
  }
  if (query !== undefined && /[_ .+[]method|%/i.test(query)) queryValue(facts, '_method').possible.forEach(add);
  let doubt: MatchState = NO;
  if (method === 'POST' && call.body.state !== 'none') doubt = readFormOverride(facts, add);
  if (all || doubt !== NO) return { all: all ?? [method], doubt };
  return PLAIN_METHODS.get(method) ?? { all: [method], doubt };
}

// Frameworks that know `_method` read it from the fields of a POSTed form.
function readFormOverride(facts: Facts, add: (value: string) => void): MatchState {
  const type = contentType(facts.call.headers);
  const isForm = type.state !== 'known' || isFormType(type.type) || type.type === 'multipart/form-data';
  if (!isForm) return NO;
  const body = bodyOf(facts);
  if (body.kind === 'pending') return PENDING;
  if (body.kind === 'unreadable') return UNREADABLE;
  if (body.kind === 'form') formValue(facts, '_method', body.text).possible.forEach(add);
  if (body.kind === 'other' && body.mentions('_method')) return UNREADABLE;
  return NO;
}
