// Calls to services with SQL in them, written in a few words: `POST /path?query`, a body, and further headers.
import { createSqlRecogniser } from '../../../../src/actions/sql/http/recogniser.ts';
import type { Call, CallBody } from '../../../../src/core/call.ts';
import type { SqlService } from '../../../../src/core/upstream.ts';
import { line } from '../statements.ts';

/** A text, or something that is sent as JSON. */
export type Body = string | Uint8Array | Readonly<Record<string, unknown>> | readonly unknown[];

export interface CallOptions {
  readonly headers?: readonly string[];
  readonly host?: string;
  readonly body?: CallBody;
}

export function callOf(request: string, body?: Body, options: CallOptions = {}): Call {
  const [method = '', target = ''] = request.split(' ');
  const at = target.indexOf('?');
  return {
    method,
    upstream: 'db',
    scheme: 'https',
    host: options.host ?? 'db.example.com',
    path: at < 0 ? target : target.slice(0, at),
    query: at < 0 ? undefined : target.slice(at + 1),
    headers: [...(isJson(body) ? ['Content-Type', 'application/json'] : []), ...(options.headers ?? [])],
    body: options.body ?? bodyOf(body),
  };
}

function isJson(body: Body | undefined): boolean {
  return body !== undefined && typeof body !== 'string' && !(body instanceof Uint8Array);
}

function bodyOf(body: Body | undefined): CallBody {
  if (body === undefined) return { state: 'none' };
  const plain = body instanceof Uint8Array ? body : Buffer.from(typeof body === 'string' ? body : JSON.stringify(body));
  return { state: 'whole', bytes: plain, decoded: plain };
}

/** What the call does, one line an action. */
export function does(service: SqlService, call: Call, base = ''): readonly string[] {
  return createSqlRecogniser(service, base).recognise(call).map(line);
}
