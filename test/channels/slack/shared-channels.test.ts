import { describe, expect, it } from 'vitest';
import { createSharedChannels } from '../../../src/channels/slack/shared-channels.ts';
import type { SlackResult } from '../../../src/channels/slack/slack-api.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

type Answer = SlackResult<{ readonly shared: boolean }>;

function world(answer: Answer): {
  answer: Answer;
  readonly asked: string[];
  readonly clock: ReturnType<typeof createManualClock>;
  readonly hindrance: (channel: string) => Promise<string | undefined>;
} {
  const clock = createManualClock();
  const asked: string[] = [];
  const shared = createSharedChannels(
    {
      isShared: async (channel) => {
        asked.push(channel);
        return made.answer;
      },
    },
    clock,
  );
  const made = {
    answer,
    asked,
    clock,
    hindrance: async (channel: string) => {
      const found = await shared.hindrance(channel);
      return found && `${found.kind}: ${found.why}`;
    },
  };
  return made;
}

describe('a channel', () => {
  it('that is shared with another organisation is refused, each time', async () => {
    const { hindrance, asked } = world({ ok: true, shared: true });
    expect(await hindrance('C1')).toBe('refused: the channel is shared with another organisation');
    expect(await hindrance('C1')).toBe('refused: the channel is shared with another organisation');
    expect(asked).toEqual(['C1', 'C1']);
  });

  it('that is not is asked about every five minutes', async () => {
    const made = world({ ok: true, shared: false });
    expect([await made.hindrance('C1'), await made.hindrance('C1')]).toEqual([undefined, undefined]);
    expect(made.asked).toEqual(['C1']);
    made.clock.advance(300_001);
    made.answer = { ok: true, shared: true };
    expect(await made.hindrance('C1')).toContain('refused');
  });

  it('of which Slack does not say so is posted to; a limit is waited for', async () => {
    expect(await world({ ok: false, kind: 'later', why: 'missing_scope' }).hindrance('C1')).toBeUndefined();
    expect(await world({ ok: false, kind: 'refused', why: 'channel_not_found' }).hindrance('C1')).toBeUndefined();
    expect(await world({ ok: false, kind: 'later', after: 1000, why: 'rate limited' }).hindrance('C1')).toBe(
      'later: rate limited',
    );
  });

  it('that is a conversation with one person is not asked about', async () => {
    const { hindrance, asked } = world({ ok: true, shared: true });
    expect([await hindrance('D1'), await hindrance('U1')]).toEqual([undefined, undefined]);
    expect(asked).toEqual([]);
  });
});
