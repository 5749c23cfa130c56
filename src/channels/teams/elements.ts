// The parts of Adaptive Cards that are used here. INVARIANTS: TextBlock and FactSet, which read markdown, hold only our own words; what came from an agent,
// an upstream or a person stands in a CodeBlock or in text runs, where nothing is markup, mention or link.
// https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/cards-format

export type Element = Readonly<Record<string, unknown>>;

/** Our own words, fixed or of a fixed set of characters. */
export const title = (text: string): Element => ({
  type: 'TextBlock',
  text,
  weight: 'Bolder',
  size: 'Medium',
  wrap: true,
});

/** Names and values of ours: no character of markdown. */
export const facts = (pairs: readonly (readonly [name: string, value: string])[]): Element => ({
  type: 'FactSet',
  facts: pairs.map(([name, value]) => ({ title: name, value })),
});

interface RunStyle {
  readonly bold?: boolean;
  readonly code?: boolean;
}

/** Text as it is, bold or not; text runs know no markdown. */
export const run = (text: string, { bold = false, code = false }: RunStyle = {}): Element => ({
  type: 'RichTextBlock',
  inlines: [{ type: 'TextRun', text, ...(bold && { weight: 'Bolder' }), ...(code && { fontType: 'Monospace' }) }],
});

/** Theirs, as it is. Clients that have no CodeBlock (telephones) show the same text in plain runs. */
export const quoted = (label: string, text: string): readonly Element[] => [
  run(label, { bold: true }),
  { type: 'CodeBlock', codeSnippet: text, language: 'PlainText', fallback: run(text, { code: true }) },
];

/** A button. `data` comes back with what was entered. */
export const execute = (label: string, verb: string, value: string, more: Element = {}): Element => ({
  type: 'Action.Execute',
  title: label,
  verb,
  data: { value },
  ...more,
});

/** Opens a part of the card that says more before its button can be clicked. */
export const unfold = (label: string, body: readonly Element[], button: Element): Element => ({
  type: 'Action.ShowCard',
  title: label,
  card: { type: 'AdaptiveCard', version: '1.5', body, actions: [button] },
});

/** Opens a part of the card that asks for a reason, which the button in it sends. */
export const askReason = (label: string, button: Element, maxLength: number): Element => ({
  type: 'Action.ShowCard',
  title: label,
  card: {
    type: 'AdaptiveCard',
    version: '1.5',
    body: [
      {
        type: 'Input.Text',
        id: 'reason',
        label: 'Why? The agent is told what you write.',
        isMultiline: true,
        isRequired: true,
        errorMessage: 'Say why.',
        maxLength,
      },
    ],
    actions: [button],
  },
});
