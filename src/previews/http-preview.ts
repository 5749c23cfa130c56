// Plain REST: what a PUT, PATCH or DELETE would make of the resource that a GET of the same target shows.
import { contentType, isJsonType } from '../core/body/content-type.ts';
import { type JsonValue, parseJson } from '../core/body/json.ts';
import type { Call } from '../core/call.ts';
import { jsonPatch, mergePatch } from '../core/diff/patches.ts';
import { type Asking, asJson } from './asking.ts';
import { failed, none, type Outcome, shownChanges } from './outcome.ts';

export async function httpPreview(asking: Asking): Promise<Outcome> {
  const { call } = asking;
  if (call.headers.some((name, i) => i % 2 === 0 && /^x-(?:http-)?method/i.test(name))) {
    return none('No preview: the call asks for another method than its own.');
  }
  switch (call.method) {
    case 'PUT':
    case 'PATCH':
      return changed(asking);
    case 'DELETE':
      return deleted(asking);
    default:
      return none(`No preview: what a ${call.method} does here cannot be asked beforehand.`);
  }
}

async function deleted(asking: Asking): Promise<Outcome> {
  const before = asJson(await asking.read({}));
  if (before.state === 'failed') return failed(`What would be deleted is not known: ${before.why}.`);
  if (before.state === 'absent') return shownChanges('There is nothing at this address now.', undefined, undefined);
  return shownChanges('What is at this address now, and would be deleted.', before.value, undefined);
}

async function changed(asking: Asking): Promise<Outcome> {
  const { call } = asking;
  const body = jsonBody(call);
  if (!body) return none('No preview: the body is not JSON.');
  const before = asJson(await asking.read({}));
  if (before.state === 'failed') return failed(`What is there now is not known: ${before.why}.`);
  if (call.method === 'PUT') {
    const note =
      before.state === 'absent'
        ? 'There is nothing at this address now: it would be made.'
        : 'As it is now, and as the request has it. What the request leaves out is listed last: some servers keep it.';
    return shownChanges(note, before.state === 'json' ? before.value : undefined, body.value);
  }
  if (before.state === 'absent') return failed('There is nothing at this address now that could be patched.');
  if (body.type === 'application/json-patch+json') {
    const patched = jsonPatch(before.value, body.value);
    if (!patched.ok) return failed(`The patch would fail: ${patched.why}.`);
    return shownChanges('As it is now, and as the patch would make it (RFC 6902).', before.value, patched.value);
  }
  const how =
    body.type === 'application/merge-patch+json'
      ? 'As it is now, and as the patch would make it (RFC 7396).'
      : 'As it is now, and as it would be if the body is merged into it, which is how most servers read it.';
  return shownChanges(how, before.value, mergePatch(before.value, body.value));
}

export function jsonBody({ headers, body }: Call): { readonly type: string; readonly value: JsonValue } | undefined {
  if (body.state !== 'whole') return undefined;
  const type = contentType(headers);
  if (type.state !== 'known' || !isJsonType(type.type)) return undefined;
  const json = parseJson(body.decoded);
  return json.ok ? { type: type.type, value: json.value } : undefined;
}
