// Answers of our own. INVARIANT: whoever is refused learns what was decided, whether asking again can help and where to read
// how this gate works; never policy text, never a secret.
import { problemBody, problems, type ProblemType } from '../core/problems.ts';
import { nativeRefusal } from './dialects/native-refusal.ts';
import type { Exchange } from './exchange.ts';
import { GUIDE_PATH } from './guide.ts';
import type { Refusal } from './refusal.ts';

/** More unread body than this is not worth reading to keep a connection (security.md C6). */
const DRAIN_LIMIT = 64 * 1024;
/** ms that an agent which is still sending gets to read the answer. */
const LINGER = 1000;

/** The problem+json body of a refusal, for HTTP answers and for sockets that were upgraded away from HTTP. */
export function refusalBody(type: ProblemType, decisionId: string, refusal: Refusal): string {
  return JSON.stringify(
    problemBody(type, {
      detail: refusal.detail,
      ...(refusal.reason !== undefined && { reason: refusal.reason }),
      decision_id: decisionId,
      ...(refusal.approvalId !== undefined && { approval_id: refusal.approvalId }),
      ...(refusal.approvalUrl !== undefined && { approval_url: refusal.approvalUrl }),
      ...(refusal.ruleId !== undefined && { rule_id: refusal.ruleId }),
      ...refusal.extra,
      help: GUIDE_PATH,
    }),
  );
}

/** Header lines of a refusal, raw. */
export function refusalHeaders(
  type: ProblemType,
  decisionId: string,
  refusal: Refusal,
  length: number,
  contentType = 'application/problem+json',
): string[] {
  const headers = [
    'Content-Type',
    contentType,
    'Content-Length',
    String(length),
    'Cache-Control',
    'no-store',
    'Link',
    `<${GUIDE_PATH}>; rel="help"`,
    'Holdgate-Decision',
    decisionId,
  ];
  if (refusal.approvalId !== undefined) headers.push('Holdgate-Approval', refusal.approvalId);
  if (refusal.retryAfter !== undefined) headers.push('Retry-After', String(refusal.retryAfter));
  if (type === 'unauthenticated') headers.push('WWW-Authenticate', 'Bearer realm="holdgate"');
  if (type === 'proxy-unauthenticated')
    headers.push('Proxy-Authenticate', 'Basic realm="holdgate", Bearer realm="holdgate"');
  return headers;
}

/** Ends the exchange with a problem. Safe to call at any time; does nothing useful once an answer has begun but break it off. */
export function refuse(exchange: Exchange, type: ProblemType, refusal: Refusal): void {
  const { req, res, deps } = exchange;
  exchange.problem ??= type;
  exchange.onRefused?.(type, refusal);
  if (res.headersSent) {
    res.destroy();
    return;
  }
  const { call, decisionId } = exchange;
  const native =
    call &&
    nativeRefusal(exchange.family ?? deps.family(call), call, type, {
      ...refusal,
      decisionId,
      envelope: exchange.envelope,
    });
  const body = Buffer.from(native?.body ?? refusalBody(type, decisionId, refusal), native?.encoding);
  const headers = refusalHeaders(type, exchange.decisionId, refusal, body.length, native?.contentType);
  if (native?.headers) headers.push(...native.headers);
  if (refusal.close || !drain(exchange)) headers.push('Connection', 'close');
  exchange.bytesOut = body.length;
  res.writeHead(native?.status ?? problems[type].status, headers);
  if (stillSending(exchange)) linger(exchange, body);
  else res.end(req.method === 'HEAD' ? undefined : body);
}

/** Whether bytes of the agent's body are likely to be on their way while this answer closes the connection. */
function stillSending({ req, res }: Exchange): boolean {
  const coding = req.headers['transfer-encoding'];
  // Any other coding is refused for it, and where such a message ends nobody knows.
  const announced = coding === undefined ? Number(req.headers['content-length'] ?? 0) > 0 : coding === 'chunked';
  return announced && !req.complete && !req.destroyed && !res.destroyed && req.headers.expect === undefined;
}

/**
 * RFC 9112 §9.6: closing under an agent that is still sending resets the connection, and the answer is lost with it. So the
 * answer leaves whole, and the connection is closed once the agent is done, has gone, or has had time to read.
 */
function linger(exchange: Exchange, body: Buffer): void {
  const { req, res, deps } = exchange;
  const end = (): void => {
    cancel();
    req.off('end', end).off('close', end);
    res.end();
  };
  const cancel = deps.clock.after(LINGER, end);
  req.on('end', end).on('close', end).resume();
  res.write(body, (error) => {
    exchange.answered = !error;
  });
}

/** Reads away what is left of a small body so that the connection stays usable. False: it has to be closed. */
function drain({ req }: Exchange): boolean {
  if (req.complete) return true;
  // Without either field there is no body (RFC 9112 §6.3); `complete` is true only a moment later.
  const length = req.headers['transfer-encoding'] === undefined ? Number(req.headers['content-length'] ?? 0) : Infinity;
  req.resume();
  // A chunked body has no known end, and an agent that waits for 100 Continue sends none of it.
  return length <= DRAIN_LIMIT && req.headers.expect === undefined;
}
