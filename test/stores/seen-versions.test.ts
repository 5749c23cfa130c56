// What is remembered of approvals cannot be talked away: not by what somebody writes to the stream of changes, nor by many of them.
import { describe, expect, it } from 'vitest';
import type { Approval } from '../../src/core/approval/state.ts';
import { transition } from '../../src/core/approval/transition.ts';
import { createSeenVersions, type SeenVersions } from '../../src/stores/seen-versions.ts';
import { EXPIRES, opened } from '../conformance/approval-events.ts';

const NOW = 1_700_000_000_000;
const TAKEN = 'events were taken away';
const DAY = 86_400_000;

function approval(version: number): Approval {
  const step = transition(undefined, opened(NOW));
  if (!step.ok) throw new Error(step.refusal);
  return { ...step.approval, id: 'apr_1', version };
}

function seenAt(version: number): SeenVersions {
  const seen = createSeenVersions(DAY);
  expect(seen.look('apr_1', approval(version), NOW)).toBeUndefined();
  return seen;
}

describe('a version that was seen', () => {
  it('is missed when less, or nothing, is read', () => {
    const seen = seenAt(5);
    expect(seen.look('apr_1', approval(4), NOW)).toContain(TAKEN);
    expect(seen.look('apr_1', undefined, NOW)).toContain(TAKEN);
    expect(seen.look('apr_1', approval(5), NOW)).toBeUndefined();
    expect(seen.look('apr_1', approval(6), NOW)).toBeUndefined();
  });

  it.each([Number.NaN, -1, 0, 4, 5, 1.5, Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY])(
    'is not forgotten because somebody says %d',
    (version) => {
      const seen = seenAt(5);
      for (const expiresAt of [0, Number.NaN, NOW + DAY]) seen.note('apr_1', version, expiresAt, NOW);
      expect([seen.version('apr_1'), seen.look('apr_1', approval(2), NOW)]).toEqual([
        5,
        expect.stringContaining(TAKEN),
      ]);
      expect(seen.look('apr_1', approval(6), NOW)).toBeUndefined();
      expect(seen.look('apr_1', approval(5), NOW)).toContain(TAKEN);
    },
  );

  it.each([0, Number.NaN, NOW - 2 * DAY, Number.NEGATIVE_INFINITY])(
    'is not forgotten because somebody says that it has expired (%d), before or after it was read',
    (expiresAt) => {
      const after = seenAt(5);
      after.note('apr_1', 6, expiresAt, NOW);
      const before = createSeenVersions(DAY);
      before.note('apr_1', 6, expiresAt, NOW);
      before.look('apr_1', approval(6), NOW);
      for (const seen of [after, before]) {
        expect(seen.look('apr_1', undefined, NOW)).toContain(TAKEN);
        for (let i = 0; i < 20_001; i++) seen.note(`flood ${i}`, 1, 0, NOW);
        expect(seen.look('apr_1', approval(2), NOW)).toContain(TAKEN);
      }
    },
  );

  it('is forgotten only when its approval can no longer run and may be gone', () => {
    const seen = seenAt(5);
    expect(seen.look('apr_1', undefined, NOW + EXPIRES + DAY - 1)).toContain(TAKEN);
    expect(seen.look('apr_1', undefined, NOW + EXPIRES + DAY)).toBeUndefined();
    expect(seen.version('apr_1')).toBe(0);
  });

  it('does not blame a read that was overtaken', () => {
    const seen = seenAt(5);
    expect(seen.look('apr_1', approval(4), NOW, 4)).toBeUndefined();
    expect(seen.look('apr_1', approval(3), NOW, 4)).toContain(TAKEN);
  });
});
