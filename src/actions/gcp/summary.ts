// One plain sentence for the approver: an own one for the methods that matter most (data/summaries.json, by pattern), else the method in words and
// what it is about. Values come from the agent, so they are made visible and cut; the words are ours.
import { readFileSync } from 'node:fs';
import type { ActionResource } from '../../core/action.ts';
import { gcpPattern } from './tags.ts';
import { fillSentence, shownValue } from '../sentence.ts';

type Params = Readonly<Record<string, unknown>>;

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
  return (own === undefined ? undefined : fillSentence(own, values)) ?? plain(id, resource);
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
    .map(shownValue)
    .join(' ');
  const where = [
    id,
    ...(account === undefined ? [] : [`project ${shownValue(account)}`]),
    ...(region === undefined ? [] : [shownValue(region)]),
  ];
  return `${verb}${what === '' ? '' : ` ${what}`} (${where.join(', ')})`;
}

const singular = (type: string | undefined): string | undefined =>
  type
    ?.replace(/ies$/, 'y')
    .replace(/(ss|ch|x)es$/, '$1')
    .replace(/([^su])s$/, '$1');
