// Which folder of keys a command is about: the one that is named, or the one that a configuration names.
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { parseLocatedYaml } from '../../core/located-yaml.ts';

const DEFAULT_CONFIG = 'holdgate.yaml';
const DEFAULT_DATA_DIR = '.holdgate';

/** `keys.dir` of a configuration, else `<data_dir>/keys`. The rest of it is not judged: it may be for another machine. */
function keysOf(config: string): string {
  const parsed = parseLocatedYaml(readFileSync(config, 'utf8'), config);
  if (!parsed.ok) throw new Error(parsed.faults.map(({ at, message }) => `${at}: ${message}`).join('; '));
  const { data_dir: data, keys } = (parsed.yaml.value ?? {}) as { data_dir?: unknown; keys?: { dir?: unknown } | null };
  const from = dirname(resolve(config));
  if (typeof keys?.dir === 'string') return resolve(from, keys.dir);
  return join(resolve(from, typeof data === 'string' ? data : DEFAULT_DATA_DIR), 'keys');
}

/** Throws with words for the user where neither says which. */
export function keysFolder(named: string | undefined, config: string | undefined): string {
  if (named !== undefined) return resolve(named);
  if (config === undefined && !existsSync(DEFAULT_CONFIG))
    throw new Error(`there is no ${DEFAULT_CONFIG}: name the folder of the keys or a --config`);
  return keysOf(config ?? DEFAULT_CONFIG);
}
