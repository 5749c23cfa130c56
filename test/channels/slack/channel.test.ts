// What Slack refuses for its length is said in short: nothing that waits is shown nowhere.
import { describe, expect, it } from 'vitest';
import { createSharedChannels } from '../../../src/channels/slack/shared-channels.ts';
import { createSlackChannel } from '../../../src/channels/slack/slack-channel.ts';
import type { SlackApi } from '../../../src/channels/slack/slack-api.ts';
import { alone } from '../../../src/core/similar/shown.ts';
import { createManualClock } from '../../ports/manual-clock.ts';
import { approvalOf, terms } from './slack-fixture.ts';

const refuse = { ok: false, kind: 'refused', why: 'msg_blocks_too_long' } as const;
const body = { text: 'b'.repeat(2000), size: 2000, truncated: false };

function channelOf(most: number): { readonly deliver: (ref?: string) => Promise<unknown>; readonly tried: string[] } {
  const tried: string[] = [];
  const takes = (message: unknown): boolean => tried.push(JSON.stringify(message)) > 0 && lastOf(tried).length <= most;
  const never = (): never => {
    throw new Error('nobody asks for this');
  };
  const api: SlackApi = {
    post: async (channel, message) => (takes(message) ? { ok: true, channel, ts: '1.1' } : refuse),
    update: async (_channel, _ts, message) => (takes(message) ? { ok: true } : refuse),
    whisper: never,
    openView: never,
    publishHome: never,
    user: never,
    usergroupMembers: never,
    isShared: async () => ({ ok: true, shared: false }),
    history: never,
  };
  const message = { reason: 'updated', version: 1, key: 'k', shown: alone(approvalOf(), body) } as const;
  return {
    tried,
    deliver: (ref) =>
      createSlackChannel({ api, shared: createSharedChannels(api, createManualClock()), terms }).deliver(
        'C1',
        message,
        ref,
      ),
  };
}
const lastOf = (texts: readonly string[]): string => texts.at(-1) ?? '';

describe('a message that Slack finds too long', () => {
  it.each([undefined, 'C1:1.1'])('is made short, without the button that approves (ref %s)', async (ref) => {
    const { deliver, tried } = channelOf(3_500);
    expect(await deliver(ref)).toEqual({ outcome: 'delivered', ref: 'C1:1.1' });
    expect(tried.map((each) => each.includes('holdgate_approve'))).toEqual([true, false]);
    expect(lastOf(tried)).toContain('holdgate_deny');
  });

  it('is given up where even that is refused', async () => {
    const { deliver, tried } = channelOf(0);
    expect(await deliver('C1:1.1')).toEqual({ outcome: 'refused', why: 'msg_blocks_too_long' });
    expect(tried).toHaveLength(2);
  });
});
