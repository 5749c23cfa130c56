// What a route answers with, as a value, and the one place that turns it into HTTP.
// INVARIANT: every answer carries the security headers, and none says which software or version wrote it.
import type { ServerResponse } from 'node:http';
import { type ProblemDetails, type ProblemType, problemBody, problems } from '../core/problems.ts';

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly contentType?: string }
  | { readonly kind: 'text'; readonly status?: number; readonly body: string; readonly contentType: string }
  | {
      readonly kind: 'problem';
      readonly type: ProblemType;
      readonly details: ProblemDetails;
      readonly headers?: Readonly<Record<string, string>>;
    }
  /** Takes the response over after its head was written with status 200. */
  | { readonly kind: 'stream'; readonly contentType: string; readonly start: (response: ServerResponse) => void };

const JSON_TYPE = 'application/json; charset=utf-8';
const PROBLEM_TYPE = 'application/problem+json';

/** security.md J1, J3, J6, J12: nothing is rendered, framed, cached, sniffed or shared with another origin. */
export const SECURITY_HEADERS: Readonly<Record<string, string>> = {
  'Content-Security-Policy': "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'X-Content-Type-Options': 'nosniff',
  'X-Frame-Options': 'DENY',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cache-Control': 'no-store',
};

export function json(body: unknown, status = 200): Answer {
  return { kind: 'json', status, body };
}

export function problem(
  type: ProblemType,
  details: ProblemDetails,
  headers?: Readonly<Record<string, string>>,
): Extract<Answer, { kind: 'problem' }> {
  return { kind: 'problem', type, details, ...(headers && { headers }) };
}

function payload(answer: Exclude<Answer, { kind: 'stream' }>): { status: number; contentType: string; text: string } {
  switch (answer.kind) {
    case 'json':
      return {
        status: answer.status,
        contentType: answer.contentType ?? JSON_TYPE,
        text: `${JSON.stringify(answer.body)}\n`,
      };
    case 'text':
      return { status: answer.status ?? 200, contentType: answer.contentType, text: answer.body };
    case 'problem':
      return {
        status: problems[answer.type].status,
        contentType: PROBLEM_TYPE,
        text: `${JSON.stringify(problemBody(answer.type, answer.details))}\n`,
      };
  }
}

/** Writes the answer; does nothing if the client is gone or an answer has begun. */
export function writeAnswer(response: ServerResponse, answer: Answer, bodyless: boolean): void {
  if (response.headersSent || response.destroyed) return;
  for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
  if (answer.kind === 'stream') {
    response.writeHead(200, { 'Content-Type': answer.contentType });
    if (bodyless) response.end();
    else answer.start(response);
    return;
  }
  const { status, contentType, text } = payload(answer);
  if (answer.kind === 'problem') {
    for (const [name, value] of Object.entries(answer.headers ?? {})) response.setHeader(name, value);
  }
  const bytes = Buffer.from(text, 'utf8');
  response.writeHead(status, { 'Content-Type': contentType, 'Content-Length': bytes.length });
  response.end(bodyless ? undefined : bytes);
}
