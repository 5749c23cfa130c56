// One operation of an API that a document describes, in the words of policy: what the document does not say is told by the method.
import type { Action, ActionLevel, ActionResource } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { ApiOperation } from './operations.ts';

const READS: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

type Described = Pick<Action, 'name' | 'level' | 'levelSource' | 'tags'>;

/** `openapi:<upstream>:<operationId>`, or `openapi:<upstream>:METHOD /template` where there is no id. */
export function describe(upstream: string, { name, method, level, tags }: ApiOperation): Described {
  const byMethod: ActionLevel = READS.has(method) ? 'read' : 'write';
  const destroys = method === 'DELETE' && (level ?? byMethod) === 'write' && !tags.includes('destructive');
  return {
    name: `openapi:${upstream}:${name}`,
    level: level ?? byMethod,
    levelSource: level === undefined ? 'heuristic' : 'catalogue',
    tags: destroys ? [...tags, 'destructive'] : tags,
  };
}

/** The last parameter of the path, and the fixed word before it: `/customers/{id}/invoices/{number}` is an `invoices` of that number. */
export function resourceOf({ template }: ApiOperation, labels: ReadonlyMap<string, string>): ActionResource {
  const segments = template.split('/').filter((segment) => segment !== '');
  const at = segments.findLastIndex((segment) => segment.includes('{'));
  const last = segments.findLast((segment, i) => !segment.includes('{') && (at < 0 || i < at));
  // Behind the last parameter stands a collection, or a deed: which one cannot be told, so it is about any of what comes before.
  const [, name = ''] = /\{([^}]*?)\+?\}[^{}]*$/.exec(segments[at] ?? '') ?? [];
  return { ...(last !== undefined && { type: last }), id: labels.get(name) ?? '*' };
}

export function summaryOf(upstream: string, operation: ApiOperation, labels: ReadonlyMap<string, string>): string {
  const { name, method, template, summary } = operation;
  const route = `${method} ${template}`;
  const words = summary === undefined || summary.trim() === '' ? name : summary.trim();
  const values = [...labels].map(([label, value]) => `${label} ${shortenedText(value, 80)}`).slice(0, 6);
  const details = values.length === 0 ? '' : `: ${values.join(', ')}`;
  const behind = words === route ? '' : `, ${route}`;
  return `${shortenedText(words, 160)}${details} (${upstream}${shortenedText(behind, 160)})`;
}
