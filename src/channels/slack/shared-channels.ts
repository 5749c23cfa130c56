// Channels that people of other organisations read too (Slack Connect) are no place for what agents are about to do. INVARIANT: nothing is posted
// to a channel of which Slack says so. Where it does not say (no scope), whoever invited the app has to know; votes of others never count.
import type { Clock } from '../../ports/clock.ts';
import type { SlackApi, SlackFailure } from './slack-api.ts';

export interface SharedChannels {
  /** Undefined where it may be posted to. Never rejects. */
  hindrance(channel: string): Promise<SlackFailure | undefined>;
}

/** ms for which Slack's word about a channel is taken again. */
const MEMORY = 300_000;
const MOST = 1000;

export function createSharedChannels(api: Pick<SlackApi, 'isShared'>, clock: Pick<Clock, 'monotonic'>): SharedChannels {
  const fine = new Map<string, number>();
  return {
    async hindrance(channel) {
      // People by themselves are no channel.
      if (channel.startsWith('D') || channel.startsWith('U') || (fine.get(channel) ?? 0) > clock.monotonic())
        return undefined;
      const asked = await api.isShared(channel);
      if (!asked.ok) return asked.kind === 'later' && asked.after !== undefined ? asked : undefined;
      if (asked.shared) return { ok: false, kind: 'refused', why: 'the channel is shared with another organisation' };
      fine.delete(channel);
      fine.set(channel, clock.monotonic() + MEMORY);
      const [oldest] = fine.keys();
      if (fine.size > MOST && oldest !== undefined) fine.delete(oldest);
      return undefined;
    },
  };
}
