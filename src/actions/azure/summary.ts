// One plain sentence for the approver: an own one for the operations that matter most (data/summaries.json and data/graph.txt), else the operation
// and what it is about. Values come from the agent, so they are made visible and cut; the words are ours.
import { readFileSync } from 'node:fs';
import type { ActionResource } from '../../core/action.ts';
import { fillSentence, shownValue } from '../sentence.ts';

type Params = Readonly<Record<string, unknown>>;

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
  return (own === undefined ? undefined : fillSentence(own, values)) ?? general(name, resource);
}

function general(name: string, { type, id, namespace }: ActionResource): string {
  const verb = name.slice(name.lastIndexOf(name.startsWith('graph:') ? ':' : '/') + 1);
  const words = name.endsWith('/action') ? (name.split('/').at(-2) ?? '') : verb;
  const what = [type?.split('/').at(-1), id === '*' ? undefined : id]
    .filter((text) => text !== undefined)
    .map(shownValue)
    .join(' ');
  const where = namespace === undefined ? '' : `, in ${shownValue(namespace)}`;
  if (name.startsWith('graph:'))
    return `${shownValue(name.slice('graph:'.length).replace(':', ' '))} in Microsoft Graph${id === '*' || id === undefined ? '' : `: ${shownValue(id)}`}`;
  return `${words.charAt(0).toUpperCase()}${words.slice(1)} ${what} (${shownValue(name)}${where})`;
}
