// One plain sentence for the approver: an own one for the operations that matter most (data/summaries.json), else GitHub's name of the
// operation and what it is about. Values come from the agent, so they are made visible and cut; the words are ours or GitHub's.
import { readFileSync } from 'node:fs';
import type { ActionResource } from '../../core/action.ts';
import type { Operation } from './catalogue-text.ts';
import { fillSentence, shownValue } from '../sentence.ts';

type Params = Readonly<Record<string, unknown>>;

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
  return (template === undefined ? undefined : fillSentence(template, values)) ?? plain(operation, resource, params);
}

function readTemplates(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL('data/summaries.json', import.meta.url), 'utf8');
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}

function plain({ sentence, template }: Operation, { id, type }: ActionResource, params: Params): string {
  const named = [...template.matchAll(/\{([^}]*)\}/g)].map((each) => (each[1] ?? '').replace(/\+$/, ''));
  const about = type === 'repo' ? new Set(['owner', 'repo', 'template_owner', 'template_repo']) : new Set<string>();
  const details = named.flatMap((name) =>
    about.has(name) || params[name] === undefined || params[name] === id ? [] : [`${name} ${shownValue(params[name])}`],
  );
  const what = id === undefined || id === '*' ? details : [shownValue(id), ...details];
  return what.length === 0 ? sentence : `${sentence}: ${what.join(', ')}`;
}
