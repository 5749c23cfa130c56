// Root fields as actions: `graphql:mutation:<field>`. Only the schema, which nobody here has, could say more than the kind of operation
// and the field's name.
import type { Action } from '../../core/action.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { type Params, plainParams } from '../aws/body/plain.ts';
import { nameTags } from '../name-tags.ts';
import type { GraphqlField } from './document-reading.ts';
import type { GraphqlReading } from './graphql-reading.ts';

/** What reading alone can be. */
const READING_TAGS: ReadonlySet<string> = new Set(['secret-read', 'data-export']);

/** At least one. `where`: the upstream, for the sentence. */
export function graphqlActions(reading: GraphqlReading, where: string): readonly Action[] {
  const { fields, doubts, stored } = reading;
  const confidence = doubts.length === 0 ? 'exact' : 'ambiguous';
  const actions = fields.map((field) => fieldAction(field, where, confidence));
  return doubts.length === 0 && actions.length > 0 ? actions : [...actions, unknownAction(doubts, stored, where)];
}

function fieldAction(
  { type, name, args, below }: GraphqlField,
  where: string,
  confidence: Action['confidence'],
): Action {
  const params = plainParams(args);
  return {
    provider: 'graphql',
    service: type,
    operation: name,
    name: `graphql:${type}:${name}`,
    level: type === 'mutation' ? 'write' : 'read',
    levelSource: 'heuristic',
    tags: tagsOf(type, name, below),
    resource: { type: 'field', id: name },
    params,
    summary: `GraphQL ${type} ${name} of ${where}${inWords(params, args.size)}`,
    confidence,
  };
}

/** By the words of the names: of a mutation, and of what is read, at any depth. */
function tagsOf(type: GraphqlField['type'], name: string, below: readonly string[]): readonly string[] {
  const own = type === 'mutation' ? nameTags(name) : nameTags(name).filter((tag) => READING_TAGS.has(tag));
  if (own.includes('secret-read')) return own;
  const asked = type === 'mutation' ? below : [name, ...below];
  return asked.some(isSecret) ? [...own, 'secret-read'] : own;
}

/** `token` alone is one; `pageToken` is not. */
const isSecret = (field: string): boolean => field.toLowerCase() === 'token' || nameTags(field).includes('secret-read');

function inWords(params: Params, size: number): string {
  const plain = Object.entries(params);
  if (plain.length === 0) return size === 0 ? '' : ', with arguments too large to show';
  const shown = plain.slice(0, 4).map(([key, value]) => {
    const text = typeof value === 'string' ? `"${value}"` : JSON.stringify(value);
    return `${key} ${shortenedText(text, 100)}`;
  });
  const more = size - shown.length;
  return ` with ${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}

function unknownAction(doubts: readonly string[], stored: readonly string[], where: string): Action {
  const why = doubts.join('; ') || 'it asks nothing';
  const hash = stored[0] === undefined ? undefined : shortenedText(stored[0], 100);
  return {
    provider: 'graphql',
    service: '',
    operation: 'unknown',
    name: 'graphql:unknown',
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: { why, ...(hash !== undefined && { stored: hash }) },
    summary: `GraphQL of ${where} that may ask for anything: ${why}${hash === undefined ? '' : ` (${hash})`}`,
    confidence: 'unknown',
  };
}
