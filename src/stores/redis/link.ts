// What the store asks of Redis: commands, and scripts that are one step each, on connections that are never waited for.
import { Cluster, Redis } from 'ioredis';
import type { RedisSettings } from '../../core/redis-settings.ts';
import type { Clock } from '../../ports/clock.ts';
import { type Argument, type Client, connected, createClient, disconnect, reconnect } from './client.ts';
import { createScriptRunner } from './script-runner.ts';
import type { Script } from './lua.ts';
import { unavailable } from './unavailable.ts';

/** All methods reject with StoreUnavailable. */
export interface Link {
  call(command: string, ...parameters: Argument[]): Promise<unknown>;
  bytes(command: string, ...parameters: Argument[]): Promise<Buffer | null>;
  /** Runs the script in one round trip. With `acknowledged`, and where the settings ask for it, resolves only once enough
   *  replicas have what it wrote. */
  run(
    script: Script,
    keys: readonly string[],
    parameters: readonly Argument[],
    acknowledged?: boolean,
  ): Promise<unknown>;
  /** `INFO` of every primary. */
  info(): Promise<readonly string[]>;
  close(): void;
}

/** Connects. Rejects with StoreUnavailable if that cannot be done now. `key`: any of ours, they all live in one place. */
export async function openLink(
  settings: RedisSettings,
  where: string,
  key: string,
  clock: Pick<Clock, 'after'>,
): Promise<Link> {
  const client = createClient(settings, settings.timeout);
  await connected(client, where, clock);
  // Whoever waits for replicas keeps everybody behind it on its connection waiting too.
  const writer = settings.ackReplicas > 0 ? createClient(settings, settings.timeout) : client;
  const close = (): void => {
    for (const one of new Set([client, writer])) disconnect(one);
  };

  async function bounded<T>(of: Client, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (error instanceof Error && error.message === 'Command timed out') reconnect(of);
      throw unavailable(where, error);
    }
  }
  const slotOfKey = async (): Promise<number> =>
    client instanceof Cluster ? Number(await bounded(client, () => client.call('CLUSTER', 'KEYSLOT', key))) : 0;

  try {
    if (writer !== client) await connected(writer, where, clock);
    const slot = await slotOfKey();
    const scripts = createScriptRunner(client);
    const durable = writer === client ? scripts : createScriptRunner(writer, () => primary(writer, slot), settings);
    return {
      call: (command, ...parameters) => bounded(client, () => client.call(command, ...parameters)),
      bytes: (command, ...parameters) =>
        bounded(client, () => client.callBuffer(command, ...parameters)) as Promise<Buffer | null>,
      run: (script, keys, parameters, wait = false) =>
        bounded(wait ? writer : client, () =>
          (wait ? durable : scripts)(script, [keys.length, ...keys, ...parameters]),
        ),
      info: () => {
        const nodes = client instanceof Cluster ? client.nodes('master') : [client];
        return bounded(client, () => Promise.all(nodes.map((node) => node.info())));
      },
      close,
    };
  } catch (error) {
    close();
    throw error;
  }
}

/** The connection to whoever holds our keys. */
function primary(client: Client, slot: number): Redis {
  if (client instanceof Redis) return client;
  const owner = client.slots[slot]?.[0];
  const node = client.nodes('master').find(({ options: { host, port } }) => `${host}:${port}` === owner);
  if (!node) throw new Error('no node of the cluster serves our keys now');
  return node;
}
