// The clients under the store's connections. INVARIANT: nothing is queued and nothing is sent a second time: a command that is not
// answered in time rejects, and its connection is given up, so that what follows fails at once until there is a new one.
import { Cluster, Redis, ReplyError } from 'ioredis';
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import { unavailable } from './unavailable.ts';

export type Argument = string | number | Buffer;

/** Between attempts to connect again, ms. */
const RECONNECT = { step: 50, most: 500 };
/** What was written on a connection that is closed may still be sent for this long, ms. */
const DISCONNECT_MS = 50;
/** A first connection may take longer than a command. */
const FIRST_CONNECT_MS = 5_000;
const retryStrategy = (times: number): number => Math.min(times * RECONNECT.step, RECONNECT.most);

function commonOptions(settings: RedisSettings) {
  const { username, password, sentinelPassword, ca, tls } = settings;
  return {
    db: settings.database,
    ...(username !== undefined && { username }),
    ...(password && { password: password.reveal() }),
    ...(sentinelPassword && { sentinelPassword: sentinelPassword.reveal() }),
    ...(tls && { tls: { ...(ca !== undefined && { ca }), minVersion: 'TLSv1.2' as const } }),
    // Blocking reads answer in one shape only under RESP2.
    protocol: 2 as const,
    connectionName: 'holdgate',
    disableClientInfo: true,
    connectTimeout: settings.timeout * 2,
    // One that is given up is not waited for.
    disconnectTimeout: DISCONNECT_MS,
    autoResendUnfulfilledCommands: false,
    maxRetriesPerRequest: 0,
    // A primary that was demoted says READONLY: connect again to whoever is the primary now.
    reconnectOnError: (error: Error) => error.message.startsWith('READONLY'),
    lazyConnect: true,
  };
}

export type Client = Redis | Cluster;

/** One client, not yet connected. `commandTimeout` in ms; absent for connections that block on purpose. */
export function createClient(settings: RedisSettings, commandTimeout?: number): Client {
  const options = { ...commonOptions(settings), ...(commandTimeout !== undefined && { commandTimeout }) };
  const [first] = settings.nodes;
  if (settings.kind === 'cluster') {
    return new Cluster([...settings.nodes], {
      redisOptions: options,
      enableOfflineQueue: false,
      // Whatever does not serve us says so itself; the client would ask again for ever, and not say why.
      enableReadyCheck: false,
      lazyConnect: true,
      clusterRetryStrategy: retryStrategy,
      slotsRefreshTimeout: FIRST_CONNECT_MS,
      // It would send again what its caller was told has failed.
      retryDelayOnFailover: 0,
      retryDelayOnClusterDown: 0,
      // With names as the certificates have them; addresses would never verify.
      ...(settings.tls && { dnsLookup: (address, callback) => callback(null, address) }),
    });
  }
  const common = { ...options, enableOfflineQueue: false, retryStrategy };
  if (settings.kind === 'single') return new Redis({ ...common, host: first?.host ?? '', port: first?.port ?? 0 });
  return new Redis({
    ...common,
    sentinels: [...settings.nodes],
    name: settings.master ?? '',
    sentinelRetryStrategy: retryStrategy,
    sentinelCommandTimeout: settings.timeout,
    failoverDetector: true,
    ...(settings.tls && { enableTLSForSentinelMode: true, sentinelTLS: options.tls ?? {} }),
  });
}

/** Clients that are not to connect again. */
const over = new WeakSet<Client>();

/** Closes for good. */
export function disconnect(client: Client): void {
  over.add(client);
  client.disconnect();
}

/** A client that hears of a failover while it is connecting takes that for its end. */
function revive(client: Client, clock: Pick<Clock, 'after'>): void {
  if (over.has(client)) return;
  clock.after(RECONNECT.most, () => {
    if (!over.has(client)) client.connect().catch(() => undefined);
  });
}

/** Connections that are being given up. */
const leaving = new WeakSet<Redis>();

/** Gives the connections up, if there are any, and connects again. */
export function reconnect(client: Client): void {
  for (const redis of client instanceof Cluster ? client.nodes('all') : [client]) {
    // One that is only being made has its own time limit, and a client that asks sentinels would stop for good.
    if ((redis.status !== 'connect' && redis.status !== 'ready') || leaving.has(redis)) continue;
    leaving.add(redis);
    redis.once('close', () => leaving.delete(redis));
    redis.disconnect(true);
  }
}

/** Connects, or rejects with StoreUnavailable. Later losses are its own to mend. */
export async function connected(client: Client, where: string, clock: Pick<Clock, 'after'>): Promise<void> {
  let first: unknown;
  const { promise, reject } = Promise.withResolvers<never>();
  // Every later loss is also the rejection of whatever was under way; that is where it is reported.
  client.on('error', (error: unknown) => {
    // What follows the first one follows from it.
    first ??= error;
    // All were asked; the client would go on asking.
    if (error instanceof Error && error.message.startsWith('All sentinels are unreachable')) reject(error);
  });
  const cancel = clock.after(FIRST_CONNECT_MS, () => reject(new Error('no answer')));
  try {
    await Promise.race([client.connect(), promise]);
    // The client connects all the same if the database could not be selected, to another one.
    if (first instanceof ReplyError) throw first;
    client.on('end', () => revive(client, clock));
  } catch (error) {
    disconnect(client);
    throw unavailable(where, first ?? error);
  } finally {
    cancel();
  }
}
