// Sentences with gaps, which the families' catalogues keep: `{a.b}` has to be there, `{a}{b}` is the first of them that is there, `[ … {c} … ]` is left out
// where its value is not, and `[!d:…]` stands only where d is not.
import { shortenedText } from '../core/visible-text.ts';

type Values = Readonly<Record<string, unknown>>;

const MAX_VALUE = 100;
const MAX_LISTED = 3;

/** Undefined where something that has to be there is missing. */
export function fillSentence(template: string, values: Values): string | undefined {
  let missing = false;
  const sentence = template.replaceAll(
    /\[([^\]]*)\]|((?:\{[^}]*\})+)/g,
    (_all, optional?: string, required?: string) => {
      if (optional !== undefined) {
        const [, name, text = ''] = /^!(\w+):(.*)$/.exec(optional) ?? [];
        if (name === undefined) return fillSentence(optional, values) ?? '';
        return textOf(values[name]) === undefined ? text : '';
      }
      const text = (required ?? '')
        .slice(1, -1)
        .split('}{')
        .map((path) => textOf(valueAt(values, path)))
        .find((each) => each !== undefined);
      missing ||= text === undefined;
      return text ?? '';
    },
  );
  return missing ? undefined : sentence;
}

/** A value as it may stand in a sentence. */
export const shownValue = (value: unknown): string => shortenedText(String(value), MAX_VALUE);

function valueAt(values: Values, path: string): unknown {
  let at: unknown = values;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, step)) return undefined;
    at = (at as Values)[step];
  }
  return at;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!Array.isArray(value)) return typeof value === 'object' ? undefined : shownValue(value);
  const items = (value as unknown[]).filter((item) => typeof item !== 'object');
  if (items.length === 0) return undefined;
  const more = items.length - MAX_LISTED;
  return items.slice(0, MAX_LISTED).map(shownValue).join(', ') + (more > 0 ? ` and ${more} more` : '');
}
