// `body: {form: …}` and `body: {json: …}`: every place and parser an upstream might take the value from (security.md D4–D6).
import type { BigNumber, JsonObject, JsonValue } from '../body/json.ts';
import type { FoundJson, LooseReading } from './body-reading.ts';
import { bodyOf, type Facts, formValue, queryValue } from './facts.ts';
import { AMBIGUOUS, among, type MatchState, NO, or, PENDING, UNREADABLE, YES } from './match-state.ts';
import { lookUp } from './pairs.ts';
import { fold } from './path-readings.ts';
import { matchNamed, type ScalarMatcher } from './scalars.ts';

/** A form field. The same name in query and form is a contradiction; a body of another type can only match by doubt. */
export function matchFormField(facts: Facts, name: string, matcher: ScalarMatcher): MatchState {
  const body = bodyOf(facts);
  if (body.kind === 'pending') return PENDING;
  if (body.kind === 'unreadable') return UNREADABLE;
  const inQuery = queryValue(facts, name);
  // Query APIs read one merged set of parameters: what the query says counts too.
  const aside = among(inQuery.possible.some(matcher.text), false);
  if (body.kind === 'none') return aside;
  const inBody = formValue(facts, name, body.text);
  if (body.kind === 'form') {
    if (inBody.possible.length > 0 && inQuery.possible.length > 0) return UNREADABLE;
    const read = inBody.possible.length === 0 ? aside : matchNamed(inBody, matcher);
    return read === YES ? read : or(read, among(elsewhere(body.json) || encoded(body.encoded), false));
  }
  if (body.kind === 'other' && body.mentions(name)) return UNREADABLE;
  const json = body.kind === 'json' ? body : body.json;
  const doubt = elsewhere(json) || inBody.possible.some(matcher.text) || encoded(body.encoded);
  return doubt ? AMBIGUOUS : aside;

  function elsewhere(found: FoundJson): boolean {
    return found !== undefined && found !== 'broken' && matchPointer(found.value, [name], matcher) !== NO;
  }
  function encoded(raw: LooseReading | undefined): boolean {
    return raw !== undefined && lookUp(raw.text, name).possible.some(matcher.text);
  }
}

/** A value at a JSON pointer, given as its segments (RFC 6901, decoded). */
export function matchJsonPointer(facts: Facts, segments: readonly string[], matcher: ScalarMatcher): MatchState {
  const body = bodyOf(facts);
  if (body.kind === 'none') return NO;
  if (body.kind === 'pending') return PENDING;
  if (body.kind === 'unreadable') return UNREADABLE;
  const raw = body.encoded?.json;
  const below = raw === undefined ? NO : inFound(raw, segments, matcher);
  if (body.kind === 'json') {
    const state = matchPointer(body.value, segments, matcher);
    return state === YES ? state : or(state, below);
  }
  const last = segments.at(-1) ?? '';
  if (body.kind === 'other' && body.mentions(last)) return UNREADABLE;
  // curl calls every body a form, and many servers read JSON whatever it is called.
  const found = or(below, inFound(body.json, segments, matcher));
  if (body.kind === 'other' || segments.length !== 1) return found;
  return or(found, among(formValue(facts, last, body.text).possible.some(matcher.text), false));
}

function inFound(found: FoundJson, segments: readonly string[], matcher: ScalarMatcher): MatchState {
  if (found === 'broken') return UNREADABLE;
  return found === undefined || matchPointer(found.value, segments, matcher) === NO ? NO : AMBIGUOUS;
}

/** Splits a valid JSON pointer. */
export function pointerSegments(pointer: string): string[] {
  const [, ...segments] = pointer.split('/');
  return segments.map((segment) => segment.replaceAll('~1', '/').replaceAll('~0', '~'));
}

function matchPointer(root: JsonValue, segments: readonly string[], matcher: ScalarMatcher): MatchState {
  let places: readonly JsonValue[] = [root];
  let clean = true;
  for (const segment of segments) {
    const next: JsonValue[] = [];
    for (const place of places) {
      const found = step(place, segment);
      clean &&= found.clean;
      next.push(...found.values);
    }
    places = next;
  }
  const states = places.map((place) => matchValue(place, matcher));
  if (clean) return states[0] ?? NO;
  return states.some((state) => state !== NO) ? AMBIGUOUS : NO;
}

// Some decoders find members whatever their case (Go's encoding/json), so a twin makes the member uncertain.
function step(value: JsonValue, segment: string): { readonly values: readonly JsonValue[]; readonly clean: boolean } {
  if (isArray(value)) {
    const item = /^(0|[1-9]\d{0,9})$/.test(segment) ? value[Number(segment)] : undefined;
    return { values: item === undefined ? [] : [item], clean: true };
  }
  if (!isObject(value)) return { values: [], clean: true };
  const values: JsonValue[] = [];
  let clean = true;
  for (const [key, member] of value) {
    if (key === segment) values.push(member);
    else if (key.length === segment.length && fold(key) === fold(segment)) {
      values.push(member);
      clean = false;
    }
  }
  return { values, clean };
}

/** Upstreams turn "1" into 1 and take the first of a list: what only matches after that is ambiguous. */
function matchValue(value: JsonValue, matcher: ScalarMatcher): MatchState {
  if (matcher.anything) return YES;
  if (typeof value === 'string') return matcher.string(value) ? YES : among(matcher.text(value), false);
  if (isArray(value)) return value.reduce<MatchState>((state, item) => soften(state, matchValue(item, matcher)), NO);
  if (value === null || typeof value === 'number' || typeof value === 'boolean') {
    return matcher.exact(value) ? YES : among(matcher.text(value === null ? '' : String(value)), false);
  }
  return isObject(value) ? NO : among(matcher.text(value.text), false);
}

function soften(state: MatchState, item: MatchState): MatchState {
  return or(state, item === NO ? NO : AMBIGUOUS);
}

function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

function isObject(value: JsonValue | BigNumber): value is JsonObject {
  return value instanceof Map;
}
