// What a message is made of; how that looks is each channel's own. INVARIANT: whatever an agent or an upstream wrote is `quoted` or a value of `pairs`.

export type Part =
  /** Our own words. */
  | { readonly kind: 'heading' | 'words' | 'note'; readonly text: string }
  /** Theirs: shown as it is, without link, mention or markup. */
  | { readonly kind: 'quoted'; readonly label: string; readonly text: string }
  /** At most ten, each a name of ours and a value of theirs. */
  | { readonly kind: 'pairs'; readonly pairs: readonly (readonly [name: string, value: string])[] };

export const heading = (text: string): Part => ({ kind: 'heading', text });
export const words = (text: string): Part => ({ kind: 'words', text });
export const note = (text: string): Part => ({ kind: 'note', text });
export const quoted = (label: string, text: string): Part => ({ kind: 'quoted', label, text });
export const pairs = (all: readonly (readonly [name: string, value: string])[]): Part => ({
  kind: 'pairs',
  pairs: all,
});
