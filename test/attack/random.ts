// A seeded source of choices (xorshift32 over a hash of the seed), so that every attack can be repeated by its name.
import { sha256 } from '../../src/core/sha256.ts';

export interface Random {
  /** 0 ≤ n < limit. */
  below(limit: number): number;
  of<T>(items: readonly T[]): T;
}

export function random(seed: string): Random {
  let state = Number.parseInt(sha256(seed).slice(0, 8), 16) || 1;
  const below = (limit: number): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % limit;
  };
  return { below, of: (items) => items[below(items.length)] as (typeof items)[number] };
}
