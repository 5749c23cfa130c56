// The keys of a folder as people see them. Never holds a private part.
import type { KeyFolder } from '../../signers/key-folder.ts';
import { type KeyState, keyStates } from '../../signers/key-times.ts';

export interface ListedKey {
  /** `kid` of a signing key, 1–255 of a data key. */
  readonly id: string | number;
  readonly state: 'active' | 'next' | 'verifying' | 'opening';
  /** Epoch seconds; null where the file does not say. */
  readonly created: number | null;
  /** Epoch seconds; null: from the beginning. */
  readonly active_from: number | null;
  /** A signing key of which only the public part is left. */
  readonly retired: boolean;
}

export interface KeyList {
  readonly signing: readonly ListedKey[];
  readonly data: readonly ListedKey[];
}

const stateOf = <Old extends string>(state: KeyState | undefined, old: Old): 'active' | 'next' | Old =>
  state === 'active' || state === 'next' ? state : old;

/** As of `now`, epoch ms; newest first. */
export function keyList({ signing, data }: KeyFolder, now: number): KeyList {
  const signs = keyStates(signing, ({ d }) => d !== undefined, now);
  const seals = keyStates(data, () => true, now);
  return {
    signing: signing.map(({ kid, created, active_from, d }, n) => ({
      id: kid,
      state: stateOf(signs[n], 'verifying'),
      created: created ?? null,
      active_from: active_from ?? null,
      retired: d === undefined,
    })),
    data: data.map(({ id, created, active_from }, n) => ({
      id,
      state: stateOf(seals[n], 'opening'),
      created: created ?? null,
      active_from: active_from ?? null,
      retired: false,
    })),
  };
}

/** `2026-01-02T03:04:05Z` of epoch seconds. */
export const keyTime = (seconds: number): string => new Date(seconds * 1000).toISOString().replace('.000Z', 'Z');

// A key that was replaced before its time came has never been used: its time says nothing.
const USED: Readonly<Record<string, string>> = { active: 'used from', next: 'will be used from' };

function line({ id, state, created, active_from: from, retired }: ListedKey): string {
  const parts = [
    created === null ? 'created before this was noted' : `created ${keyTime(created)}`,
    ...(from === null || !USED[state] ? [] : [`${USED[state]} ${keyTime(from)}`]),
    ...(retired ? ['public part only'] : []),
  ];
  return `  ${state.padEnd(9)}  ${String(id).padEnd(3)}  ${parts.join(', ')}\n`;
}

export function keyListText(folder: string, { signing, data }: KeyList): string {
  return `${folder}\n\nsigning keys\n${signing.map(line).join('')}\ndata keys\n${data.map(line).join('')}`;
}
