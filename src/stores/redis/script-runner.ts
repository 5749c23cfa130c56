// Runs scripts on one client, and, where that is asked for, lets each count only once enough replicas of Redis have what it wrote.
import type { Redis } from 'ioredis';
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Argument, Client } from './client.ts';
import type { Script } from './lua.ts';

/** `parameters`: number of keys, keys, values. Rejects with what the client or the server said. */
export type ScriptRunner = (script: Script, parameters: readonly Argument[]) => Promise<unknown>;

/** ms of `timeout`, at most half of it, that are kept for the answer that replicas did not acknowledge: Redis looks ten times a
 *  second whether a WAIT is over. */
const ACKNOWLEDGE_ROOM = 200;

/** `primary` and `acknowledge` where replicas are waited for: WAIT has to go to the very server that wrote. */
export function createScriptRunner(
  client: Client,
  primary?: () => Redis,
  acknowledge?: Pick<RedisSettings, 'ackReplicas' | 'timeout'>,
): ScriptRunner {
  /** Scripts that were sent whole on this connection. */
  const sent = new Set<Script>();
  client.on('close', () => sent.clear());
  const acknowledged = primary && acknowledge && createAcknowledgement(acknowledge);

  return async (script, parameters) => {
    const node = primary?.() ?? client;
    const send = (command: string, body: string): Promise<unknown> => {
      const answer = node.call(command, body, ...parameters);
      return acknowledged ? acknowledged(node as Redis, answer) : answer;
    };
    if (sent.has(script)) {
      try {
        return await send('EVALSHA', script.sha1);
      } catch (error) {
        // Forgotten by a failover or on purpose: it has not run.
        if (!(error instanceof Error && error.message.startsWith('NOSCRIPT'))) throw error;
      }
    }
    const answer = await send('EVAL', script.lua);
    sent.add(script);
    return answer;
  };
}

/** Resolves with the answer once enough replicas have everything that was written on its connection before. One WAIT at a time: the
 *  next one speaks for all who came meanwhile. */
function createAcknowledgement({
  ackReplicas,
  timeout,
}: Pick<RedisSettings, 'ackReplicas' | 'timeout'>): (node: Redis, answer: Promise<unknown>) => Promise<unknown> {
  const within = Math.floor(Math.max(timeout - ACKNOWLEDGE_ROOM, timeout / 2));
  // Of each server its own: a slot may move to another one meanwhile.
  const lines = new WeakMap<Redis, { waiting?: Promise<unknown> | undefined; next?: Promise<unknown> | undefined }>();

  function replicas(node: Redis): Promise<unknown> {
    const line = lines.get(node) ?? {};
    lines.set(node, line);
    const wait = (): Promise<unknown> => {
      const now = node.call('WAIT', ackReplicas, within).finally(() => {
        if (line.waiting === now) line.waiting = undefined;
      });
      line.waiting = now;
      return now;
    };
    if (!line.waiting) return wait();
    line.next ??= line.waiting
      .catch(() => undefined)
      .then(() => {
        line.next = undefined;
        return wait();
      });
    return line.next;
  }

  return async (node, answer) => {
    // Both, whatever becomes of the first: what is sent next would have to stand in line behind the other.
    const [first, got] = await Promise.allSettled([answer, replicas(node)]);
    if (first.status === 'rejected') throw first.reason;
    if (got.status === 'rejected') throw got.reason;
    if (Number(got.value) >= ackReplicas) return first.value;
    throw new Error(`${String(got.value)} of ${ackReplicas} replicas had the write in time (store.ack_replicas)`);
  };
}
