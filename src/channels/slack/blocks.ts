// The parts of Block Kit that are used here, and text made fit for them. INVARIANTS: text that came from an agent or an upstream stands only in
// preformatted rich text or plain_text without emoji, where Slack makes no link, mention or markup of it; what was cut is known.
// Limits: https://docs.slack.dev/reference/block-kit/blocks
import { visibleText } from '../../core/visible-text.ts';

export type Block = Readonly<Record<string, unknown>>;

export const MAX_BLOCKS = 50;

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
