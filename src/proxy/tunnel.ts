// Bytes both ways between an agent and an upstream that switched protocols, until either side is done.
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';

/** ms that one side of a tunnel may go on after the other has ended. */
const HALF_OPEN = 2000;

/** Both sockets are paused and ours; the record is written when the tunnel is closed. */
export function tunnel(exchange: Exchange, agent: Duplex, upstream: Duplex, first: Uint8Array): void {
  exchange.onGone = undefined;
  let cancel = (): void => {};
  const close = (): void => {
    cancel();
    agent.destroy();
    upstream.destroy();
    exchange.over(101);
  };
  agent.on('data', (chunk: Buffer) => {
    exchange.bytesIn += chunk.length;
  });
  upstream.on('data', (chunk: Buffer) => {
    exchange.sent(chunk.length);
  });
  for (const side of [agent, upstream]) {
    side.on('error', close).on('close', close);
    // The other side hears of it through the pipe, and may say its last words; it may not stay for ever.
    side.once('end', () => {
      cancel();
      cancel = exchange.deps.clock.after(HALF_OPEN, close);
    });
  }
  // It may have gone while nobody listened.
  if (agent.destroyed || upstream.destroyed) return close();
  if (first.length > 0) {
    exchange.sent(first.length);
    agent.write(first);
  }
  agent.pipe(upstream);
  upstream.pipe(agent);
}
