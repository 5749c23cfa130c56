// data.json: AES-256-GCM keys, newest first. Their ids (1–255) stand in front of everything that was sealed and are never used
// twice; old ones stay, for what is stored is never sealed again.
import { createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import { KeyFileError } from './key-files.ts';
import { hasKeyTimes, type KeyTimes } from './key-times.ts';

export interface DataKey extends KeyTimes {
  readonly id: number;
  readonly key: KeyObject;
}

export const DATA_FILE = 'data.json';

/** The id is one byte, and 0 is none. */
export const MAX_DATA_KEY_ID = 255;
const KEY_BYTES = 32;

export function newDataKey(id: number, times: KeyTimes): DataKey {
  return { id, key: createSecretKey(randomBytes(KEY_BYTES)), ...times };
}

function parseKey(value: unknown): DataKey | undefined {
  if (typeof value !== 'object' || value === null || !hasKeyTimes(value)) return undefined;
  const { id, k } = value as Record<string, unknown>;
  const { created, active_from } = value;
  if (typeof id !== 'number' || !Number.isInteger(id) || id < 1 || id > MAX_DATA_KEY_ID) return undefined;
  const bytes = typeof k === 'string' ? Buffer.from(k, 'base64url') : undefined;
  if (bytes?.length !== KEY_BYTES) return undefined;
  return { id, key: createSecretKey(bytes), created, active_from };
}

/** The keys, one at least. Throws KeyFileError that ends with `remedy`; it quotes nothing of the text. */
export function parseDataKeys(path: string, text: string, remedy: string): readonly DataKey[] {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new KeyFileError(`${path} is not JSON (${text.length} characters): ${remedy}`);
  }
  const list: unknown = typeof value === 'object' && value !== null && 'keys' in value ? value.keys : undefined;
  const keys = Array.isArray(list) ? list.map(parseKey) : [];
  const sound = keys.filter((key) => key !== undefined);
  if (sound.length < keys.length) throw new KeyFileError(`${path} holds a damaged key: ${remedy}`);
  if (sound.length === 0) {
    throw new KeyFileError(`${path} holds no keys ({"keys":[…]}, newest first): ${remedy}`);
  }
  if (new Set(sound.map(({ id }) => id)).size !== sound.length) {
    throw new KeyFileError(`${path} holds two keys with the same id: ${remedy}`);
  }
  return sound;
}

export function dataKeysText(keys: readonly DataKey[]): string {
  const list = keys.map(({ id, key, created, active_from }) => ({
    id,
    k: key.export().toString('base64url'),
    created,
    active_from,
  }));
  return `${JSON.stringify({ keys: list }, null, 2)}\n`;
}
