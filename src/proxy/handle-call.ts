// The request path: intake, authentication, route, decision, and then one of allow, deny, hold. INVARIANT: there is no way from
// here to an upstream but an `allow` decision (pass-through) or an approval (the gate); everything else ends in a refusal.
import type { IncomingMessage, ServerResponse } from 'node:http';
import { bodyBytes, type Call, isBodyToCome } from '../core/call.ts';
import { sha256 } from '../core/sha256.ts';
import type { Decision, DecisionContext } from '../core/policy/types.ts';
import type { AgentAuth } from './auth/agent-authenticator.ts';
import { wrongSignature } from './credentials/signature-scope.ts';
import { Exchange } from './exchange.ts';
import { holdCall, type HoldFacts } from './hold-call.ts';
import { forwardHeaders } from './intake/forward-headers.ts';
import { type Head, readHead } from './intake/head.ts';
import { parsePrefer } from './intake/prefer.ts';
import { parseTarget, type Target } from './intake/target.ts';
import { SMALL_BODY } from './body-room.ts';
import { otherBody, passThrough } from './pass-through.ts';
import type { ProxyDeps } from './proxy-deps.ts';
import { readBody, tooLarge } from './read-body.ts';
import { refuse } from './refuse.ts';
import { speakAws } from './speak-aws.ts';
import { injectedHeader, type Upstream } from '../core/upstream.ts';
import { unexpected } from './unexpected.ts';
import { unknownAgent } from './unknown-agent.ts';
import { placeOf } from './upstream-place.ts';
import { answerWellKnown } from './well-known.ts';

/** TRACE reflects credentials; CONNECT would hide what is done. Neither is ever forwarded. */
const REFUSED_METHODS: ReadonlySet<string> = new Set(['TRACE', 'TRACK', 'CONNECT']);

/** A call that is understood, authenticated and routed, on its way to a decision. */
export interface Routed {
  readonly exchange: Exchange;
  readonly head: Head;
  readonly upstream: Upstream;
  readonly call: Call;
  readonly facts: HoldFacts;
}

/** Handles one request of an agent. Never throws: what is not foreseen is a 500 and nothing is forwarded. */
export function handleCall(deps: ProxyDeps, req: IncomingMessage, res: ServerResponse, draining: boolean): void {
  intake(new Exchange(deps, req, res), draining, decide);
}

/** Everything up to a routed call that can be decided; `next` is called once, or the exchange was answered. Never throws. */
export function intake(exchange: Exchange, draining: boolean, next: (routed: Routed) => void): void {
  try {
    if (draining)
      return refuse(exchange, 'shutting-down', { detail: 'The gate is restarting.', retryAfter: 1, close: true });
    readAndAuthenticate(exchange, next);
  } catch (error) {
    unexpected(exchange, error);
  }
}

function readAndAuthenticate(exchange: Exchange, next: (routed: Routed) => void): void {
  const { deps, req } = exchange;
  if (req.httpVersion !== '1.1') {
    return refuse(exchange, 'version-not-supported', { detail: 'Only HTTP/1.1 is spoken here.', close: true });
  }
  if (REFUSED_METHODS.has(req.method ?? '')) {
    return refuse(exchange, 'method-refused', { detail: `${req.method} is never forwarded.`, close: true });
  }
  const head = readHead(req.rawHeaders);
  if (!head.ok) return refuse(exchange, 'malformed-call', { detail: head.why, close: true });
  exchange.host = head.head.host;
  const target = parseTarget(req.url ?? '');
  if (!target.ok) return refuse(exchange, 'malformed-call', { detail: target.why, close: true });
  exchange.path = target.target.path;
  const why = contradiction(head.head, target.target, req.method ?? '');
  if (why) return refuse(exchange, 'malformed-call', { detail: why, close: true });
  if (head.head.via.some((value) => value.includes(deps.pseudonym))) {
    return refuse(exchange, 'loop-detected', { detail: 'This call has come through this gate before.', close: true });
  }
  const { path, query } = target.target;
  const received = { method: req.method ?? '', path, query, headers: req.rawHeaders, body: hasBody(head.head) };
  const auth = deps.authenticate(received);
  const go = (known: AgentAuth): void => authenticated(exchange, head.head, target.target, known, next);
  if (auth instanceof Promise) void auth.then(go).catch((error: unknown) => unexpected(exchange, error));
  else go(auth);
}

function contradiction(head: Head, target: Target, method: string): string | undefined {
  if (target.authority !== undefined && target.authority !== head.host) {
    return 'the host of the request target and the Host header differ';
  }
  if (method === 'HEAD' && (head.chunked || (head.contentLength ?? 0) > 0)) return 'HEAD must not have a body';
  return undefined;
}

function authenticated(
  exchange: Exchange,
  head: Head,
  target: Target,
  auth: AgentAuth,
  next: (routed: Routed) => void,
  body?: Buffer,
): void {
  const { deps, req } = exchange;
  if (auth.ok === 'body') {
    const giveBack = deps.bodyRoom.take(auth.key, head.contentLength);
    if (!giveBack) {
      const detail = 'Too many signed bodies are being read right now; nothing was sent.';
      return unknownAgent(exchange, target, { ok: false, why: 'unavailable', problem: 'gate-unavailable', detail });
    }
    exchange.res.once('close', giveBack);
    const go = (bytes: Buffer): void => {
      giveBack();
      authenticated(exchange, head, target, auth.check(bytes), next, bytes);
    };
    return readBody(exchange, head, deps.limits.signedBody, [], go);
  }
  if (!auth.ok) return unknownAgent(exchange, target, auth);
  exchange.agent = auth.agent;
  const byHost = deps.router.byHost(target.authority ?? head.host, target.path);
  // Before the mounts: an upstream that is mounted at the root must not hide what the gate says of itself.
  if (!byHost && target.authority === undefined && answerWellKnown(exchange, target.path)) return;
  const route = byHost ?? deps.router.byMount(target.path);
  if (!route || route === 'outside') {
    if (auth.signed) speakAws(exchange, target);
    return refuse(exchange, 'unknown-upstream', {
      detail: 'No upstream is configured for this host or path. The guide lists the ones that are.',
    });
  }
  const { upstream: configured } = route;
  exchange.upstream = configured.id;
  exchange.host = route.host;
  exchange.path = route.path;
  const preferences = parsePrefer(head.prefer);
  const { headers, stripped } = forwardHeaders(req.rawHeaders, {
    credentialHeaders: auth.strip,
    nominated: head.nominated,
    agentCredentials: configured.agent_credentials,
    injected: injectedHeader(configured),
    prefer: preferences.rest,
  });
  const { signed } = auth;
  const named: Call = {
    method: req.method ?? '',
    upstream: configured.id,
    scheme: configured.scheme,
    host: route.host,
    path: route.path,
    query: signed ? signed.query : target.query,
    headers,
    body: body ? deps.readBody(headers, body) : { state: hasBody(head) ? 'unread' : 'none' },
    ...(signed && { signedFor: signed.signedFor }),
    ...numbering(configured),
  };
  exchange.call = named;
  exchange.bodySha256 = signed?.bodySha256;
  if (stripped.length > 0)
    deps.bus.emit('agent:credential-stripped', { agent: auth.agent.id, upstream: configured.id, headers: stripped });
  if (!deps.recordable()) {
    return refuse(exchange, 'gate-unavailable', {
      detail: 'Decisions cannot be recorded right now; nothing is forwarded.',
      retryAfter: 2,
    });
  }
  const why = wrongSignature(configured, named);
  if (why) return refuse(exchange, signed ? 'signature-mismatch' : 'signature-missing', { detail: why });
  const placed = placeOf(configured, named, auth.agent.id);
  if (!placed.ok) return refuse(exchange, 'unknown-upstream', { detail: placed.why });
  const { upstream } = placed;
  // A bucket stands in front of the host of S3 as it did in front of the upstream's.
  const bucket = named.host.slice(0, -configured.authority.length);
  const call = upstream === configured ? named : { ...named, host: `${bucket}${upstream.authority}` };
  exchange.call = call;
  exchange.host = call.host;
  next({ exchange, head, upstream, call, facts: { preferences, justification: head.justification } });
}

/** How clients of the upstream number their attempts. */
function numbering({ kind, sqlService }: Upstream): Pick<Call, 'message'> {
  if (kind === 'mcp') return { message: 'json-rpc' };
  return sqlService === 'clickhouse' || sqlService === 'snowflake' ? { message: sqlService } : {};
}

const hasBody = (head: Head): boolean => head.chunked || (head.contentLength ?? 0) > 0;

/** Asks policy about a call. `needs-body` only while the body is unread. */
export function ask({ exchange, call }: Routed, withBody: Call = call): Decision | 'needs-body' {
  const { deps, agent } = exchange;
  if (!agent) throw new Error('only an authenticated call is decided');
  const context: DecisionContext = {
    agent,
    source: exchange.source,
    now: exchange.at,
    actions: () => deps.recognise(withBody),
    actionsNeedBody: () => deps.actionsNeedBody(withBody),
    usage: deps.usage,
  };
  return deps.policy().decide(withBody, context);
}

function decide(routed: Routed): void {
  const { exchange, call } = routed;
  const decision = ask(routed);
  const wrapped = call.body.state === 'unread' && exchange.deps.envelope(call) === 'needs-body';
  if (decision === 'needs-body' || wrapped) return readToDecide(routed);
  exchange.decision = decision;
  if (decision.effect === 'deny') return asksForDocument(exchange, call) ? undefined : denied(exchange, decision);
  if (decision.effect === 'hold') return readToHold(routed, []);
  if (call.body.state === 'unread' && (routed.head.contentLength ?? Number.POSITIVE_INFINITY) <= SMALL_BODY) {
    return read(routed, SMALL_BODY, [], (bytes) => passThrough(exchange, withBytes(routed, bytes), routed.upstream));
  }
  stream(routed, call, []);
}

/** Forwards a call whose body is still (partly) to come; an agent that waits for it is told to go on. */
function stream({ exchange, head, upstream }: Routed, call: Call, prefix: readonly Buffer[]): void {
  if (isBodyToCome(call) && head.expectContinue && prefix.length === 0) exchange.res.writeContinue();
  passThrough(exchange, call, upstream, prefix);
}

/** A candidate rule depends on the body, or the API wraps its calls in messages: read it within the limit, then decide for good. */
function readToDecide(routed: Routed): void {
  const { exchange, head } = routed;
  const limit = exchange.deps.limits.inspectBody;
  if ((head.contentLength ?? 0) > limit) return decideUninspected(routed, []);
  read(
    routed,
    limit,
    [],
    (bytes) => settle(routed, withBytes(routed, bytes), []),
    (prefix) => decideUninspected(routed, prefix),
  );
}

/** The body is over the limit: hold and deny rules that depend on it count as matched, allow rules do not. */
function decideUninspected(routed: Routed, prefix: readonly Buffer[]): void {
  settle(routed, { ...routed.call, body: { state: 'unreadable', why: 'over-limit' } }, prefix);
}

/** False where the message in the body contradicts the head: then the call was refused. */
function agrees(exchange: Exchange, call: Call): boolean {
  const envelope = exchange.deps.envelope(call);
  if (!envelope || envelope === 'needs-body') return true;
  exchange.envelope = envelope;
  if (envelope.fault === undefined) return true;
  refuse(exchange, 'malformed-call', { detail: envelope.fault });
  return false;
}

/**
 * True where a call that may not pass names a stored query by its hash alone: nobody can decide on that, and its client has the query itself. It is told
 * what a server says that does not know the hash, and sends it.
 */
function asksForDocument(exchange: Exchange, call: Call): boolean {
  const envelope = exchange.deps.envelope(call);
  if (!envelope || envelope === 'needs-body' || envelope.hashOnly !== true) return false;
  const detail = 'Only the hash of a stored query was sent, which nobody can decide on. Send the query itself.';
  refuse(exchange, 'document-needed', { detail });
  return true;
}

function settle(routed: Routed, call: Call, prefix: readonly Buffer[]): void {
  const { exchange } = routed;
  if (!agrees(exchange, call)) return;
  const decision = ask(routed, call);
  if (decision === 'needs-body') throw new Error('policy asked for a body that it has');
  exchange.decision = decision;
  if (decision.effect === 'allow') return stream(routed, call, prefix);
  if (asksForDocument(exchange, call)) return;
  if (decision.effect === 'deny') return denied(exchange, decision);
  if (isBodyToCome(call)) return readToHold(routed, prefix);
  void holdCall(exchange, call, decision, routed.facts).catch((error: unknown) => unexpected(exchange, error));
}

/** A held call is stored whole, however large it is (up to `limits.hold_body`). */
function readToHold(routed: Routed, prefix: readonly Buffer[]): void {
  const { exchange, call } = routed;
  const hold = (whole: Call): void => {
    const { decision } = exchange;
    if (!decision) throw new Error('a hold has a decision');
    if (!agrees(exchange, whole) || asksForDocument(exchange, whole)) return;
    void holdCall(exchange, whole, decision, routed.facts).catch((error: unknown) => unexpected(exchange, error));
  };
  const { holdBody } = exchange.deps.limits;
  if (!isBodyToCome(call)) {
    if ((bodyBytes(call)?.length ?? 0) > holdBody) return tooLarge(exchange, holdBody);
    return hold(call);
  }
  read(routed, holdBody, prefix, (bytes) => hold(withBytes(routed, bytes)));
}

function withBytes({ exchange, call }: Routed, bytes: Buffer): Call {
  return { ...call, body: bytes.length === 0 ? { state: 'none' } : exchange.deps.readBody(call.headers, bytes) };
}

/** As `readBody`; what the agent signed has to be what it sent. */
function read(
  { exchange, head }: Routed,
  limit: number,
  prefix: readonly Buffer[],
  whole: (bytes: Buffer) => void,
  over?: (prefix: readonly Buffer[]) => void,
): void {
  const verified = (bytes: Buffer): void => {
    const { bodySha256 } = exchange;
    if (bodySha256 !== undefined && sha256(bytes) !== bodySha256) return otherBody(exchange);
    whole(bytes);
  };
  readBody(exchange, head, limit, prefix, verified, over);
}

/** Answers a call that policy denies. */
export function denied(exchange: Exchange, decision: Decision): void {
  const [ruleId] = decision.rules;
  refuse(exchange, 'denied-by-policy', {
    detail: `${decision.detail} Do not try to reach the same effect another way.`,
    ...(ruleId !== undefined && { ruleId }),
    extra: { decision_reason: decision.reason },
  });
}
