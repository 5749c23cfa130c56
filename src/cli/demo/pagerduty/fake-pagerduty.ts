// A local PagerDuty for the demo and for tests: who is on call (REST API v2) and events (Events API v2), as strict as PagerDuty is about
// tokens, versions, ids, pages and rates. https://developer.pagerduty.com/api-reference, https://developer.pagerduty.com/docs/events-api-v2
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';

type Json = Readonly<Record<string, unknown>>;

export interface FakeIncident {
  readonly key: string;
  status: 'triggered' | 'acknowledged' | 'resolved';
  readonly summary: string;
  readonly severity: string;
  /** Events that came for it. */
  readonly actions: string[];
}

export interface FakePagerDuty {
  /** For `on_call.<name>.pagerduty.api_url`. */
  readonly apiUrl: string;
  readonly token: string;
  /** Where events are posted to. */
  readonly eventsUrl: string;
  /** Of the integration that events go to. */
  readonly routingKey: string;
  /** E-mail addresses of who is on call now, by schedule (P…). */
  readonly schedules: Map<string, readonly string[]>;
  readonly incidents: Map<string, FakeIncident>;
  /** Requests that were refused, and why. */
  readonly faults: string[];
  /** Requests that came, by what they asked for. */
  readonly asked: string[];
  /** An outage: answers everything with this status. */
  down: { readonly status: number; readonly retryAfter?: number } | undefined;
  close(): Promise<void>;
}

/** Most of one page. */
const PAGE = 100;
/** Requests a minute for each key: https://developer.pagerduty.com/docs/rest-api-rate-limits */
const RATE = 960;
const MINUTE = 60_000;
const SEVERITIES: ReadonlySet<unknown> = new Set(['critical', 'error', 'warning', 'info']);

export async function startFakePagerDuty(clock: { now(): number }, port = 0): Promise<FakePagerDuty> {
  let recent: readonly number[] = [];
  const server = createServer((req, res) => {
    const answer = (status: number, body: Json, headers: Readonly<Record<string, string>> = {}): void => {
      if (status >= 400) fake.faults.push(`${req.method} ${req.url}: ${status} ${JSON.stringify(body)}`);
      res.writeHead(status, { 'content-type': 'application/json', ...headers });
      res.end(JSON.stringify(body));
    };
    const now = clock.now();
    recent = [...recent.filter((at) => at > now - MINUTE), now];
    if (fake.down) {
      const { status, retryAfter } = fake.down;
      const headers = { 'ratelimit-reset': String(retryAfter ?? 60) };
      return answer(status, { error: { message: 'down' } }, status === 429 ? headers : {});
    }
    if (recent.length > RATE) {
      return answer(429, { error: { message: 'Rate Limit Exceeded', code: 2020 } }, { 'ratelimit-reset': '60' });
    }
    const url = new URL(req.url ?? '/', 'http://pagerduty.invalid');
    fake.asked.push(`${req.method} ${url.pathname}`);
    if (url.pathname === '/v2/enqueue') return void event(fake, req, answer);
    return onCalls(fake, url, req, answer);
  });
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const fake: FakePagerDuty = {
    apiUrl: origin,
    token: 'u+fakePagerDutyToken',
    eventsUrl: `${origin}/v2/enqueue`,
    routingKey: '0123456789abcdef0123456789abcdef',
    schedules: new Map(),
    incidents: new Map(),
    faults: [],
    asked: [],
    down: undefined,
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return fake;
}

type Reply = (status: number, body: Json) => void;

const invalid = (...errors: string[]): Json => ({
  error: { message: 'Invalid Input Provided', code: 2001, errors },
});

function onCalls(fake: FakePagerDuty, url: URL, req: IncomingMessage, answer: Reply): void {
  if (req.headers.authorization !== `Token token=${fake.token}`) return answer(401, { error: 'unauthorized' });
  const accepts = req.headers.accept ?? '*/*';
  if (accepts !== '*/*' && !accepts.includes('application/vnd.pagerduty+json;version=2'))
    return answer(406, { error: { message: 'Not Acceptable' } });
  if (req.method !== 'GET' || url.pathname !== '/oncalls')
    return answer(404, { error: { message: 'Not Found', code: 2100 } });
  const ids = url.searchParams.getAll('schedule_ids[]');
  const unknown = ids.filter((id) => !fake.schedules.has(id));
  if (unknown.length > 0) return answer(400, invalid(`Schedule ${unknown.join(', ')} not found`));
  const limit = Number(url.searchParams.get('limit') ?? 25);
  const offset = Number(url.searchParams.get('offset') ?? 0);
  if (!(limit >= 1 && limit <= PAGE) || !(offset >= 0)) return answer(400, invalid('limit has to be 1 to 100'));
  const whole = url.searchParams.getAll('include[]').includes('users');
  const all = ids.flatMap((id) => (fake.schedules.get(id) ?? []).map((email) => ({ id, email })));
  const oncalls = all.slice(offset, offset + limit).map(({ id, email }, i) => ({
    escalation_policy: { id: 'PESCALATE', type: 'escalation_policy_reference' },
    escalation_level: 1,
    schedule: { id, type: 'schedule_reference' },
    user: {
      id: `PUSER${offset + i}`,
      // A reference says no address.
      ...(whole ? { type: 'user', name: email.split('@', 1)[0], email } : { type: 'user_reference' }),
    },
    start: null,
    end: null,
  }));
  answer(200, { oncalls, limit, offset, more: offset + limit < all.length, total: null });
}

async function event(fake: FakePagerDuty, req: IncomingMessage, answer: Reply): Promise<void> {
  const chunks: Buffer[] = [];
  for await (const chunk of req as AsyncIterable<Buffer>) chunks.push(chunk);
  const body = parsed(Buffer.concat(chunks).toString('utf8'));
  const { routing_key: key, event_action: action, dedup_key: dedup, payload } = body;
  const bad = (why: string): void =>
    answer(400, { status: 'invalid event', message: 'Event object is invalid', errors: [why] });
  if (req.method !== 'POST') return bad('only POST');
  if (key !== fake.routingKey) return bad('Invalid routing key');
  if (typeof dedup !== 'string' || dedup === '' || dedup.length > 255) return bad("'dedup_key' is missing or too long");
  const incident = fake.incidents.get(dedup);
  if (action === 'trigger') {
    const { summary, severity, source } = (payload ?? {}) as Json;
    if (typeof summary !== 'string' || summary === '' || summary.length > 1024)
      return bad("'payload.summary' is missing or too long");
    if (typeof source !== 'string' || source === '') return bad("'payload.source' is missing or blank");
    if (!SEVERITIES.has(severity))
      return bad("'payload.severity' is invalid (must be one of critical, error, warning, info)");
    if (incident && incident.status !== 'resolved') incident.actions.push('trigger');
    else
      fake.incidents.set(dedup, {
        key: dedup,
        status: 'triggered',
        summary,
        severity: String(severity),
        actions: ['trigger'],
      });
  } else if (action === 'acknowledge' || action === 'resolve') {
    // Of what is not open there is nothing to close: taken, and nothing done.
    if (incident && incident.status !== 'resolved') {
      incident.status = action === 'resolve' ? 'resolved' : 'acknowledged';
      incident.actions.push(action);
    }
  } else return bad("'event_action' is invalid");
  answer(202, { status: 'success', message: 'Event processed', dedup_key: dedup });
}

function parsed(text: string): Json {
  try {
    const json: unknown = JSON.parse(text);
    return typeof json === 'object' && json !== null ? (json as Json) : {};
  } catch {
    return {};
  }
}
