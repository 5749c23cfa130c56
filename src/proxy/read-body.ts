// Reads the body of a call into memory and answers for what goes wrong with it. INVARIANT: `whole` sees a complete body or is not called,
// and while one is read nothing has been forwarded.
import type { Exchange } from './exchange.ts';
import { collectBody } from './intake/collect-body.ts';
import type { Head } from './intake/head.ts';
import { refuse } from './refuse.ts';
import { unexpected } from './unexpected.ts';

/** `limit` in bytes. `prefix` was read before. Without `over` a longer body is refused. */
export function readBody(
  exchange: Exchange,
  head: Head,
  limit: number,
  prefix: readonly Buffer[],
  whole: (bytes: Buffer) => void,
  over: (prefix: readonly Buffer[]) => void = () => tooLarge(exchange, limit),
): void {
  const { deps, req, res } = exchange;
  if ((head.contentLength ?? 0) > limit) return over(prefix);
  if (head.expectContinue && prefix.length === 0) res.writeContinue();
  collectBody(
    req,
    limit,
    deps.clock,
    deps.limits.bodyTimeout,
    (collected) => {
      try {
        if (collected.outcome === 'slow') {
          return refuse(exchange, 'body-timeout', { detail: 'The body did not arrive in time.', close: true });
        }
        // The agent's framing broke or it hung up: node answers 400 on the socket if it still can; nothing was forwarded.
        if (collected.outcome === 'broken') return void res.destroy();
        if (collected.outcome === 'over') return over(collected.prefix);
        exchange.bytesIn = collected.bytes.length;
        whole(collected.bytes);
      } catch (error) {
        unexpected(exchange, error);
      }
    },
    prefix,
  );
}

export function tooLarge(exchange: Exchange, limit: number): void {
  refuse(exchange, 'body-too-large', {
    detail: `The body is over ${limit} bytes, the limit for calls that are held or whose signature covers all of it.`,
    close: true,
  });
}
