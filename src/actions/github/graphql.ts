// GitHub's GraphQL API beside REST: each root field is an action, `github:graphql:mergePullRequest`. INVARIANT: a mutation that is newer than
// the list, or a document that cannot be read for sure, is unknown and may be anything that GitHub does.
import type { Action, ActionResource } from '../../core/action.ts';
import type { JsonValue } from '../../core/body/json.ts';
import { decodeLenient } from '../../core/body/percent.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { pathReadings } from '../../core/policy/path-readings.ts';
import { shortenedText } from '../../core/visible-text.ts';
import { type Params, plainParams } from '../aws/body/plain.ts';
import type { GraphqlField } from '../graphql/document-reading.ts';
import { readGraphql } from '../graphql/graphql-reading.ts';
import { OPINIONS } from './conditions.ts';
import { isObject } from './given.ts';
import { githubMutations } from './mutations.ts';
import { resourceOf } from './resource.ts';

const ENDPOINT = /^(?:\/api)?\/graphql$/;
/** What some hop may still take for it. */
const LIKE_ENDPOINT = /^\/*(?:api\/+)?graphql\/*$/i;
const MAX_VALUES = 4;

/** Whether the call goes to GraphQL, by some reading of its path. */
export function isGraphql({ path }: Call): boolean {
  const text = path.includes('%') ? decodeLenient(decodeLenient(path)) : path;
  return /graphql/i.test(text) && pathReadings(path).all.some((each) => LIKE_ENDPOINT.test(each));
}

/** `unknown`: the action of a call that nobody understands. */
export function graphqlActions(call: Call, unknown: () => Action): readonly Action[] {
  const { fields, doubts } = readGraphql(call);
  const plain = ENDPOINT.test(call.path) && doubts.length === 0 && !isOverridden(call);
  const mutations = githubMutations();
  const actions = fields.map((field) => fieldAction(field, plain ? 'exact' : 'ambiguous'));
  const isNew = fields.some(({ type, name }) => type === 'mutation' && !mutations.has(name));
  return plain && actions.length > 0 && !isNew ? actions : [...actions, unknown()];
}

/** Whether some hop may be told another method. */
export function isOverridden({ headers }: Call): boolean {
  return ['x-http-method', 'x-http-method-override', 'x-method-override'].some(
    (name) => headerValues(headers, name).length > 0,
  );
}

function fieldAction({ type, name, args }: GraphqlField, confidence: Action['confidence']): Action {
  const mutation = type === 'mutation' ? githubMutations().get(name) : undefined;
  const tags = approvesNothing(name, args) ? [] : (mutation?.tags ?? []);
  const params = plainParams(args);
  const facts = { provider: 'github', service: 'graphql', operation: name, name: `github:graphql:${name}`, params };
  const resource = type === 'mutation' ? resourceIn(args.get('input')) : resourceNamed(args, name);
  const summary = `${mutation?.sentence || `GraphQL ${type} ${name}`}${inWords(params)}`;
  if (type !== 'mutation') return { ...facts, level: 'read', levelSource: 'rule', tags, resource, summary, confidence };
  // Its name is all that is known of a new one.
  if (!mutation) {
    return {
      ...facts,
      service: '',
      level: 'unknown',
      levelSource: 'rule',
      tags,
      resource,
      summary,
      confidence: 'unknown',
    };
  }
  const level = tags.includes('privilege-escalation') ? 'permissions-management' : 'write';
  return { ...facts, level, levelSource: 'catalogue', tags, resource, summary, confidence };
}

/** A review that only comments, asks for changes, or is not sent yet. */
function approvesNothing(name: string, args: GraphqlField['args']): boolean {
  const input = args.get('input');
  if (!isObject(input)) return false;
  const event = input.get('event');
  if (name === 'addPullRequestReview' && (event === undefined || event === null)) return true;
  if (name !== 'addPullRequestReview' && name !== 'submitPullRequestReview') return false;
  return typeof event === 'string' && OPINIONS.includes(event);
}

/** Most mutations name things by ids that say nothing; commits name their repository. */
function resourceIn(input: JsonValue | undefined): ActionResource {
  const branch = isObject(input) ? input.get('branch') : undefined;
  const named = isObject(branch) ? branch.get('repositoryNameWithOwner') : undefined;
  const [owner, repo, ...more] = typeof named === 'string' ? named.split('/') : [];
  if (owner === undefined || repo === undefined || more.length > 0) return resourceOf(new Map());
  return resourceOf(
    new Map([
      ['owner', owner],
      ['repo', repo],
    ]),
  );
}

function resourceNamed(args: ReadonlyMap<string, JsonValue>, field: string): ActionResource {
  const text = (name: string): string | undefined => {
    const value = args.get(name);
    return typeof value === 'string' ? value : undefined;
  };
  const [owner, repo, login] = [text('owner'), text('name'), text('login')];
  if (field === 'repository' && owner !== undefined && repo !== undefined) {
    return resourceOf(
      new Map([
        ['owner', owner],
        ['repo', repo],
      ]),
    );
  }
  if (field === 'organization' && login !== undefined) return resourceOf(new Map([['org', login]]));
  if (field === 'user' && login !== undefined) return resourceOf(new Map([['username', login]]));
  return resourceOf(new Map());
}

function inWords(params: Params): string {
  const input = isPlain(params['input']) ? params['input'] : params;
  const values = Object.entries(input).filter(([, value]) => ['string', 'number', 'boolean'].includes(typeof value));
  if (values.length === 0) return '';
  const shown = values.slice(0, MAX_VALUES).map(([name, value]) => `${name} ${shortenedText(String(value), 80)}`);
  return `: ${shown.join(', ')}${values.length > MAX_VALUES ? ' …' : ''}`;
}

const isPlain = (value: unknown): value is Params =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
