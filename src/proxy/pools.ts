// Connections to upstreams. INVARIANT: a pooled connection is never shared between agents, nor between upstreams' credentials.
import type { Call } from '../core/call.ts';
import type { Clock } from '../ports/clock.ts';
import { type ConnectOutcome, connectVerified } from './address/connect.ts';
import type { Resolver } from './address/resolve.ts';
import { createAwsSignature } from './credentials/aws-signature.ts';
import type { UpstreamCredential } from './credentials/upstream-credential.ts';
import { createScrubbers, type Scrubber } from './scrub.ts';
import type { Upstream } from '../core/upstream.ts';
import { createWirePool, type WirePool } from './wire/wire-pool.ts';

export interface Pools {
  pool(upstream: Upstream, agentId: string): WirePool;
  /** The header lines that the gate adds to a call that is sent now: Via (RFC 9110 §7.6.3), and the upstream's credential if it has
   *  one. Throws UnsendableRequest for a call that the credential cannot be made for. */
  injected(upstream: Upstream, call: Call): string;
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
  const via = `Via: 1.1 ${options.pseudonym}\r\n`;
  const credentials = new Map<Upstream, UpstreamCredential | undefined>();
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

  const credentialOf = (upstream: Upstream): UpstreamCredential | undefined => {
    if (!credentials.has(upstream)) credentials.set(upstream, upstreamCredential(upstream, options.clock));
    return credentials.get(upstream);
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
    injected(upstream, call) {
      return via + (credentialOf(upstream)?.lines(call) ?? '');
    },
    scrubber(upstream) {
      const credential = credentialOf(upstream);
      if (!credential) return undefined;
      let make = scrubbers.get(upstream);
      if (!make) scrubbers.set(upstream, (make = createScrubbers(credential.secrets)));
      return make();
    },
    connect: (upstream) => connectVerified(upstream, options),
    close() {
      for (const byAgent of pools.values()) for (const pool of byAgent.values()) pool.close();
      pools.clear();
    },
  };
}

function upstreamCredential({ credential }: Upstream, clock: Clock): UpstreamCredential | undefined {
  if (!credential) return undefined;
  if (credential.aws) return createAwsSignature(credential.aws, clock);
  const { header, value } = credential;
  const line = `${header}: ${value.reveal()}\r\n`;
  return { lines: () => line, secrets: [value] };
}
