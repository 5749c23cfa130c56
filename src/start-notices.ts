// Showing approvals to people: channels from the configuration, the record of what was shown, and the notifier between them.
import { createWebhookChannel } from './channels/webhook/webhook-channel.ts';
import type { Config } from './config/types.ts';
import { dataPaths } from './data-dir.ts';
import { startNotifier } from './gate/notices/notifier.ts';
import { openRecords } from './open-records.ts';
import type { ApprovalStore } from './ports/approval-store.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { Channel } from './ports/channel.ts';
import type { Clock } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { Sealer } from './ports/sealer.ts';
import type { Resolver } from './proxy/address/resolve.ts';
import { createHttpClient } from './proxy/outbound.ts';

export interface NoticesDeps {
  readonly store: ApprovalStore;
  readonly audit: AuditLog;
  readonly sealer: Sealer;
  readonly bus: EventBus;
  readonly clock: Clock;
  readonly resolver: Resolver;
  readonly replica: string;
}

export function startNotices(config: Config, deps: NoticesDeps): { stop(): Promise<void> } {
  const { routes } = config.channels;
  const records = openRecords({ ...deps, file: dataPaths(config.data_dir).database, store: config.store });
  const notifier = startNotifier({
    ...deps,
    records,
    channels: createChannels(config, deps),
    routes: ({ opened }) => routes[opened.risk] ?? routes.default ?? [],
  });
  return {
    async stop() {
      await notifier.stop();
      await records.close();
    },
  };
}

/** By the first word of their places. */
function createChannels({ channels, public_url: consoleUrl }: Config, deps: NoticesDeps): ReadonlyMap<string, Channel> {
  const { webhooks } = channels;
  if (webhooks.length === 0) return new Map();
  const http = createHttpClient(deps);
  const webhook = createWebhookChannel({ webhooks, http, now: () => deps.clock.now(), consoleUrl });
  return new Map([[webhook.name, webhook]]);
}
