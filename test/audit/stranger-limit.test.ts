import { expect, it } from 'vitest';
import { createStrangerLimit } from '../../src/audit/stranger-limit.ts';
import type { AuditEntry } from '../../src/ports/audit-log.ts';
import { createManualClock } from '../ports/manual-clock.ts';

it('writes so many entries about strangers a minute and counts the rest', () => {
  const clock = createManualClock();
  const written: AuditEntry[] = [];
  const limit = createStrangerLimit(clock, (entry) => written.push(entry));
  for (let n = 0; n < 1000; n++) limit.record({ at: n, type: 'agent:credential:refused' });
  expect(written).toHaveLength(600);
  clock.advance(60_000);
  limit.record({ at: 1001, type: 'agent:credential:refused' });
  expect(written.slice(600).map(({ type, entries }) => [type, entries])).toEqual([
    ['audit:strangers:summed', 400],
    ['agent:credential:refused', undefined],
  ]);
  limit.flush();
  expect(written).toHaveLength(602);
});
