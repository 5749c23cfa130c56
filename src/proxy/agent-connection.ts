// A held connection as the gate sees it: where an executed response is streamed to, and where every other outcome is answered.
import type { Duplex } from 'node:stream';
import type { AgentSink, CapturedResponse } from '../gate/capture.ts';
import type { HeldAgent } from '../gate/hold.ts';
import type { HoldAnswer } from '../gate/hold-answer.ts';
import { receiptId } from '../core/approval/view.ts';
import { answerHeld } from './answer-held.ts';
import { readdressed, readdressingSink } from './dialects/json-rpc-answer.ts';
import type { Exchange } from './exchange.ts';

/** Response headers of an executed call: the upstream's, and where to find what stands behind it. */
function executedHeaders(exchange: Exchange, headers: readonly string[], replayed: boolean): string[] {
  const approvalId = exchange.approvalId ?? '';
  const ours = ['Holdgate-Decision', exchange.decisionId, 'Holdgate-Approval', approvalId];
  if (replayed) ours.push('Holdgate-Replayed', 'true');
  return [...headers, ...ours, 'Holdgate-Receipt', receiptId(approvalId)];
}

/** Resolves true once the response was handed over whole, false if the connection went first. */
function whole({ res }: Exchange): Promise<boolean> {
  if (res.writableFinished) return Promise.resolve(true);
  if (res.closed || res.destroyed) return Promise.resolve(false);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  res.once('finish', () => resolve(true)).once('close', () => resolve(res.writableFinished));
  return promise;
}

interface Switched {
  readonly answer: readonly string[];
  readonly upstream: Duplex;
  readonly first: Uint8Array;
}

/** False if the agent has gone, or never asked for it. */
function openTunnel(exchange: Exchange, { answer, upstream, first }: Switched): boolean {
  if (exchange.gone || !exchange.tunnel) {
    upstream.destroy();
    return false;
  }
  exchange.tunnel(executedHeaders(exchange, answer, false), upstream, first);
  return true;
}

function liveSink(exchange: Exchange): AgentSink {
  const { res } = exchange;
  let switched: Switched | undefined;
  return {
    head: (status, headers) => {
      if (exchange.gone) return;
      exchange.meter?.head(headers);
      res.writeHead(status, executedHeaders(exchange, headers, false));
    },
    data: (chunk) => {
      if (exchange.gone) return undefined;
      exchange.sent(chunk.length);
      if (res.write(chunk)) return undefined;
      const { promise, resolve } = Promise.withResolvers<void>();
      const go = (): void => {
        res.off('drain', go).off('close', go);
        resolve();
      };
      res.on('drain', go).on('close', go);
      return promise;
    },
    // The agent hears of the switch once it is on record, as of the end of any other response.
    tunnel: (answer, upstream, first) => {
      upstream.on('error', () => upstream.destroy());
      switched = { answer, upstream, first };
    },
    end: () => {
      if (switched) return Promise.resolve(openTunnel(exchange, switched));
      if (!exchange.gone) res.end();
      return whole(exchange);
    },
    fail: () => {
      switched?.upstream.destroy();
      res.destroy();
    },
  };
}

function replay(exchange: Exchange, kept: CapturedResponse): void {
  const response = exchange.answerId === undefined ? kept : readdressed(kept, exchange.answerId);
  exchange.meter?.head(response.headers);
  exchange.sent(response.body.length);
  exchange.res.writeHead(response.status, executedHeaders(exchange, response.headers, true));
  exchange.res.end(exchange.req.method === 'HEAD' ? undefined : response.body);
}

/** Makes the exchange's connection available to the gate. */
export function heldAgent(exchange: Exchange): HeldAgent {
  return {
    signer: exchange.agent?.accessKey,
    sink:
      exchange.answerId === undefined ? liveSink(exchange) : readdressingSink(liveSink(exchange), exchange.answerId),
    answer(answer: HoldAnswer) {
      if (exchange.gone) return Promise.resolve(false);
      if (answer.kind === 'replay') replay(exchange, answer.response);
      else answerHeld(exchange, answer);
      return whole(exchange);
    },
  };
}
