// What commands about access keys work on: the gate's store and its data keys, found through the configuration, as the gate finds them.
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { loadConfig } from '../../config/load.ts';
import type { Config } from '../../config/types.ts';
import { dataPaths } from '../../data-dir.ts';
import { openAgentKeys } from '../../open-agent-keys.ts';
import type { AgentKeyStore } from '../../ports/agent-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { DATA_FILE } from '../../signers/data-keys.ts';
import { loadKeys } from '../../signers/load-keys.ts';
import type { ExitName } from '../exit-codes.ts';
import { type CommandLog, openCommandLog } from './command-log.ts';

export interface KeyPlace {
  readonly config: Config;
  readonly store: AgentKeyStore;
  /** Reads the data keys; rejects with KeyFileError. */
  readonly secrets: () => Promise<SecretSource>;
  /** Opens the log of commands; rejects with KeyFileError, AuditLocked, or as the file system does. */
  readonly log: (warn: (message: string) => void) => Promise<CommandLog>;
}

export type PlaceResult =
  | { readonly ok: true; readonly place: KeyPlace }
  | { readonly ok: false; readonly exit: ExitName; readonly messages: readonly string[] };

export function findKeyPlace(
  file: string,
  env: Readonly<Record<string, string | undefined>>,
  clock: Clock,
): PlaceResult {
  // Credentials of upstreams are none of this command's business; only a Redis may need its own.
  let loaded = loadConfig(file, undefined);
  if (loaded.ok && loaded.config.store !== 'sqlite') loaded = loadConfig(file, env);
  if (!loaded.ok) {
    return { ok: false, exit: 'badConfig', messages: loaded.faults.map(({ at, message }) => `${at}: ${message}`) };
  }
  const { config } = loaded;
  const paths = dataPaths(config.data_dir);
  const folder = config.keys?.dir ?? paths.keys;
  if (!existsSync(join(folder, DATA_FILE))) {
    const remedy = config.keys
      ? 'make the keys with "holdgate keys init", and mount them'
      : 'start the gate once with "holdgate serve": it makes its keys';
    return { ok: false, exit: 'noInput', messages: [`there is no ${DATA_FILE} in ${folder}: ${remedy}`] };
  }
  const keys = (): ReturnType<typeof loadKeys> =>
    loadKeys({ own: paths.keys, mounted: config.keys?.dir, allowCreate: false, clock });
  return {
    ok: true,
    place: {
      config,
      store: openAgentKeys(paths.database, config.store, clock),
      secrets: async () => (await keys()).sealer,
      log: async (warn) => openCommandLog({ audit: paths.audit, signer: (await keys()).signer, clock, warn }),
    },
  };
}
