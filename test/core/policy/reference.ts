// The policy semantics again, slow and plain: write down every call the upstream may take this one for, run every rule on every
// one of them, count. Shares no code with src/core/policy but the types.
import type { Call } from '../../../src/core/call.ts';
import type { Block, PolicyDefaults, PolicyFile, Rule, Scalar } from '../../../src/core/policy/ast.ts';
import type { Decision, DecisionContext, Effect } from '../../../src/core/policy/types.ts';
import { actionVerdict, eachAlone } from './reference-actions.ts';
import { allOf, anyOf, count, like, negate, type Truth, type Verdict } from './reference-truth.ts';

export interface ReferenceDecision {
  readonly effect: Effect;
  readonly rules: readonly string[];
  readonly certain: boolean;
}

export function referenceDecide(
  files: readonly PolicyFile[],
  defaults: PolicyDefaults,
  call: Call,
  context: DecisionContext,
): ReferenceDecision | 'needs-body' {
  const rules = files.flatMap((file) => file.rules).filter((rule) => rule.mode === 'enforce');
  const verdicts = rules.map((rule) => ({ rule, verdict: ruleVerdict(rule, call, context) }));
  for (const effect of ['deny', 'hold', 'allow'] as const) {
    const own = verdicts.filter(({ rule }) => rule.effect === effect);
    let matched = own.filter(({ verdict }) =>
      effect === 'allow' ? verdict === 'always' : verdict !== 'never' && verdict !== 'needs-body',
    );
    if (effect === 'allow' && matched.length === 0) {
      // Each thing that the call does, by any rule.
      const byThing = eachAlone(call, context).map((alone) =>
        own.filter(({ rule }) => ruleVerdict(rule, call, alone) === 'always'),
      );
      if (byThing.every((found) => found.length > 0)) matched = own.filter((one) => byThing.flat().includes(one));
      if (matched.length > 0) return { effect, rules: matched.map(({ rule }) => rule.id), certain: true };
    }
    const open = own.some(({ verdict }) => verdict === 'needs-body');
    // A hold that stands still waits for the denials that the body may bring; a denial waits for nothing.
    if (effect === 'deny' && matched.length === 0 && open) return 'needs-body';
    if (effect === 'hold' && open) return 'needs-body';
    if (effect === 'allow' && matched.length === 0 && open && defaults.effect !== 'allow') return 'needs-body';
    if (matched.length > 0) {
      return {
        effect,
        rules: matched.map(({ rule }) => rule.id),
        certain: matched.some(({ verdict }) => verdict === 'always' || verdict === 'partly'),
      };
    }
  }
  return { effect: defaults.effect, rules: [], certain: true };
}

export function comparable(decision: Decision | 'needs-body'): ReferenceDecision | 'needs-body' {
  if (decision === 'needs-body') return decision;
  const certain = decision.reason === 'rule' || decision.reason === 'default';
  return { effect: decision.effect, rules: decision.rules, certain };
}

function ruleVerdict(rule: Rule, call: Call, context: DecisionContext): Verdict {
  const match = anyOf(rule.match.map((block) => blockVerdict(block, rule, call, context)));
  if (match === 'never') return 'never';
  const except = rule.except.map((block) => negate(blockVerdict(block, undefined, call, context)));
  return allOf([match, ...except]);
}

function blockVerdict(block: Block, rule: Rule | undefined, call: Call, context: DecisionContext): Verdict {
  const plain = (patterns: readonly string[] | undefined, value: string | undefined): Verdict =>
    patterns === undefined || (value !== undefined && patterns.some((p) => like(p, value))) ? 'always' : 'never';
  const verdicts: Verdict[] = [
    plain(block.upstream, call.upstream),
    plain(block.agent, context.agent.id),
    plain(
      block.host?.map((host) => host.toLowerCase()),
      call.host.toLowerCase().replace(/:\d+$/, ''),
    ),
    ...Object.entries(block.labels ?? {}).map(([key, patterns]) => plain(patterns, context.agent.labels[key])),
  ];
  if (block.path) verdicts.push(pathVerdict(block.path, call.path));
  if (block.method) verdicts.push(methodVerdict(block.method, call));
  for (const [name, values] of Object.entries(block.query ?? {})) verdicts.push(queryVerdict(name, values, call));
  for (const [name, values] of Object.entries(block.header ?? {})) verdicts.push(headerVerdict(name, values, call));
  for (const [name, values] of Object.entries(block.body?.form ?? {})) verdicts.push(formVerdict(name, values, call));
  for (const [pointer, values] of Object.entries(block.body?.json ?? {}))
    verdicts.push(jsonVerdict(pointer, values, call));
  const spoken = actionVerdict(block, rule, call, context);
  return allOf(spoken === undefined ? verdicts : [...verdicts, spoken]);
}

function likePath(pattern: string, path: string): boolean {
  if (pattern === '/**' && path === '') return true; // `/x/**` is `/x` too
  if (pattern === '') return path === '';
  if (pattern.startsWith('/**/') && likePath(pattern.slice(3), path)) return true;
  if (pattern.startsWith('**'))
    return likePath(pattern.slice(2), path) || (path !== '' && likePath(pattern, path.slice(1)));
  if (pattern.startsWith('*')) {
    return likePath(pattern.slice(1), path) || (path !== '' && path[0] !== '/' && likePath(pattern, path.slice(1)));
  }
  if (path === '') return false;
  const same = pattern[0] === '?' ? path[0] !== '/' : pattern[0] === path[0];
  return same && likePath(pattern.slice(1), path.slice(1));
}

const percentDecoded = (text: string): string =>
  text.replaceAll(/(?:%[0-9a-f]{2})+/gi, (run) => {
    try {
      return decodeURIComponent(run);
    } catch {
      return Buffer.from(run.replaceAll('%', ''), 'hex').toString('latin1');
    }
  });

function dots(path: string): string {
  const out: string[] = [];
  const parts = path.slice(1).split('/');
  parts.forEach((part, i) => {
    const clear = part.replaceAll(/%2e/gi, '.');
    const end = i === parts.length - 1;
    if (clear === '..') out.pop();
    if (clear !== '.' && clear !== '..') out.push(part);
    else if (end) out.push('');
  });
  return `/${out.join('/')}`;
}

/** Everything that any chain of these habits makes of a path, with at most two decodings. */
export function allPaths(path: string): Set<string> {
  const seen = new Map<string, number>();
  const visit = (text: string, decoded: number): void => {
    const p = text.startsWith('/') ? text : `/${text}`;
    if ((seen.get(p) ?? 3) <= decoded) return;
    seen.set(p, decoded);
    if (decoded < 2) visit(percentDecoded(p), decoded + 1);
    visit(dots(p), decoded);
    visit(p.replaceAll('\\', '/'), decoded);
    visit(p.replaceAll(/\/+/g, '/'), decoded);
    visit(p.replaceAll(/;[^/]*/g, ''), decoded);
    visit(
      p
        .split('/')
        .map((s) => (/^[.\s]*$/.test(s) ? s : s.replace(/[.\s]+$/, '')))
        .join('/'),
      decoded,
    );
    visit(p.split(/[?#\0]/)[0] ?? '', decoded);
    if (p.length > 1 && p.endsWith('/')) visit(p.slice(0, -1), decoded);
  };
  visit(path, 0);
  return new Set(seen.keys());
}

function pathVerdict(patterns: readonly string[], path: string): Truth {
  const spelled = patterns
    .flatMap((p) => [p, percentDecoded(p)])
    .flatMap((p) => [p, p.length > 1 ? p.replace(/\/$/, '') : p]);
  const readings = [...allPaths(path)];
  const exact =
    patterns.some((p) => likePath(p, path)) && readings.every((r) => r === path || spelled.some((p) => likePath(p, r)));
  if (exact) return 'always';
  return readings.some((r) => spelled.some((p) => likePath(p.toLowerCase(), r.toLowerCase()))) ? 'sometimes' : 'never';
}

function typeOf(call: Call): string {
  const found = call.headers.findIndex((item, i) => i % 2 === 0 && item.toLowerCase() === 'content-type');
  return found < 0 ? '' : (call.headers[found + 1] ?? '');
}

const FORM = 'application/x-www-form-urlencoded';

function bodyText(call: Call): string | undefined {
  return call.body.state === 'whole'
    ? new TextDecoder('utf-8', { ignoreBOM: true }).decode(call.body.decoded)
    : undefined;
}

function methodVerdict(methods: readonly string[], call: Call): Verdict {
  const overrides = [
    ...call.headers.filter(
      (_, i) =>
        i % 2 === 1 && /^x-(http-method|http-method-override|method-override)$/i.test(call.headers[i - 1] ?? ''),
    ),
    ...readValues(call.query ?? '', '_method').any,
  ];
  let open: Verdict | undefined;
  if (call.method === 'POST' && call.body.state !== 'none' && [FORM, ''].includes(typeOf(call))) {
    const text = bodyText(call);
    if (call.body.state === 'unread') open = 'needs-body';
    else if (text === undefined || typeOf(call) === '' || brokenForm(text)) open = 'sometimes';
    else overrides.push(...readValues(text, '_method').any);
  }
  const all = [call.method, ...overrides.map((m) => m.trim().toUpperCase()).filter((m) => m !== '')];
  return open ?? count(all.map((method) => methods.includes(method)));
}

const tame = (name: string): string =>
  name
    .trim()
    .toLowerCase()
    .replace(/\[[^\]]*\]$/, '')
    .replaceAll(/[ .[]/g, '_');

/** Every value under every way to split and decode; `all` only where one clean pair stands under each of them. */
function readValues(text: string, name: string): { readonly any: string[]; readonly all: string[] | undefined } {
  const any: string[] = [];
  let all: string[] | undefined = [];
  for (const split of [/&/, /[&;]/]) {
    const pairs = text
      .split(split)
      .filter((pair) => pair !== '')
      .map((pair) => ({
        key: pair.split('=')[0] ?? '',
        value: pair.includes('=') ? pair.slice(pair.indexOf('=') + 1) : '',
      }))
      .map(({ key, value }) => ({ key: percentDecoded(key.replaceAll('+', ' ')), value }))
      .filter(({ key }) => tame(key) === tame(name) || tame(percentDecoded(key)) === tame(name));
    for (const { value } of pairs) {
      const spaced = percentDecoded(value.replaceAll('+', ' '));
      const readings = [spaced, percentDecoded(value), percentDecoded(spaced)];
      any.push(value, ...readings);
      all?.push(...readings);
    }
    if (pairs.length !== 1 || pairs[0]?.key !== name) all = undefined;
  }
  return { any, all };
}

function written(scalars: readonly Scalar[], value: string): boolean {
  return scalars.some((s) =>
    typeof s === 'string' ? like(s, value) : s === null ? value === '' : String(s) === value,
  );
}

function named(value: ReturnType<typeof readValues>, scalars: readonly Scalar[]): Truth {
  if (value.all?.every((v) => written(scalars, v))) return 'always';
  return value.any.some((v) => written(scalars, v)) ? 'sometimes' : 'never';
}

function brokenForm(body: string): boolean {
  if (body.startsWith('\uFEFF')) return true;
  return body.split(/[&=]/).some((part) => {
    try {
      // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
      return /[\0-\x08\x0b\x0c\x0e-\x1f]/.test(decodeURIComponent(part));
    } catch {
      return true;
    }
  });
}

function queryVerdict(name: string, scalars: readonly Scalar[], call: Call): Verdict {
  const here = readValues(call.query ?? '', name);
  if (call.body.state === 'none' || ![FORM, ''].includes(typeOf(call))) return named(here, scalars);
  const body = bodyText(call);
  if (call.body.state === 'unread') return 'needs-body';
  if (body === undefined || typeOf(call) === '' || brokenForm(body)) return 'sometimes';
  const there = readValues(body, name);
  if (there.any.length === 0) return named(here, scalars);
  if (here.any.length > 0) return 'sometimes';
  return there.any.some((v) => written(scalars, v)) ? 'sometimes' : 'never';
}

function headerVerdict(name: string, scalars: readonly Scalar[], call: Call): Truth {
  const own = call.headers
    .filter((_, i) => i % 2 === 1 && call.headers[i - 1]?.toLowerCase() === name)
    .map((v) => v.trim());
  if (own.length === 0) return 'never';
  const whole = [...own, own.join(', ')];
  if (whole.every((v) => written(scalars, v))) return 'always';
  return [...whole, ...own.flatMap((v) => v.split(',').map((e) => e.trim()))].some((v) => written(scalars, v))
    ? 'sometimes'
    : 'never';
}

function formVerdict(name: string, scalars: readonly Scalar[], call: Call): Verdict {
  const inQuery = readValues(call.query ?? '', name);
  const aside: Truth = inQuery.any.some((v) => written(scalars, v)) ? 'sometimes' : 'never';
  if (call.body.state === 'none') return aside;
  if (call.body.state === 'unread') return 'needs-body';
  const body = bodyText(call);
  if (body === undefined || typeOf(call) === '' || body.startsWith('\uFEFF')) return 'sometimes';
  const inBody = readValues(body, name);
  if (typeOf(call) === FORM) {
    if (brokenForm(body)) return 'sometimes';
    if (inBody.any.length > 0 && inQuery.any.length > 0) return 'sometimes';
    const read = inBody.any.length === 0 ? aside : named(inBody, scalars);
    return read === 'never' ? perhaps(jsonAnyway(body, [name], scalars) === 'found') : read;
  }
  const parsed = strict(body);
  if (typeOf(call) === 'application/json' && parsed === undefined) return 'sometimes';
  if (inBody.any.some((v) => written(scalars, v))) return 'sometimes';
  return parsed !== undefined && at(parsed.value, [name], scalars) !== 'never' ? 'sometimes' : aside;
}

function jsonVerdict(pointer: string, scalars: readonly Scalar[], call: Call): Verdict {
  if (call.body.state === 'none') return 'never';
  if (call.body.state === 'unread') return 'needs-body';
  const body = bodyText(call);
  if (body === undefined || typeOf(call) === '' || body.startsWith('\uFEFF')) return 'sometimes';
  const path = pointer.split('/').slice(1);
  if (typeOf(call) === 'application/json') {
    const parsed = strict(body);
    return parsed === undefined ? 'sometimes' : at(parsed.value, path, scalars);
  }
  if (typeOf(call) === FORM && brokenForm(body)) return 'sometimes';
  const asField =
    typeOf(call) === FORM && path.length === 1 && readValues(body, path[0] ?? '').any.some((v) => written(scalars, v));
  return perhaps(asField || jsonAnyway(body, path, scalars) !== 'absent');
}

const perhaps = (hit: boolean): Truth => (hit ? 'sometimes' : 'never');

/** What a server finds that takes every body for JSON. */
function jsonAnyway(body: string, path: readonly string[], scalars: readonly Scalar[]): 'found' | 'broken' | 'absent' {
  if (!/^\s*[{[]/.test(body)) return 'absent';
  const parsed = strict(body);
  if (parsed === undefined) return 'broken';
  return at(parsed.value, path, scalars) === 'never' ? 'absent' : 'found';
}

/** JSON.parse, and a second look for keys that occur twice: the generator's bodies are small and flat. */
function strict(body: string): { readonly value: unknown } | undefined {
  if (body.startsWith('\uFEFF')) return undefined;
  try {
    const value: unknown = JSON.parse(body);
    const keys = [...body.matchAll(/"((?:[^"\\]|\\.)*)"\s*:/g)].map((m) => JSON.parse(`"${m[1]}"`) as string);
    return new Set(keys).size === keys.length ? { value } : undefined;
  } catch {
    return undefined;
  }
}

function at(value: unknown, path: readonly string[], scalars: readonly Scalar[]): Truth {
  const [key, ...rest] = path;
  if (key === undefined) return leaf(value, scalars);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return 'never';
  const twins = Object.entries(value).filter(([own]) => own.toLowerCase() === key.toLowerCase());
  const truths = twins.map(([, member]) => at(member, rest, scalars));
  if (twins.length === 1 && twins[0]?.[0] === key) return truths[0] ?? 'never';
  return truths.some((truth) => truth !== 'never') ? 'sometimes' : 'never';
}

function leaf(value: unknown, scalars: readonly Scalar[]): Truth {
  if (scalars.includes('*')) return 'always';
  if (Array.isArray(value)) return value.some((item) => leaf(item, scalars) !== 'never') ? 'sometimes' : 'never';
  if (typeof value === 'object' && value !== null) return 'never';
  const same = scalars.some((s) => (typeof s === 'string' && typeof value === 'string' ? like(s, value) : s === value));
  if (same) return 'always';
  const scalar = value as Scalar;
  return written(scalars, scalar === null ? '' : String(scalar)) ? 'sometimes' : 'never';
}
