// Reads a request body into memory, bounded in size and time. Framing errors of the agent surface here as `broken`: nothing has
// been sent anywhere by then.
import type { IncomingMessage } from 'node:http';
import type { Clock } from '../../ports/clock.ts';

export type Collected =
  | { readonly outcome: 'whole'; readonly bytes: Buffer }
  /** More than `limit` bytes; the message is paused behind `prefix`. */
  | { readonly outcome: 'over'; readonly prefix: readonly Buffer[] }
  | { readonly outcome: 'broken' }
  | { readonly outcome: 'slow' };

/** Calls back exactly once. `timeout` in ms, for the whole body. `prefix` was read before. */
export function collectBody(
  req: IncomingMessage,
  limit: number,
  clock: Clock,
  timeout: number,
  done: (collected: Collected) => void,
  prefix: readonly Buffer[] = [],
): void {
  const chunks = [...prefix];
  let size = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  const finish = (collected: Collected): void => {
    req.off('data', onData).off('end', onEnd).off('error', onBroken).off('close', onBroken);
    cancel();
    done(collected);
  };
  const onData = (chunk: Buffer): void => {
    chunks.push(chunk);
    size += chunk.length;
    if (size > limit) {
      req.pause();
      finish({ outcome: 'over', prefix: chunks });
    }
  };
  const onEnd = (): void => {
    const [first] = chunks;
    finish({ outcome: 'whole', bytes: chunks.length === 1 && first ? first : Buffer.concat(chunks) });
  };
  const onBroken = (): void => finish({ outcome: 'broken' });
  const cancel = clock.after(timeout, () => finish({ outcome: 'slow' }));
  req.on('data', onData).on('end', onEnd).on('error', onBroken).on('close', onBroken);
  req.resume();
}
