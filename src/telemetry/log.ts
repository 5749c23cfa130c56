// The log: one line per finished call and one for whatever else an operator must hear of. JSON, so that control characters
// from outside are always escaped; written from a buffer, off the call's path. Headers and bodies never come here.
import { pino, type Logger } from 'pino';
import type { CallRecord, EventBus } from '../ports/events.ts';

export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent';

/** Where lines go: pino's own buffered destination, or anything that takes strings. */
export interface LogStream {
  write(line: string): void;
  /** Writes out what is buffered, at once. */
  flushSync?(): void;
}

export interface LogOptions {
  readonly level: LogLevel;
  /** Default: stdout through a buffer that is written at about 4 KiB, each second, and at exit. */
  readonly stream?: LogStream;
  /** Number of the worker that writes, where a gate has several: in every line. */
  readonly worker?: number | undefined;
}

export interface CallLog {
  /** For lines that no event tells: start, stop, warnings about the configuration. */
  readonly logger: Logger;
  /** For the bus: a listener of some event threw, which is a bug. */
  listenerFailed(error: unknown): void;
  /** Writes out the buffer and stops listening. */
  close(): void;
}

const FLUSH_MS = 1000;
const BUFFER = { minLength: 4096 };
/** Workers share one pipe, which keeps writes of up to 4096 bytes whole (pipe(7)): lines of several never mix. */
const SHARED_BUFFER = { minLength: 4000, maxWrite: 4096 };

// A query may carry a credential (`?api_key=`); it is in the approval for those who have to see it.
function withoutQuery(path: string): string {
  const query = path.indexOf('?');
  return query < 0 ? path : path.slice(0, query);
}

/** The canonical line of a call; undefined members are left out. Written by the engine's own JSON.stringify: going through
 *  the logger costs a routine call twice as much. */
function callLine(record: CallRecord, worker: number | undefined): string {
  const { decision } = record;
  return `${JSON.stringify({
    level: 'info',
    time: new Date(record.at).toISOString(),
    worker,
    event: 'call:finished',
    decision_id: record.decisionId,
    agent: record.agent,
    source: record.source,
    upstream: record.upstream,
    method: record.method,
    host: record.host,
    path: withoutQuery(record.path),
    effect: decision?.effect,
    reason: decision?.reason,
    rules: decision?.rules,
    observed: decision?.observed,
    policy: decision?.policyDigest,
    approval_id: record.approvalId,
    status: record.status,
    problem: record.problem,
    duration_ms: Math.round(record.duration * 1000) / 1000,
    bytes_in: record.bytesIn,
    bytes_out: record.bytesOut,
  })}\n`;
}

/** Logs what the bus tells. One line per call at level info; failures at error, what wants a look at warn. */
export function createCallLog(bus: EventBus, { level, stream, worker }: LogOptions): CallLog {
  const buffering = worker === undefined ? BUFFER : SHARED_BUFFER;
  const buffered = stream === undefined ? pino.destination({ dest: 1, sync: false, ...buffering }) : undefined;
  const destination: LogStream = stream ?? {
    write: (line) => void buffered?.write(line),
    flushSync: () => buffered?.flushSync(),
  };
  const base = worker === undefined ? null : { worker };
  const options = { level, base, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event' };
  const logger = pino({ ...options, formatters: { level: (label) => ({ level: label }) } }, destination);

  const informed = logger.isLevelEnabled('info');

  const flush = (): void => {
    try {
      destination.flushSync?.();
    } catch {
      // Not open yet, or gone: at exit there is nobody left to tell.
    }
  };
  const timer = stream === undefined ? setInterval(() => buffered?.flush(), FLUSH_MS).unref() : undefined;
  if (stream === undefined) process.on('exit', flush);

  const states = new Map<string, string>();
  const off = [
    bus.on('call:finished', (record) => {
      if (informed) destination.write(callLine(record, worker));
    }),
    bus.on('approval:changed', ({ approval, event }) => {
      const { agent, upstream, rules, digest } = approval.opened;
      const line = { approval_id: approval.id, change: event, status: approval.status, agent, upstream, rules, digest };
      // Somebody has to find out what an indeterminate call did.
      if (event === 'result' && approval.status === 'indeterminate') logger.error(line, 'approval:changed');
      else logger.info(line, 'approval:changed');
    }),
    bus.on('vote:recorded', (event) => logger.info(voteLine(event), 'vote:recorded')),
    bus.on('vote:refused', (event) => logger.warn({ ...voteLine(event), reason: event.reason }, 'vote:refused')),
    bus.on('grant:changed', ({ change, grant, approvalId, agent, by, reason }) =>
      logger.info({ change, grant_id: grant, approval_id: approvalId, agent, by, reason }, 'grant:changed'),
    ),
    bus.on('policy:loaded', ({ digest, rules, warnings }) => {
      logger.info({ digest, rules }, 'policy:loaded');
      if (warnings) logger.warn({ warnings }, 'policy:doubtful');
    }),
    bus.on('policy:rejected', ({ errors }) => logger.error({ errors }, 'policy:rejected')),
    bus.on('keys:loaded', (event) => logger.info(event, 'keys:loaded')),
    bus.on('keys:rejected', ({ error, again }) => {
      if (!again) logger.error({ error }, 'keys:rejected');
    }),
    bus.on('approval:damaged', ({ approvalId, finding }) =>
      logger.error({ approval_id: approvalId, finding }, 'approval:damaged'),
    ),
    bus.on('notice:tried', ({ approvalId, ...notice }) => {
      const line = { approval_id: approvalId, ...notice };
      if (notice.outcome === 'delivered') logger.debug(line, 'notice:tried');
      else logger.warn(line, 'notice:tried');
    }),
    bus.on('approval:refused', (event) => logger.warn(event, 'approval:refused')),
    bus.on('notice:put-off', ({ approvalId, ...notice }) =>
      logger.info({ approval_id: approvalId, ...notice }, 'notice:put-off'),
    ),
    bus.on('channel:refused', (event) => logger.warn(event, 'channel:refused')),
    bus.on('channel:state', (event) => {
      // Told at every look; worth a line only where it is news.
      const state = event.why ?? event.state;
      if (states.get(event.channel) === state || (!states.has(event.channel) && event.state === 'open')) return;
      states.set(event.channel, state);
      if (event.state === 'away') logger.warn(event, 'channel:state');
      else logger.info(event, 'channel:state');
    }),
    bus.on('store:failed', ({ operation, error }) => logger.error({ operation, error }, 'store:failed')),
    bus.on('upstream:failed', ({ upstream, problem }) => logger.warn({ upstream, problem }, 'upstream:failed')),
    bus.on('audit:failed', ({ error }) => logger.error({ error: stackOf(error) }, 'audit:failed')),
    bus.on('agent:refused', ({ source, why }) => logger.warn({ source, why }, 'agent:refused')),
    bus.on('agent:credential-stripped', ({ agent, upstream, headers }) =>
      logger.warn({ agent, upstream, headers }, 'agent:credential-stripped'),
    ),
    bus.on('person:refused', ({ source, why }) => logger.warn({ source, why }, 'person:refused')),
    bus.on('upstream:credential-reflected', ({ upstream }) =>
      logger.error({ upstream }, 'upstream:credential-reflected'),
    ),
    bus.on('console:failed', ({ error }) => logger.error({ error: stackOf(error) }, 'console:failed')),
    bus.on('proxy:failed', ({ decisionId, error }) =>
      logger.error({ decision_id: decisionId, error: stackOf(error) }, 'proxy:failed'),
    ),
  ];
  return {
    logger,
    listenerFailed: (error) => logger.error({ error: stackOf(error) }, 'listener:failed'),
    close() {
      for (const stop of off) stop();
      clearInterval(timer);
      flush();
      process.removeListener('exit', flush);
    },
  };
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error);
}

function voteLine(event: {
  readonly approvalId: string;
  readonly by: string;
  readonly channel: string;
  readonly vote?: string;
}): Record<string, unknown> {
  return { approval_id: event.approvalId, by: event.by, channel: event.channel, vote: event.vote };
}
