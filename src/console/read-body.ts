// Reads a JSON body: declared as JSON, short, UTF-8, without duplicate members, exactly as its schema says.
import { collectBody } from './collect-body.ts';
import type { IncomingMessage } from 'node:http';
import type { z } from 'zod';
import { type Answer, problem } from './answer.ts';
import { describeIssues, type Read } from './read.ts';

/** Bytes. */
const MAX_BODY: number = 16 * 1024;

export type BodyOutcome<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly answer: Answer };

const CLOSE = { Connection: 'close' };
const JSON_MEDIA = /^application\/json *(?:; *charset="?utf-8"? *)?$/i;

/** True if a body follows the head (RFC 9112 §6.3). */
export function hasBody(request: IncomingMessage): boolean {
  return request.headers['transfer-encoding'] !== undefined || Number(request.headers['content-length'] ?? 0) > 0;
}

/** Reads and checks the body; a refusal says what is wrong and closes the connection where bytes may be left unread. */
export async function readBody<T>(request: IncomingMessage, schema: z.ZodType<T>): Promise<BodyOutcome<T>> {
  const { headers } = request;
  if (!JSON_MEDIA.test(headers['content-type'] ?? '') || headers['content-encoding'] !== undefined) {
    const detail = 'Send "Content-Type: application/json" in UTF-8 and without a content coding.';
    return { ok: false, answer: problem('unsupported-media-type', { detail }, CLOSE) };
  }
  const bytes = await collectBody(request, MAX_BODY);
  if (!bytes) {
    const detail = `The body is over the limit of ${MAX_BODY} bytes.`;
    return { ok: false, answer: problem('body-too-large', { detail }, CLOSE) };
  }
  const parsed = parseJson(bytes);
  if (!parsed.ok) return { ok: false, answer: problem('invalid-request', { detail: parsed.detail }) };
  const result = schema.safeParse(parsed.value);
  if (result.success) return { ok: true, value: result.data };
  return { ok: false, answer: problem('invalid-request', { detail: describeIssues(result.error) }) };
}

function parseJson(bytes: Uint8Array): Read<unknown> {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return { ok: false, detail: 'The body is not valid UTF-8.' };
  }
  if (text.trim() === '') return { ok: false, detail: 'The body is empty; a JSON object is expected.' };
  try {
    const value: unknown = JSON.parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
      if (countMembers(text) !== Object.keys(value).length) {
        return { ok: false, detail: 'A member of the JSON object occurs twice.' };
      }
      return { ok: true, value };
    }
    return { ok: false, detail: 'The body has to be a JSON object.' };
  } catch (error) {
    return {
      ok: false,
      detail: `The body is not JSON: ${error instanceof Error ? error.message : 'cannot be parsed'}`,
    };
  }
}

/** Members of the outermost object of a text that is known to be valid JSON: its colons outside strings, at depth one. */
function countMembers(text: string): number {
  let members = 0;
  let depth = 0;
  for (const [token] of text.matchAll(/"(?:[^"\\]|\\.)*"|[{}[\]:]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ':' && depth === 1) members += 1;
  }
  return members;
}
