// Text made fit for a message: visible, within a limit of its own. INVARIANT: what was cut is known, so that nobody approves what nobody saw.
import { visibleText } from '../../core/visible-text.ts';

/** Text with a limit of its own; whoever asks for the whole later learns whether any was cut. */
export class Cutter {
  #cut = false;
  readonly #share: number;

  /** `share`: of every limit, for a message that has to be smaller. */
  constructor(share = 1) {
    this.#share = share;
  }

  get cut(): boolean {
    return this.#cut;
  }

  /** Something is not shown at all. */
  leave(): void {
    this.#cut = true;
  }

  /** This share of so many parts. */
  atLeastOne(most: number): number {
    return Math.max(1, Math.floor(most * this.#share));
  }

  /** At most `max` UTF-16 units of visible text; never empty (Slack refuses empty texts). */
  fit(text: string, most: number, lines = false): string {
    const max = Math.floor(most * this.#share);
    const visible = visibleText(text, { lines });
    if (visible.length === 0) return '(empty)';
    if (visible.length <= max) return visible;
    this.#cut = true;
    const end = ' … (cut)';
    // Never half of a surrogate pair.
    return `${visible.slice(0, max - end.length).replace(/[\uD800-\uDBFF]$/, '')}${end}`;
  }
}
