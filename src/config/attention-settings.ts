// Quiet hours and limits as the gate uses them: places checked.
import type { AttentionSettings, QuietTime, Rate } from '../core/attention.ts';
import type { ChannelSettings } from '../core/channel-settings.ts';
import type { NotifyLimitsSource, RateSource } from './attention-schema.ts';
import { type ChannelReading, placeFault } from './channel-settings.ts';

/** Undefined for none. */
export const rateOf = (source: RateSource): Rate | undefined => (source === 'none' ? undefined : source);

/** `listed`: whether the file has a list of quiet hours, or one alone; faults are reported there. */
export function attentionSettings(
  quiet: readonly QuietTime[],
  limits: NotifyLimitsSource,
  channels: ChannelSettings,
  listed: boolean,
  { fault }: Pick<ChannelReading, 'fault'>,
): AttentionSettings {
  for (const [i, { notify }] of quiet.entries()) {
    for (const place of notify) {
      const message = placeFault(place, channels);
      if (message !== undefined) fault(['quiet_hours', ...(listed ? [i] : []), 'notify'], message);
    }
  }
  return { quiet, messages: rateOf(limits.per_agent) };
}
