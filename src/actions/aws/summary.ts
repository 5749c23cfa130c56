// One plain sentence for the approver: an own one for the actions that matter most (data/summaries.json), else operation and resource. Values
// come from the agent, so they are made visible and cut; the words are ours.
import { readFileSync } from 'node:fs';
import type { Action } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { nameOf, parseArn } from './arn.ts';

type Facts = Omit<Action, 'summary'>;

/** Text; a value that has to be this one; values of which one at least has to be there; a part that is left out where one is not there. */
type Part =
  | { readonly text: string }
  | { readonly path: readonly string[]; readonly equals: string }
  | { readonly anyOf: readonly (readonly string[])[] }
  | { readonly optional: readonly Part[] };

const MAX_VALUE = 80;
const MAX_LISTED = 3;
let templates: ReadonlyMap<string, string> | undefined;
const parsed = new Map<string, readonly Part[]>();

export function summaryOf(facts: Facts): string {
  const sentence = special(facts) ?? plain(facts);
  return facts.params['DryRun'] === 'true' ? `${sentence} (dry run)` : sentence;
}

function plain({ service, operation, name, resource, params }: Facts): string {
  const action = name.slice(name.lastIndexOf(':') + 1);
  const what = action === operation || action === 'Unknown' ? operation : `${operation} (${action})`;
  const where = resource.region === undefined ? '' : ` (${resource.region})`;
  const id = resource.id === undefined || resource.id === '*' ? firstName(params) : resource.id;
  const of = id === undefined ? '' : `: ${resource.type === undefined ? '' : `${resource.type} `}${show(id)}`;
  return `${shortenedText(what, 200)} in ${service === '' ? 'AWS' : service}${where}${of}`;
}

/** The first parameter that looks like a name, where the catalogue knows no main one. */
function firstName(params: Facts['params']): string | undefined {
  for (const [name, value] of Object.entries(params)) {
    if (/(?:name|id|arn|identifier)$/i.test(name) && typeof value === 'string') return value;
  }
  return undefined;
}

function special(facts: Facts): string | undefined {
  templates ??= readTemplates();
  const key = facts.name.slice('aws:'.length);
  const template = facts.confidence === 'unknown' ? undefined : templates.get(key);
  if (template === undefined) return undefined;
  let parts = parsed.get(key);
  if (!parts) {
    parts = parse(template);
    parsed.set(key, parts);
  }
  return fill(parts, facts);
}

/** The sentence of `iam:AttachRolePolicy` with the names of its values in it; undefined for actions without one of their own. */
export function sentenceOf(key: string): string | undefined {
  templates ??= readTemplates();
  return templates
    .get(key)
    ?.replaceAll(/\{[^{}=]+=[^{}]*\}/g, '')
    .replaceAll(/(?:\{[^}]*\})+/g, (values) => `<${nameIn(values)}>`)
    .replaceAll(/[[\]]/g, '');
}

/** The first of several places that say the same. */
function nameIn(values: string): string {
  const place = values.slice(1, values.indexOf('}')).split('.');
  return place.findLast((step) => step !== '*') ?? '';
}

function readTemplates(): ReadonlyMap<string, string> {
  const text = readFileSync(new URL('data/summaries.json', import.meta.url), 'utf8');
  return new Map(Object.entries(JSON.parse(text) as Record<string, string>));
}

function parse(template: string): readonly Part[] {
  return template.split(/(\[[^\]]*\]|(?:\{[^}]*\})+)/).flatMap((piece): Part[] => {
    if (piece === '') return [];
    if (piece.startsWith('[')) return [{ optional: parse(piece.slice(1, -1)) }];
    if (!piece.startsWith('{')) return [{ text: piece }];
    const [, test, equals] = /^\{([^{}=]+)=([^{}=]*)\}$/.exec(piece) ?? [];
    if (test !== undefined && equals !== undefined) return [{ path: test.split('.'), equals }];
    return [
      {
        anyOf: piece
          .slice(1, -1)
          .split('}{')
          .map((path) => path.split('.')),
      },
    ];
  });
}

/** Undefined where a value is missing. */
function fill(parts: readonly Part[], facts: Facts): string | undefined {
  let sentence = '';
  for (const part of parts) {
    if ('text' in part) sentence += part.text;
    else if ('path' in part) {
      if (!valuesAt(facts, part.path).includes(part.equals)) return undefined;
    } else if ('optional' in part) sentence += fill(part.optional, facts) ?? '';
    else {
      const values = part.anyOf.flatMap((path) => valuesAt(facts, path));
      if (values.length === 0) return undefined;
      const more = values.length - MAX_LISTED;
      sentence += values.slice(0, MAX_LISTED).map(show).join(', ') + (more > 0 ? ` and ${more} more` : '');
    }
  }
  return sentence;
}

function valuesAt({ params, resource }: Facts, path: readonly string[]): readonly string[] {
  if (path[0] === 'resource') return resource.id === undefined || resource.id === '*' ? [] : [resource.id];
  const found: string[] = [];
  collect(params, path, 0, found);
  return found.length < 2 ? found : [...new Set(found)];
}

type Members = Readonly<Record<string, unknown>>;

/** Adds what stands at the end of the path; a list there is each of its members. */
function collect(value: unknown, path: readonly string[], at: number, found: string[]): void {
  if (value === undefined) return;
  const step = path[at];
  if (step === undefined) {
    for (const each of Array.isArray(value) ? (value as readonly unknown[]) : [value]) {
      if (typeof each === 'string') found.push(each);
      else if (typeof each === 'number' || typeof each === 'boolean') found.push(String(each));
    }
  } else if (typeof value === 'object' && value !== null) {
    if (step !== '*') {
      if (Object.hasOwn(value, step)) collect((value as Members)[step], path, at + 1, found);
    } else if (Array.isArray(value)) {
      for (const item of value as readonly unknown[]) collect(item, path, at + 1, found);
    } else for (const name of Object.keys(value)) collect((value as Members)[name], path, at + 1, found);
  }
}

function show(text: string): string {
  const arn = parseArn(text);
  return shortenedText(arn ? nameOf(arn) : text, MAX_VALUE);
}
