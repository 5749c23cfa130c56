// One block as a list of tests, cheapest first, and the exact values by which the index can find it.
import type { Block, Scalar } from './ast.ts';
import { contentType, isFormType } from '../body/content-type.ts';
import { actionCriterion, mentionsActions } from './action-criterion.ts';
import { matchFormField, matchJsonPointer, pointerSegments } from './body-criteria.ts';
import { bodyOf, type Facts, foldedPathsOf, formValue, hostOf, methodsOf, pathsOf, queryValue } from './facts.ts';
import { compileGlob, type Glob, type GlobKind } from './globs.ts';
import { AMBIGUOUS, among, and, type MatchState, NO, or, PENDING, UNREADABLE, YES } from './match-state.ts';
import { type PathMatcher, pathMatcher } from './path-matcher.ts';
import { matchNamed, type ScalarMatcher, scalarMatcher, textGlob } from './scalars.ts';
import { sourceMatcher } from './source-criterion.ts';
import { timeWindow } from './time-criterion.ts';
import { compileWhen, type When } from './when.ts';
import { matchWhen } from './when-criterion.ts';

export interface Criterion {
  /** The key in the policy file: `path`, `header.x-a`, `body.form.Action`. */
  readonly name: string;
  readonly test: (facts: Facts) => MatchState;
}

export interface CompiledBlock {
  readonly criteria: readonly Criterion[];
  readonly block: Block;
  readonly path: PathMatcher | undefined;
}

/** The state of a conjunction; stops at the first NO. */
export function matchBlock({ criteria }: CompiledBlock, facts: Facts): MatchState {
  let state: MatchState = YES;
  for (const criterion of criteria) {
    state = and(state, criterion.test(facts));
    if (state === NO) return NO;
  }
  return state;
}

/** `whens`: the block's own condition and the rule's. Throws on globs or conditions that the parser would have refused. */
export function compileBlock(block: Block, whens: readonly string[]): CompiledBlock {
  const criteria: Criterion[] = [];
  const add = (name: string, test: Criterion['test'] | undefined): void => {
    if (test) criteria.push({ name, test });
  };
  const path = block.path && pathMatcher(globs('path', block.path));
  add(
    'upstream',
    block.upstream &&
      (
        (any) => (facts) =>
          sure(any(facts.call.upstream))
      )(anyGlob(block.upstream)),
  );
  add('method', block.method && methodTest(block.method));
  add('host', block.host && hostTest(block.host));
  add('path', path && ((facts) => path.match(pathsOf(facts), foldedPathsOf(facts))));
  add(
    'agent',
    block.agent &&
      (
        (any) => (facts) =>
          sure(any(facts.context.agent.id))
      )(anyGlob(block.agent)),
  );
  add('owner', block.owner && ownerTest(block.owner));
  for (const [label, patterns] of Object.entries(block.labels ?? {}))
    add(`labels.${label}`, labelTest(label, patterns));
  add(
    'source',
    block.source &&
      (
        (match) => (facts) =>
          match(facts.context.source)
      )(sourceMatcher(block.source)),
  );
  add('time', block.time && timeTest(block.time));
  for (const [name, values] of Object.entries(block.header ?? {})) add(`header.${name}`, headerTest(name, values));
  for (const [name, values] of Object.entries(block.query ?? {})) add(`query.${name}`, queryTest(name, values));
  const conditions = whens.map(condition);
  const about = conditions.filter(mentionsActions);
  add('action', actionCriterion(block, about));
  for (const [name, values] of Object.entries(block.body?.form ?? {})) {
    const matcher = scalarMatcher(values);
    add(`body.form.${name}`, (facts) => matchFormField(facts, name, matcher));
  }
  for (const [pointer, values] of Object.entries(block.body?.json ?? {})) {
    const matcher = scalarMatcher(values);
    const segments = pointerSegments(pointer);
    add(`body.json.${pointer}`, (facts) => matchJsonPointer(facts, segments, matcher));
  }
  for (const when of conditions) if (!about.includes(when)) add('when', (facts) => matchWhen(when, facts, undefined));
  return { criteria, block, path };
}

function sure(matches: boolean): MatchState {
  return matches ? YES : NO;
}

export function globs(kind: GlobKind, patterns: readonly string[]): Glob[] {
  return patterns.map((pattern) => {
    const compiled = compileGlob(kind, pattern);
    if (!compiled.ok) throw new Error(`unchecked glob "${pattern}": ${compiled.message}`);
    return compiled.glob;
  });
}

function anyGlob(patterns: readonly string[]): (value: string) => boolean {
  const tests = patterns.map(textGlob);
  const [only] = tests;
  return only && tests.length === 1 ? only : (value) => tests.some((test) => test(value));
}

function condition(source: string): When {
  const compiled = compileWhen(source);
  if (!compiled.ok) throw new Error(`unchecked condition: ${compiled.message}`);
  return compiled.when;
}

function methodTest(methods: readonly string[]): Criterion['test'] {
  if (methods.includes('*')) return () => YES;
  const wanted = new Set(methods.map((method) => method.toUpperCase()));
  return (facts) => {
    const { all, doubt } = methodsOf(facts);
    const state =
      all.length === 1
        ? sure(wanted.has(all[0] ?? ''))
        : among(
            all.some((m) => wanted.has(m)),
            all.every((m) => wanted.has(m)),
          );
    // What the body may still say is one more reading.
    return doubt === NO ? state : or(state === NO ? NO : AMBIGUOUS, doubt);
  };
}

function hostTest(patterns: readonly string[]): Criterion['test'] {
  const tests = globs('host', patterns).map((glob) => ({ test: glob.test, port: glob.pattern.includes(':') }));
  return (facts) => {
    const { name, withPort } = hostOf(facts);
    return sure(tests.some(({ test, port }) => test(name) || (port && test(withPort))));
  };
}

function ownerTest(patterns: readonly string[]): Criterion['test'] {
  // E-mail addresses are one person's in any case (core/principal.ts, humanId).
  const any = anyGlob(patterns.map((pattern) => pattern.toLowerCase()));
  return (facts) => sure(any(facts.context.agent.owner.toLowerCase()));
}

function labelTest(label: string, patterns: readonly string[]): Criterion['test'] {
  const any = anyGlob(patterns);
  return (facts) => {
    const { labels } = facts.context.agent;
    return sure(Object.hasOwn(labels, label) && any(labels[label] ?? ''));
  };
}

function timeTest(windows: NonNullable<Block['time']>): Criterion['test'] {
  const tests = windows.map(timeWindow);
  return (facts) => sure(tests.some((test) => test(facts.context.now)));
}

/** Every value, and what an upstream would see that joins them (RFC 9110 §5.3), splits a list or reads UTF-8. */
function headerTest(name: string, scalars: readonly Scalar[]): Criterion['test'] {
  const { text } = scalarMatcher(scalars);
  const asVariable = variable(name);
  return (facts) => {
    const values: string[] = [];
    const twins: string[] = [];
    const { headers } = facts.call;
    for (let i = 0; i + 1 < headers.length; i += 2) {
      const key = headers[i] ?? '';
      if (key.length !== name.length) continue;
      if (key.toLowerCase() === name) values.push((headers[i + 1] ?? '').trim());
      else if (variable(key) === asVariable) twins.push((headers[i + 1] ?? '').trim());
    }
    if (values.length + twins.length === 0) return NO;
    const whole = new Set([
      ...values,
      ...twins,
      [...values, ...twins].join(', '),
      ...[...values, ...twins].map(asUtf8),
    ]);
    const every = [...whole].every(text);
    const some =
      every || [...whole].some(text) || [...whole].some((value) => value.split(',').some((part) => text(part.trim())));
    return among(some, every && twins.length === 0);
  };
}

/** The name as CGI and its heirs hand it on (RFC 3875 §4.1.18), where `x_role` and `x-role` are one. */
function variable(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '_');
}

function asUtf8(value: string): string {
  const decoded = Array.from(value, (char) => char.charCodeAt(0));
  if (!decoded.some((code) => code > 127) || decoded.some((code) => code > 255)) return value;
  return new TextDecoder().decode(Uint8Array.from(decoded));
}

/** Query APIs read one merged set of parameters: a form body that names the same one contradicts the query. */
function queryTest(name: string, scalars: readonly Scalar[]): Criterion['test'] {
  const matcher: ScalarMatcher = scalarMatcher(scalars);
  return (facts) => {
    const inQuery = queryValue(facts, name);
    const state = matchNamed(inQuery, matcher);
    if (facts.call.body.state === 'none') return state;
    const type = contentType(facts.call.headers);
    const multipart = type.state === 'known' && type.type === 'multipart/form-data';
    if (type.state === 'known' && !multipart && !isFormType(type.type)) return state;
    const body = bodyOf(facts);
    if (body.kind === 'pending') return PENDING;
    if (body.kind === 'unreadable') return UNREADABLE;
    if (body.kind === 'other' && body.mentions(name)) return UNREADABLE;
    if (body.kind !== 'form') return state;
    const inBody = formValue(facts, name, body.text);
    if (inBody.possible.length === 0) return state;
    if (inQuery.possible.length > 0) return UNREADABLE;
    return among(inBody.possible.some(matcher.text), false);
  };
}
