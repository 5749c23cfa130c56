// One gate for a whole suite, in front of an upstream that records every byte.
import { afterAll, beforeAll } from 'vitest';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { type GateOptions, startGate, type TestGate } from './running-gate.ts';

export interface RawGate {
  readonly upstream: RawUpstream;
  readonly gate: TestGate;
}

/** Started before the suite that calls this, stopped after it; what is given back fills itself in between. */
export function useRawGate(options: Omit<GateOptions, 'upstream'>): RawGate {
  const both: { upstream?: RawUpstream; gate?: TestGate } = {};
  beforeAll(async () => {
    both.upstream = await startRawUpstream();
    both.gate = await startGate({ upstream: both.upstream.url, ...options });
  });
  afterAll(async () => {
    await both.gate?.stop();
    await both.upstream?.close();
  });
  return both as RawGate;
}
