// A pool against a scripted upstream, and one call that waits for its outcome.
import { createWirePool, type WirePool } from '../../../src/proxy/wire/wire-pool.ts';
import { get, type Outcome, poolOptions, type RawUpstream, rawUpstream, recorder } from './raw-upstream.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';

export async function send(pool: WirePool, request: Parameters<WirePool['request']>[0] = get): Promise<Outcome> {
  const handler = recorder();
  pool.request(request, handler);
  return handler.done;
}

export interface Setting extends AsyncDisposable {
  readonly upstream: RawUpstream;
  readonly clock: ManualClock;
  readonly pool: WirePool;
}

/** A pool, its clock and a scripted upstream. */
export async function setting(...script: Parameters<typeof rawUpstream>): Promise<Setting> {
  const upstream = await rawUpstream(...script);
  const clock = createManualClock();
  const pool = createWirePool(poolOptions(upstream, clock));
  return {
    upstream,
    clock,
    pool,
    [Symbol.asyncDispose]: async () => (pool.destroy(), upstream[Symbol.asyncDispose]()),
  };
}
