// What the preview of a call says that the preview of a similar one, which is shown whole, does not: what is there already stands in no call.
import type { Approval } from '../approval/state.ts';
import type { NamedValue } from './template.ts';

/** Of what is there already, whatever `other` would change or remove otherwise than `one`; what is only new stands in the call. */
export function previewDifferences(one: Approval, other: Approval): readonly NamedValue[] {
  const [shown, preview] = [one, other].map(({ informed }) => informed?.preview);
  const told = new Set((shown?.changes ?? []).map(lineOf));
  const changes = (preview?.changes ?? []).filter((change) => change.before !== undefined && !told.has(lineOf(change)));
  // Nobody is to think that this one was looked at too.
  const silent = told.size > 0 && preview?.outcome !== 'shown';
  return [
    ...(silent ? [{ place: 'preview', value: preview?.note ?? 'there is none (yet)' }] : []),
    ...(preview?.cut === true && shown?.cut !== true ? [{ place: 'preview', value: 'more would change' }] : []),
    ...changes.map(({ path, before, after }) => ({
      place: `would change ${path}`,
      value: `${before ?? '–'} → ${after ?? '–'}`,
    })),
  ];
}

const lineOf = ({ path, before, after }: { path: string; before?: string; after?: string }): string =>
  JSON.stringify([path, before, after]);
