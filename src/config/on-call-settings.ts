// Schedules as the gate uses them: secrets read.
import type { OnCallSettings } from '../core/on-call-settings.ts';
import { Secret } from '../core/secret.ts';
import type { ChannelReading } from './channel-settings.ts';
import type { OnCallSource } from './on-call-schema.ts';

export function onCallSettings(
  schedules: OnCallSource,
  { secret }: Pick<ChannelReading, 'secret'>,
): readonly OnCallSettings[] {
  const read = (name: string, kind: string, text: string): Secret =>
    secret(['on_call', name, kind, 'token'], text) ?? new Secret('');
  return Object.entries(schedules).flatMap(([name, { pagerduty, http, fallback = [] }]): OnCallSettings[] => {
    if (pagerduty) {
      const { schedules: ids, token, api_url: apiUrl } = pagerduty;
      const source = { kind: 'pagerduty', schedules: ids, token: read(name, 'pagerduty', token), apiUrl } as const;
      return [{ name, source, fallback }];
    }
    if (!http) return [];
    const token = http.token === undefined ? undefined : read(name, 'http', http.token);
    return [{ name, source: { kind: 'http', url: http.url, token, allowPrivate: http.allow_private }, fallback }];
  });
}
