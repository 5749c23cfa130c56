// Actions for people: name and sentence first, then what rules can ask about.
import type { Action } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';

const MAX_VALUE = 200;

/** One block for each action, numbered where there are several; ends in a newline. */
export function actionText(actions: readonly Action[]): string {
  return actions.map((action, i) => block(action, actions.length > 1 ? `${i + 1}. ` : '')).join('\n');
}

function block(action: Action, number: string): string {
  const rows: [string, string][] = [
    ['level', `${action.level} (${action.levelSource})`],
    ['tags', action.tags.length === 0 ? 'none' : action.tags.join(', ')],
    ['resource', fields(action.resource)],
    ['params', fields(action.params)],
    ['confidence', CONFIDENCE[action.confidence]],
    ['boundary', placeOf(action)],
  ];
  const lines = rows.filter(([, value]) => value !== '').map(([name, value]) => `  ${name.padEnd(11)} ${value}`);
  return [`${number}${shown(action.name)}`, `  ${shown(action.summary)}`, ...lines, ''].join('\n');
}

/** Empty where the upstream has no boundary. */
function placeOf({ boundary, boundaryEvidence }: Action): string {
  if (boundary === undefined) return '';
  return boundaryEvidence === undefined ? boundary : `${boundary} (${shown(boundaryEvidence)})`;
}

const CONFIDENCE: Readonly<Record<Action['confidence'], string>> = {
  exact: 'exact',
  ambiguous:
    'ambiguous: one of several readings of the call; holds and denials apply, allowances only if all readings are allowed',
  unknown: 'unknown: nobody can tell what this does; no rule about a named action allows it',
};

function fields(values: object): string {
  return Object.entries(values)
    .filter(([, value]) => value !== undefined)
    .map(([name, value]) => `${shown(name)}=${shown(typeof value === 'string' ? value : json(value))}`)
    .join(' ');
}

function json(value: unknown): string {
  return JSON.stringify(value, (_key, inner: unknown) => (typeof inner === 'bigint' ? String(inner) : inner)) ?? '';
}

/** What came with a call never moves the cursor of whoever reads it. */
function shown(text: string): string {
  return shortenedText(text, MAX_VALUE);
}
