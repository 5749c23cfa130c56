// One preview's questions to its upstream: counted, written down, and given up together when the time is over.
import { type JsonValue, parseJson } from '../core/body/json.ts';
import { type Call, type RawHeaders, url } from '../core/call.ts';
import type { Rehearsal } from '../core/rehearsal.ts';
import type { ReadAnswer, ReadClient, ReadRequest } from '../ports/read-client.ts';

export interface Asking {
  readonly call: Call;
  readonly dryRun: boolean;
  /** What stands before the API's own paths. */
  readonly basePath: string;
  read(request: Partial<ReadRequest>): Promise<ReadAnswer>;
  rehearse(rehearsal: Rehearsal): Promise<ReadAnswer>;
  /** Method and URL of each, in order. */
  readonly requests: readonly string[];
}

/** However many things a call is about. */
const MAX_REQUESTS = 6;
const MAX_URL = 300;

export function startAsking(client: ReadClient, call: Call, signal: AbortSignal): Asking {
  const { dryRun = false, basePath = '' } = client.terms(call.upstream) ?? {};
  const requests: string[] = [];
  const told = async (method: string, target: Call, ask: () => Promise<ReadAnswer>): Promise<ReadAnswer> => {
    if (requests.length >= MAX_REQUESTS)
      return { outcome: 'failed', why: 'there is more to ask than one preview asks' };
    requests.push(`${method} ${url(target)}`.slice(0, MAX_URL).toWellFormed());
    return ask();
  };
  return {
    call,
    dryRun,
    basePath,
    requests,
    read(request) {
      const { method = 'GET', host = call.host, path = call.path, headers } = request;
      const query = 'query' in request ? request.query : call.query;
      const { signedFor } = call;
      const whole: ReadRequest = {
        method,
        host,
        path,
        query,
        ...(headers && { headers }),
        ...(signedFor && { signedFor }),
      };
      return told(method, { ...call, host, path, query }, () => client.read(call.upstream, whole, signal));
    },
    rehearse: (rehearsal) =>
      told(`${rehearsal.call.method} (dry run)`, rehearsal.call, () => client.rehearse(rehearsal, signal)),
  };
}

export type JsonAnswer =
  | { readonly state: 'json'; readonly value: JsonValue }
  | { readonly state: 'absent' }
  | { readonly state: 'failed'; readonly why: string };

/** An answer as JSON: what is there, that nothing is, or in our words why that cannot be said. */
export function asJson(answer: ReadAnswer): JsonAnswer {
  if (answer.outcome === 'failed') return { state: 'failed', why: answer.why };
  const { status, body, cut } = answer;
  if (status === 404 || status === 410) return { state: 'absent' };
  const why = refusal(status);
  if (why !== undefined) return { state: 'failed', why };
  if (cut) return { state: 'failed', why: 'the answer is too long to be compared' };
  const json = parseJson(body);
  return json.ok
    ? { state: 'json', value: json.value }
    : { state: 'failed', why: `the answer is no plain JSON (${json.why})` };
}

/** Undefined for a success. */
export function refusal(status: number): string | undefined {
  if (status >= 200 && status < 300) return undefined;
  if (status === 401 || status === 403) return `the preview credential may not read it (HTTP ${status})`;
  return `the upstream answered HTTP ${status}`;
}

/** The first value of a header; `name` in lower case. */
export function headerOf(headers: RawHeaders, name: string): string | undefined {
  const at = headers.findIndex((each, i) => i % 2 === 0 && each.toLowerCase() === name);
  return at < 0 ? undefined : headers[at + 1];
}
