// What may be granted ahead together with an approval, as a message says it. INVARIANT: nobody grants by a sentence that was cut, nor together with a vote
// on several calls.
import type { Shown } from '../../core/similar/shown.ts';
import { durationText } from '../../core/duration.ts';
import { Cutter } from './cutter.ts';

export interface Offered {
  /** The whole sentence, made visible; names in it are the agent's. */
  readonly words: string;
  /** `for 1h`: our own. */
  readonly time: string;
}

const MOST = 900;

/** Undefined where there is nothing to grant here. */
export function offeredHere({ view, others }: Shown): Offered | undefined {
  const offer = view.grant_offer;
  if (!offer || others.length > 0 || offer.words.includes('…')) return undefined;
  const cutter = new Cutter();
  const words = cutter.fit(offer.words, MOST);
  return cutter.cut ? undefined : { words, time: `for ${durationText(offer.for)}` };
}
