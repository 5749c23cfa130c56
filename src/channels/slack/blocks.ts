// The parts of Block Kit that are used here, and text made fit for them. INVARIANTS: text that came from an agent or an upstream stands only in
// preformatted rich text or plain_text without emoji, where Slack makes no link, mention or markup of it; what was cut is known.
// Limits: https://docs.slack.dev/reference/block-kit/blocks
import { visibleText } from '../../core/visible-text.ts';

export type Block = Readonly<Record<string, unknown>>;

export const MAX_BLOCKS = 50;

/** Text with a limit of its own; whoever asks for the whole later learns whether any was cut. */
export class Cutter {
  #cut = false;

  get cut(): boolean {
    return this.#cut;
  }

  /** Something is not shown at all. */
  leave(): void {
    this.#cut = true;
  }

  /** At most `max` UTF-16 units of visible text; never empty (Slack refuses empty texts). */
  fit(text: string, max: number, lines = false): string {
    const visible = visibleText(text, { lines });
    if (visible.length === 0) return '(empty)';
    if (visible.length <= max) return visible;
    this.#cut = true;
    const end = ' … (cut)';
    // Never half of a surrogate pair.
    return `${visible.slice(0, max - end.length).replace(/[\uD800-\uDBFF]$/, '')}${end}`;
  }
}

export const plain = (text: string): Block => ({ type: 'plain_text', text, emoji: false });

export const header = (text: string): Block => ({ type: 'header', text: plain(text.slice(0, 150)) });

/** Our own words. */
export const words = (text: string): Block => ({ type: 'section', text: plain(text.slice(0, 3000)) });

/** Up to ten pairs of a name of ours and a value of theirs. */
export const fields = (pairs: readonly (readonly [name: string, value: string])[]): Block => ({
  type: 'section',
  fields: pairs.slice(0, 10).map(([name, value]) => plain(`${name}\n${value}`.slice(0, 2000))),
});

/** Theirs, as it is: no link, no mention, no markup. */
export const preformatted = (label: string, text: string): Block => ({
  type: 'rich_text',
  elements: [
    { type: 'rich_text_section', elements: [{ type: 'text', text: label, style: { bold: true } }] },
    { type: 'rich_text_preformatted', elements: [{ type: 'text', text }] },
  ],
});

export const small = (text: string): Block => ({ type: 'context', elements: [plain(text.slice(0, 2000))] });

export const divider: Block = { type: 'divider' };

/** For `text` of a message, which Slack reads as mrkdwn: entities that make links and mentions are written out. */
export const escaped = (text: string): string =>
  visibleText(text).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
