// Socket Mode: what people do comes in over WebSockets that the gate opened itself. Two of them, because Slack closes each now and then and a
// new one takes seconds; Slack sends each event to one. The library's own reconnecting ends the process when the network is away
// (a rejection that nobody hears), so each socket is opened anew from here.
import { silent } from './silent.ts';
import { LogLevel } from '@slack/socket-mode';
import { SocketModeClient } from '@slack/socket-mode';
import type { Clock } from '../../ports/clock.ts';

export interface SocketsDeps {
  /** `xapp-…`. */
  readonly appToken: string;
  /** Ends with `/`. */
  readonly apiUrl: string;
  readonly clock: Pick<Clock, 'after'>;
  /** A payload, acknowledged already. Never throws. */
  readonly onPayload: (payload: unknown) => void;
  /** Hears why a socket could not be opened, or that one is open. */
  readonly onState: (state: 'open' | 'away', why?: string) => void;
}

export interface Sockets {
  close(): Promise<void>;
}

const SOCKETS = 2;
/** ms between attempts; the last one from then on. */
const PAUSES = [1_000, 2_000, 5_000, 15_000, 30_000] as const;
const TIMEOUT = 10_000;

export function openSockets(deps: SocketsDeps): Sockets {
  const sockets = Array.from({ length: SOCKETS }, () => keepOpen(deps));
  return {
    async close() {
      await Promise.all(sockets.map((each) => each.close()));
    },
  };
}

function keepOpen({ appToken, apiUrl, clock, onPayload, onState }: SocketsDeps): Sockets {
  let closed = false;
  let failures = 0;
  let client: SocketModeClient | undefined;
  let cancel = (): void => {};

  const again = (why: string): void => {
    if (closed) return;
    onState('away', why);
    cancel();
    cancel = clock.after(PAUSES[Math.min(failures++, PAUSES.length - 1)] ?? TIMEOUT, () => void open());
  };
  const open = async (): Promise<void> => {
    const one = new SocketModeClient({
      appToken,
      autoReconnectEnabled: false,
      logLevel: LogLevel.ERROR,
      logger: silent,
      clientOptions: {
        slackApiUrl: apiUrl,
        timeout: TIMEOUT,
        retryConfig: { retries: 0 },
        rejectRateLimitedCalls: true,
      },
    });
    client = one;
    const take = ({ ack, body }: { readonly ack: () => Promise<void>; readonly body: unknown }): void => {
      // Acknowledged first: within three seconds, whatever the vote takes. A second delivery of it changes nothing.
      ack().catch(() => undefined);
      onPayload(body);
    };
    one.on('interactive', take);
    one.on('slack_event', ({ type, ...event }: { readonly type: string } & Parameters<typeof take>[0]) => {
      if (type === 'events_api') take(event);
    });
    one.on('disconnected', () => {
      if (client === one) again('the socket was closed');
    });
    try {
      await one.start();
      failures = 0;
      if (!closed) onState('open');
    } catch (error) {
      if (client === one) again(error instanceof Error ? error.message : 'the socket could not be opened');
    }
  };
  void open();
  return {
    async close() {
      closed = true;
      cancel();
      const last = client;
      client = undefined;
      await last?.disconnect().catch(() => undefined);
    },
  };
}
