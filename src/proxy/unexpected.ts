// The one place where a bug on the request path becomes an answer.
import type { Exchange } from './exchange.ts';
import { refuse } from './refuse.ts';

export function unexpected(exchange: Exchange, error: unknown): void {
  exchange.deps.bus.emit('proxy:failed', { decisionId: exchange.decisionId, error });
  refuse(exchange, 'internal-error', {
    detail: 'Something unforeseen happened; the call was not forwarded.',
    close: true,
  });
}
