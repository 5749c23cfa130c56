// Connections to upstreams. INVARIANT: a pooled connection is never shared between agents, nor between upstreams' credentials.
import type { Clock } from '../ports/clock.ts';
import { type ConnectOutcome, connectVerified } from './address/connect.ts';
import type { Resolver } from './address/resolve.ts';
import { createScrubbers, type Scrubber } from './scrub.ts';
import type { Upstream } from '../core/upstream.ts';
import { createWirePool, type WirePool } from './wire/wire-pool.ts';

export interface Pools {
  pool(upstream: Upstream, agentId: string): WirePool;
  /** The header lines that the gate adds: Via (RFC 9110 §7.6.3), and the upstream's credential if it has one. */
  injected(upstream: Upstream): string;
  /** Takes the upstream's credential out of one response; undefined where none is injected. */
  scrubber(upstream: Upstream): Scrubber | undefined;
  /** A fresh, verified connection that no pool knows. Never rejects. */
  connect(upstream: Upstream): Promise<ConnectOutcome>;
  close(): void;
}

export interface PoolOptions {
  readonly resolver: Resolver;
  readonly clock: Clock;
  /** Sockets per agent and upstream. */
  readonly maxSockets: number;
  /** Names this gate in Via, so that a loop is seen. */
  readonly pseudonym: string;
  /** Bytes of a response head. */
  readonly maxHeaderBytes: number;
}

/** Idle pooled sockets are closed after this, ms: well below what common upstreams allow. */
const IDLE = 4000;
/** Pools kept at once; agents known by tokens may be many. */
const MAX_POOLS = 4096;

export function createPools(options: PoolOptions): Pools {
  const pools = new Map<Upstream, Map<string, WirePool>>();
  const lines = new Map<Upstream, string>();
  const scrubbers = new Map<Upstream, () => Scrubber | undefined>();
  let count = 0;

  const create = (upstream: Upstream): WirePool =>
    createWirePool({
      connect: () => connectVerified(upstream, options),
      clock: options.clock,
      maxSockets: options.maxSockets,
      maxHeaderBytes: options.maxHeaderBytes,
      idleTimeoutMs: IDLE,
      headTimeoutMs: upstream.timeouts.head,
      bodyIdleTimeoutMs: upstream.timeouts.idle,
    });

  /** Forgets the pools that carry nothing; a busy one stays. */
  const forgetIdle = (): void => {
    for (const byAgent of pools.values()) {
      for (const [agentId, pool] of byAgent) {
        const { sockets, idle, connecting, waiting } = pool.stats();
        if (sockets > idle || connecting > 0 || waiting > 0) continue;
        pool.close();
        byAgent.delete(agentId);
        count--;
      }
    }
  };

  return {
    pool(upstream, agentId) {
      let byAgent = pools.get(upstream);
      if (!byAgent) pools.set(upstream, (byAgent = new Map<string, WirePool>()));
      let pool = byAgent.get(agentId);
      if (!pool) {
        if (count >= MAX_POOLS) forgetIdle();
        byAgent.set(agentId, (pool = create(upstream)));
        count++;
      }
      return pool;
    },
    injected(upstream) {
      let ready = lines.get(upstream);
      if (ready === undefined) {
        const { credential } = upstream;
        ready = `Via: 1.1 ${options.pseudonym}\r\n${credential ? `${credential.header}: ${credential.value.reveal()}\r\n` : ''}`;
        lines.set(upstream, ready);
      }
      return ready;
    },
    scrubber(upstream) {
      if (!upstream.credential) return undefined;
      let make = scrubbers.get(upstream);
      if (!make) scrubbers.set(upstream, (make = createScrubbers(upstream.credential.value)));
      return make();
    },
    connect: (upstream) => connectVerified(upstream, options),
    close() {
      for (const byAgent of pools.values()) for (const pool of byAgent.values()) pool.close();
      pools.clear();
    },
  };
}
