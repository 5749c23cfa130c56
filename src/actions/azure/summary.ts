// One plain sentence for the approver: an own one for the operations that matter most (data/summaries.json and data/graph.txt), else the operation
// and what it is about. Values come from the agent, so they are made visible and cut; the words are ours.
import { readFileSync } from 'node:fs';
import type { ActionResource } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';

type Params = Readonly<Record<string, unknown>>;

const MAX_VALUE = 100;
let sentences: ReadonlyMap<string, string> | undefined;

/** By the name without its provider. */
export function azureSentences(): ReadonlyMap<string, string> {
  sentences ??= new Map([
    ...Object.entries(plain()),
    ...graphOperations().map(([name, text]) => [name, text] as const),
  ]);
  return sentences;
}

function plain(): Readonly<Record<string, string>> {
  return JSON.parse(readFileSync(new URL('data/summaries.json', import.meta.url), 'utf8')) as Record<string, string>;
}

/** The operations of Microsoft Graph that are listed, with their sentences. */
export function graphOperations(): readonly (readonly [name: string, sentence: string])[] {
  const lines = readFileSync(new URL('data/graph.txt', import.meta.url), 'utf8').split('\n');
  return lines
    .filter((line) => line !== '' && !line.startsWith('#'))
    .map((line) => {
      const [operation = '', sentence = ''] = line.split(' | ');
      return [`graph:${operation.replace(' ', ':')}`, sentence] as const;
    });
}

export function azureSummary(name: string, resource: ActionResource, params: Params): string {
  const own = azureSentences().get(name);
  const properties = params['properties'];
  const values = {
    ...(typeof properties === 'object' && properties !== null ? (properties as Params) : {}),
    ...params,
    resource: resource.id === '*' ? undefined : resource.id,
    group: resource.namespace,
  };
  return (own === undefined ? undefined : fill(own, values)) ?? general(name, resource);
}

function general(name: string, { type, id, namespace }: ActionResource): string {
  const verb = name.slice(name.lastIndexOf(name.startsWith('graph:') ? ':' : '/') + 1);
  const words = name.endsWith('/action') ? (name.split('/').at(-2) ?? '') : verb;
  const what = [type?.split('/').at(-1), id === '*' ? undefined : id]
    .filter((text) => text !== undefined)
    .map(show)
    .join(' ');
  const where = namespace === undefined ? '' : `, in ${show(namespace)}`;
  if (name.startsWith('graph:'))
    return `${show(name.slice('graph:'.length).replace(':', ' '))} in Microsoft Graph${id === '*' || id === undefined ? '' : `: ${show(id)}`}`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${what} (${show(name)}${where})`;
}

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
        .map((path) => valueAt(values, path))
        .find((each) => typeof each === 'string' || typeof each === 'number' || typeof each === 'boolean');
      missing ||= text === undefined || text === '';
      return text === undefined ? '' : show(String(text));
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

const show = (text: string): string => shortenedText(text, MAX_VALUE);
