// One plain sentence for the approver: an own one for the operations that matter most (data/summaries.json), else GitHub's name of the
// operation and what it is about. Values come from the agent, so they are made visible and cut; the words are ours or GitHub's.
import { readFileSync } from 'node:fs';
import type { ActionResource } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { Operation } from './catalogue-text.ts';

type Params = Readonly<Record<string, unknown>>;

const MAX_VALUE = 100;
const MAX_LISTED = 3;
let templates: ReadonlyMap<string, string> | undefined;

/** Ids of the operations with a sentence of their own. */
export function describedOperations(): ReadonlyMap<string, string> {
  templates ??= readTemplates();
  return templates;
}

/** `resource`: `{repo}` in a sentence is its id. */
export function summaryOf(operation: Operation, resource: ActionResource, params: Params): string {
  const template = describedOperations().get(operation.id);
  const values = {
    ...params,
    ...(resource.type === 'repo' && { repo: resource.id === '*' ? 'a repository' : resource.id }),
  };
  return (template === undefined ? undefined : fill(template, values)) ?? plain(operation, resource, params);
}

function readTemplates(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL('data/summaries.json', import.meta.url), 'utf8');
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}

function plain({ sentence, template }: Operation, { id, type }: ActionResource, params: Params): string {
  const named = [...template.matchAll(/\{([^}]*)\}/g)].map((each) => (each[1] ?? '').replace(/\+$/, ''));
  const about = type === 'repo' ? new Set(['owner', 'repo', 'template_owner', 'template_repo']) : new Set<string>();
  const details = named.flatMap((name) =>
    about.has(name) || params[name] === undefined || params[name] === id ? [] : [`${name} ${show(params[name])}`],
  );
  const what = id === undefined || id === '*' ? details : [show(id), ...details];
  return what.length === 0 ? sentence : `${sentence}: ${what.join(', ')}`;
}

/** `{a}` has to be there, `[ … {b} … ]` is left out where its value is not, `[!c: … ]` where it is; undefined where one that has to be there
 *  is missing. */
function fill(template: string, values: Params): string | undefined {
  let missing = false;
  const sentence = template.replaceAll(
    /\[([^\]]*)\]|((?:\{[^}]*\})+)/g,
    (_all, optional?: string, required?: string) => {
      if (optional !== undefined) {
        const [, name, text = ''] = /^!(\w+):(.*)$/.exec(optional) ?? [];
        if (name === undefined) return fill(optional, values) ?? '';
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

function show(value: unknown): string {
  return shortenedText(String(value), MAX_VALUE);
}
