// One plain sentence for the approver: an own one for the methods that matter most (data/summaries.json, by pattern), else the method in words and
// what it is about. Values come from the agent, so they are made visible and cut; the words are ours.
import { readFileSync } from 'node:fs';
import type { ActionResource } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { gcpPattern } from './tags.ts';

type Params = Readonly<Record<string, unknown>>;

const MAX_VALUE = 100;
const MAX_LISTED = 3;
let sentences: readonly (readonly [methods: RegExp, text: string])[] | undefined;
const byMethod = new Map<string, string | undefined>();

/** Every sentence with the pattern of its methods. */
export function gcpSentences(): readonly (readonly [pattern: string, text: string])[] {
  const text = readFileSync(new URL('data/summaries.json', import.meta.url), 'utf8');
  return Object.entries(JSON.parse(text) as Record<string, string>);
}

export function gcpSummary(id: string, resource: ActionResource, params: Params): string {
  const own = sentenceOf(id);
  const values = {
    ...params,
    resource: resource.id === '*' ? undefined : resource.id,
    kind: singular(resource.type),
    project: resource.account,
  };
  return (own === undefined ? undefined : fill(own, values)) ?? plain(id, resource);
}

function sentenceOf(id: string): string | undefined {
  if (!byMethod.has(id)) {
    sentences ??= gcpSentences().map(([pattern, text]) => [gcpPattern(pattern), text] as const);
    byMethod.set(id, sentences.find(([methods]) => methods.test(id))?.[1]);
  }
  return byMethod.get(id);
}

function plain(id: string, { type, id: name, account, region }: ActionResource): string {
  const last = id.slice(id.lastIndexOf('.') + 1);
  const words = last.replaceAll(/([a-z0-9])([A-Z])/g, '$1 $2').toLowerCase();
  const verb = words.charAt(0).toUpperCase() + words.slice(1);
  const what = [singular(type), name === '*' ? undefined : name]
    .filter((text) => text !== undefined)
    .map(show)
    .join(' ');
  const where = [
    id,
    ...(account === undefined ? [] : [`project ${show(account)}`]),
    ...(region === undefined ? [] : [show(region)]),
  ];
  return `${verb}${what === '' ? '' : ` ${what}`} (${where.join(', ')})`;
}

const singular = (type: string | undefined): string | undefined =>
  type
    ?.replace(/ies$/, 'y')
    .replace(/(ss|ch|x)es$/, '$1')
    .replace(/([^su])s$/, '$1');

/** `{a}` has to be there, `[ … {b} … ]` is left out where its value is not; undefined where one that has to be there is missing. */
function fill(template: string, values: Params): string | undefined {
  let missing = false;
  const sentence = template.replaceAll(
    /\[([^\]]*)\]|((?:\{[^}]*\})+)/g,
    (_all, optional?: string, required?: string) => {
      if (optional !== undefined) return fill(optional, values) ?? '';
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

function valueAt(values: Params, path: string): unknown {
  let at: unknown = values;
  for (const step of path.split('.')) {
    if (typeof at !== 'object' || at === null || !(step in at)) return undefined;
    at = (at as Params)[step];
  }
  return at;
}

function textOf(value: unknown): string | undefined {
  if (value === undefined || value === null || value === '') return undefined;
  if (!Array.isArray(value)) return typeof value === 'object' ? undefined : show(value);
  const items = (value as unknown[]).filter((item) => typeof item !== 'object');
  if (items.length === 0) return undefined;
  const more = items.length - MAX_LISTED;
  return items.slice(0, MAX_LISTED).map(show).join(', ') + (more > 0 ? ` and ${more} more` : '');
}

const show = (value: unknown): string => shortenedText(String(value), MAX_VALUE);
