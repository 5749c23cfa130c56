// What only the composition can get wrong: that a bug in one part is heard of, wherever it is.
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './e2e/raw-upstream.ts';
import { startGate, type TestGate } from './e2e/running-gate.ts';

let upstream: RawUpstream;
let gate: TestGate;

beforeEach(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({
    upstream: upstream.url,
    rules: '  - {id: reads, match: {method: GET}, effect: allow}',
    adapt: (ports) => ({
      ...ports,
      audit: {
        routine: () => {
          throw new TypeError('a bug in the log');
        },
        durable: (entry) => ports.audit.durable(entry),
        close: () => ports.audit.close(),
      },
    }),
  });
});
afterEach(async () => {
  await gate.stop();
  await upstream.close();
});

it('logs an audit log that throws, with its stack, and forwards nothing more', async () => {
  await (await gate.call('/api/x')).text();
  await expect
    .poll(() => gate.log.find((line) => line.includes('"audit:failed"')))
    .toMatch(/"level":"error".*"error":"TypeError: a bug in the log\\n +at /);
  const seen = upstream.requests.length;
  expect((await gate.call('/api/x')).status).toBe(503);
  expect(upstream.requests).toHaveLength(seen);
});
