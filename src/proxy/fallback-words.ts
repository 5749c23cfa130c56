// Clients whose WebSocket was refused try another protocol at once (kubectl: SPDY) and show their user the answer to that. So what
// was said of the first goes for the second too: it is the same wish, and the person who said no should be heard.
import type { ProblemType } from '../core/problems.ts';
import type { Clock } from '../ports/clock.ts';
import type { Refusal } from './refusal.ts';

export interface Said {
  readonly type: ProblemType;
  readonly refusal: Refusal;
}

export interface FallbackWords {
  remember(wish: string, said: Said): void;
  of(wish: string): Said | undefined;
}

/** ms: a fallback comes within one round trip. */
const FOR = 10_000;
/** Wishes that are remembered; the oldest go first. */
const MOST = 1000;

export function createFallbackWords(clock: Pick<Clock, 'monotonic'>): FallbackWords {
  const known = new Map<string, { readonly said: Said; readonly until: number }>();
  return {
    remember(wish, said) {
      known.delete(wish);
      known.set(wish, { said, until: clock.monotonic() + FOR });
      const [oldest] = known.keys();
      if (known.size > MOST && oldest !== undefined) known.delete(oldest);
    },
    of(wish) {
      const found = known.get(wish);
      return found && clock.monotonic() < found.until ? found.said : undefined;
    },
  };
}
