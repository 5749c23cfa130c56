// Reads the lines of data/operations.txt, which scripts/catalogue/aws writes. A service begins with `@id prefixes host=… sign=…`, then one
// operation a line: `Name level [METHOD /template] [>IamNames] [type/Member|Another] [^RoleMembers] [!]`; `%prefix` begins further IAM actions.
import type { ActionLevel } from '../../core/action.ts';
import type { QueryTest } from '../route-trie.ts';

export interface ServiceHead {
  /** botocore's name of the service. */
  readonly id: string;
  /** IAM prefixes of its actions, the usual one first. */
  readonly prefixes: readonly string[];
  /** As readHost gives them; `*` in front where further labels may stand before. */
  readonly hosts: readonly string[];
  readonly signingNames: readonly string[];
  /** What may stand before the operation in X-Amz-Target, and in the path of RPC v2 calls: botocore's name, and newer clients' (the name of
   *  the Smithy service) where that lacks the namespace. */
  readonly targets: readonly string[];
  /** `Version` of the query protocol. */
  readonly version: string | undefined;
  /** What every path starts with. */
  readonly base: string;
}

export interface IamAction {
  readonly prefix: string;
  readonly name: string;
  readonly level: ActionLevel;
}

export type LevelSource = 'catalogue' | 'override' | 'rule' | 'heuristic';

export interface Operation {
  readonly service: ServiceHead;
  readonly name: string;
  /** What IAM asks for: all of them, or with `oneOf` one, depending on the parameters. */
  readonly actions: readonly IamAction[];
  readonly oneOf: boolean;
  readonly levelSource: LevelSource;
  readonly method: string | undefined;
  readonly template: string;
  readonly query: readonly QueryTest[];
  /** The kind of thing that it is about, and the parameters that may say which. */
  readonly resource: { readonly type: string; readonly members: readonly string[] } | undefined;
  /** Parameters, at any depth, that give a role to a service. */
  readonly roles: readonly string[];
  /** The body is bytes that say nothing about what is done. */
  readonly streams: boolean;
}

const LEVELS: Readonly<Record<string, ActionLevel>> = {
  r: 'read',
  l: 'list',
  w: 'write',
  t: 'tagging',
  p: 'permissions-management',
};

const levelOf = (letter: string): ActionLevel => LEVELS[letter] ?? 'unknown';
const listOf = (text: string | undefined): readonly string[] => (text ? text.split(',') : []);

export function parseServiceHead(line: string): ServiceHead {
  const [id = '', prefixes = '', ...rest] = line.slice(1).split(' ');
  const facts = new Map(rest.map((fact) => [fact.slice(0, fact.indexOf('=')), fact.slice(fact.indexOf('=') + 1)]));
  return {
    id,
    prefixes: prefixes.split(','),
    hosts: listOf(facts.get('host')),
    signingNames: listOf(facts.get('sign')),
    targets: targetsOf(facts.get('target')),
    version: facts.get('version'),
    base: facts.get('base') ?? '',
  };
}

function targetsOf(target: string | undefined): readonly string[] {
  if (target === undefined) return [];
  const dot = target.lastIndexOf('.');
  return dot < 0 ? [target] : [target, target.slice(dot + 1)];
}

export function parseOperation(line: string, service: ServiceHead): Operation {
  const [name = '', level = '', ...rest] = line.split(' ');
  const guessed = level.startsWith('~');
  const own: IamAction = {
    prefix: service.prefixes[0] ?? '',
    name,
    level: levelOf(guessed ? level.slice(1) : level),
  };
  const found: { -readonly [K in keyof Operation]: Operation[K] } = {
    service,
    name,
    actions: [own],
    oneOf: false,
    levelSource: guessed ? 'heuristic' : 'catalogue',
    method: undefined,
    template: '',
    query: [],
    resource: undefined,
    roles: [],
    streams: false,
  };
  for (const [i, token] of rest.entries()) {
    const sign = token.charAt(0);
    if (sign === '/') {
      const [template = '', query = ''] = token.split('?');
      found.method = rest[i - 1] ?? '';
      found.template = template;
      found.query = query === '' ? [] : query.split('&').map(test);
    } else if (sign === '>' || sign === '=') {
      const names = token.replace(/^[>=]+/, '');
      if (sign === '>') found.levelSource = token.startsWith('>>') ? 'rule' : 'override';
      found.actions = names.split(/[,|]/).map((text) => parseIamAction(text, own.prefix));
      found.oneOf = names.includes('|');
    } else if (sign === '^') found.roles = token.slice(1).split(',');
    else if (sign === '!') found.streams = true;
    else if (token.includes('/')) {
      const slash = token.indexOf('/');
      found.resource = { type: token.slice(0, slash), members: token.slice(slash + 1).split('|') };
    }
  }
  return found;
}

/** `prefix:Name/level`, the prefix left out where it is the service's own. */
function parseIamAction(text: string, own: string): IamAction {
  const slash = text.lastIndexOf('/');
  const full = text.slice(0, slash);
  const colon = full.indexOf(':');
  return {
    prefix: colon < 0 ? own : full.slice(0, colon),
    name: full.slice(colon + 1),
    level: levelOf(text.slice(slash + 1)),
  };
}

function test(text: string): QueryTest {
  const equals = text.indexOf('=');
  return equals < 0 ? { name: text } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

/** `r GetThing ListThings …` below a `%prefix`. */
export function parseFurtherActions(line: string, prefix: string): IamAction[] {
  const [level = '', ...names] = line.split(' ');
  return names.map((name) => ({ prefix, name, level: levelOf(level) }));
}
