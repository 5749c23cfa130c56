// The console's API from the command line. Expected failures are values that say what a command should do about them.
// INVARIANT: the credential goes to the configured console only: redirects are never followed.
import type { Secret } from '../core/secret.ts';

export type ApiFailure =
  /** No answer: wrong address, nothing listens, timeout. */
  | { readonly kind: 'unreachable'; readonly detail: string }
  /** The credential is missing or not accepted. */
  | { readonly kind: 'unauthorised'; readonly detail: string }
  | { readonly kind: 'not-found'; readonly detail: string }
  /** The console understood and said no; `reason` is its code. */
  | { readonly kind: 'refused'; readonly status: number; readonly reason: string; readonly detail: string }
  /** The console cannot answer right now; the same request may work later. */
  | { readonly kind: 'unavailable'; readonly detail: string }
  /** Something answers there, but not a console of Holdgate. */
  | { readonly kind: 'unexpected'; readonly detail: string };

export type ApiResult<T> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly failure: ApiFailure };

export interface ServerEvent {
  readonly event: string;
  readonly data: unknown;
}

export interface ApiClient {
  /** `path` begins with `/`. The shape of the value is the console's promise (docs/api.md). */
  get<T>(path: string): Promise<ApiResult<T>>;
  post<T>(path: string, body: unknown): Promise<ApiResult<T>>;
  /** Follows server-sent events until the stream ends, which is also how it fails; resolves with why. */
  follow(path: string, onEvent: (event: ServerEvent) => void, signal: AbortSignal): Promise<ApiFailure>;
}

export interface ApiClientOptions {
  /** Base URL of the console. */
  readonly url: string;
  readonly token: Secret | undefined;
  /** ms for a whole answer; for a stream, of silence. */
  readonly timeout?: number;
  readonly fetch?: typeof fetch;
}

const TIMEOUT = 15_000;
/** The console beats every 15 s. */
const SILENCE = 45_000;

interface Problem {
  readonly reason?: unknown;
  readonly detail?: unknown;
}

function failureOf(status: number, body: unknown): ApiFailure {
  const { reason, detail } = (typeof body === 'object' && body !== null ? body : {}) as Problem;
  if (typeof reason !== 'string' || typeof detail !== 'string') {
    return { kind: 'unexpected', detail: `HTTP ${status} that is not from a Holdgate console; check the address.` };
  }
  if (status === 401 || status === 429) return { kind: 'unauthorised', detail };
  if (status === 404) return { kind: 'not-found', detail };
  if (status >= 500) return { kind: 'unavailable', detail };
  return { kind: 'refused', status, reason, detail };
}

function causeOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const { cause } = error;
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : '';
  if (code === 'ECONNREFUSED') return 'nothing listens there';
  if (error.name === 'TimeoutError') return 'no answer in time';
  return code || (cause instanceof Error ? cause.message : error.message).replace(/\.+$/, '');
}

export function createApiClient(options: ApiClientOptions): ApiClient {
  const send = options.fetch ?? fetch;
  const base = options.url.replace(/\/+$/, '');

  const unreachable = (error: unknown): ApiFailure => ({
    kind: 'unreachable',
    detail: `The console at ${base} cannot be reached: ${causeOf(error)}.`,
  });

  function headers(more: Record<string, string>): Record<string, string> {
    return { ...more, ...(options.token && { Authorization: `Bearer ${options.token.reveal()}` }) };
  }

  async function json<T>(path: string, init: RequestInit): Promise<ApiResult<T>> {
    try {
      const signal = AbortSignal.timeout(options.timeout ?? TIMEOUT);
      const response = await send(base + path, { ...init, redirect: 'manual', signal });
      const body = await readJson(response);
      if (!response.ok) return { ok: false, failure: failureOf(response.status, body) };
      if (typeof body === 'object' && body !== null) return { ok: true, value: body as T };
      return { ok: false, failure: failureOf(response.status, undefined) };
    } catch (error) {
      return { ok: false, failure: unreachable(error) };
    }
  }

  return {
    get: (path) => json(path, { headers: headers({ Accept: 'application/json' }) }),
    post: (path, body) =>
      json(path, {
        method: 'POST',
        headers: headers({ Accept: 'application/json', 'Content-Type': 'application/json' }),
        body: JSON.stringify(body),
      }),
    async follow(path, onEvent, signal) {
      const silence = new AbortController();
      const alarm = setTimeout(
        () => silence.abort(new DOMException('silent', 'TimeoutError')),
        options.timeout ?? SILENCE,
      );
      try {
        const response = await send(base + path, {
          headers: headers({ Accept: 'text/event-stream' }),
          redirect: 'manual',
          signal: AbortSignal.any([signal, silence.signal]),
        });
        if (!response.ok || !response.body) return failureOf(response.status, await readJson(response));
        const parser = createEventParser(onEvent);
        for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) {
          alarm.refresh();
          parser(chunk);
        }
        return { kind: 'unavailable', detail: 'The console ended the stream.' };
      } catch (error) {
        return unreachable(error);
      } finally {
        clearTimeout(alarm);
      }
    },
  };
}

async function readJson(response: Response): Promise<unknown> {
  if (!/^application\/(problem\+|jwk-set\+)?json/.test(response.headers.get('content-type') ?? '')) return undefined;
  return response.json().catch(() => undefined);
}

/** The part of WHATWG HTML §9.2.6 that the console uses: LF line ends, one data line, JSON in it. */
function createEventParser(onEvent: (event: ServerEvent) => void): (chunk: string) => void {
  let buffer = '';
  return (chunk) => {
    buffer += chunk;
    for (let end = buffer.indexOf('\n\n'); end >= 0; end = buffer.indexOf('\n\n')) {
      const lines = buffer.slice(0, end).split('\n');
      buffer = buffer.slice(end + 2);
      const field = (name: string): string | undefined =>
        lines.find((line) => line.startsWith(`${name}: `))?.slice(name.length + 2);
      const event = field('event');
      const data = field('data');
      if (event !== undefined && data !== undefined) onEvent({ event, data: JSON.parse(data) as unknown });
    }
  };
}
