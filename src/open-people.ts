// The directory of people: who is in the configuration, and who of them is on call.
import type { Config } from './config/types.ts';
import { httpSchedule } from './people/http-schedule.ts';
import { type OnCall, startOnCall } from './people/on-call.ts';
import { pagerDutySchedule } from './people/pagerduty.ts';
import type { EventBus } from './ports/events.ts';
import { createHttpClient, type OutboundDeps } from './proxy/outbound.ts';

/** How long a start waits for the first answers, ms: the fallback counts from then on. */
const FIRST = 3_000;

export interface PeopleDeps extends OutboundDeps {
  readonly bus: EventBus;
}

/** Never rejects. */
export async function openOnCall({ on_call: settings }: Config, { bus, ...deps }: PeopleDeps): Promise<OnCall> {
  const http = createHttpClient(deps);
  const schedules = settings.map(({ name, source, fallback }) => ({
    name,
    fallback,
    schedule: source.kind === 'pagerduty' ? pagerDutySchedule(source, http) : httpSchedule(source, http),
  }));
  const onCall = startOnCall({
    schedules,
    clock: deps.clock,
    onState: (name, why) =>
      bus.emit('channel:state', {
        channel: `oncall:${name}`,
        state: why === undefined ? 'open' : 'away',
        ...(why !== undefined && { why }),
      }),
  });
  if (schedules.length === 0) return onCall;
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = deps.clock.after(FIRST, resolve);
  await Promise.race([promise, onCall.refresh()]);
  cancel();
  return onCall;
}
