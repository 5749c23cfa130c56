// The operations of an OpenAPI document (2.0, 3.0, 3.1), and every fault in what is needed of it, each with its place. What is not needed
// (schemas, examples, responses) is not looked at.
import type { ActionLevel } from '../../core/action.ts';
import type { Fault } from '../../core/located-yaml.ts';
import { nearest } from '../../core/nearest.ts';
import { LEVELS, TAGS } from '../../core/policy/schema-words.ts';
import type { LocatedDocument, Path } from './read-document.ts';
import { serverPaths } from './server-paths.ts';

export interface ApiOperation {
  /** `operationId`, else `METHOD /template`. */
  readonly name: string;
  readonly method: string;
  readonly template: string;
  /** Paths of its servers; empty where the document names none. */
  readonly servers: readonly string[];
  /** What the document says in `x-holdgate-level`. */
  readonly level: ActionLevel | undefined;
  /** What the document says in `x-holdgate-tags`. */
  readonly tags: readonly string[];
  readonly summary: string | undefined;
}

export interface ReadOperations {
  readonly operations: readonly ApiOperation[];
  readonly faults: readonly Fault[];
}

type Members = ReadonlyMap<unknown, unknown>;

const METHODS: readonly string[] = ['get', 'put', 'post', 'delete', 'options', 'head', 'patch', 'trace'];
const MAX_OPERATIONS = 20_000;
const MAX_NAME = 200;

export function readOperations(document: LocatedDocument): ReadOperations {
  const { value } = document;
  const locate: LocatedDocument['locate'] = (...to) => document.locate(...to);
  const faults: Fault[] = [];
  const fault = (path: Path, message: string, key = false): void =>
    void faults.push({ at: locate(path, key), message });
  const operations: ApiOperation[] = [];
  const root = asMap(value);
  const version = root && versionOf(root);
  if (!root || version === undefined) {
    fault([], 'this is no OpenAPI document: "openapi: 3.x" or "swagger: \'2.0\'" is expected at its top');
    return { operations, faults };
  }
  const paths = asMap(root.get('paths'));
  if (!paths || paths.size === 0) {
    fault(['paths'], 'the document describes no paths, so no call could be recognised');
    return { operations, faults };
  }
  const names = new Map<string, Path>();
  const everywhere = version === 2 ? [textOf(root.get('basePath'))].map(trimmed) : serversIn(root);
  for (const [key, described] of paths) {
    const template = textOf(key);
    if (template.startsWith('x-')) continue;
    const at: Path = ['paths', template];
    const why = templateFault(template);
    if (why !== undefined) fault(at, why, true);
    const item = resolve(root, described);
    if (!item) {
      fault(at, 'a path has to be a map of methods; references to other files are not followed');
      continue;
    }
    if (why !== undefined) continue;
    for (const method of METHODS) {
      const operation = item.get(method);
      if (operation === undefined) continue;
      const place = [...at, method];
      const members = asMap(operation);
      if (!members) fault(place, 'an operation has to be a map');
      else {
        const servers = [serversIn(members), serversIn(item), everywhere].find((each) => each.length > 0) ?? [];
        operations.push(readOperation({ members, item, method, template, servers, place, fault, names, locate }));
      }
    }
  }
  if (operations.length > MAX_OPERATIONS) fault(['paths'], `more than ${MAX_OPERATIONS} operations are not taken`);
  return { operations, faults };
}

interface Place {
  readonly members: Members;
  readonly item: Members;
  readonly method: string;
  readonly template: string;
  readonly servers: readonly string[];
  readonly place: Path;
  /** Where each name stands first. */
  readonly names: Map<string, Path>;
  readonly fault: (path: Path, message: string) => void;
  readonly locate: LocatedDocument['locate'];
}

function readOperation(context: Place): ApiOperation {
  const { members, item, template, servers, place, names, fault, locate } = context;
  const method = context.method.toUpperCase();
  const id = members.get('operationId');
  let name = `${method} ${template}`;
  if (typeof id === 'string' && isName(id)) name = id;
  else if (id !== undefined)
    fault([...place, 'operationId'], `an operationId has to be a text of at most ${MAX_NAME} printable characters`);
  const before = names.get(name);
  if (before) fault([...place, 'operationId'], `the operationId "${name}" stands twice, first at ${locate(before)}`);
  else names.set(name, place);
  const tags = list(members.get('x-holdgate-tags') ?? item.get('x-holdgate-tags'));
  for (const tag of tags) {
    if (!TAGS.includes(tag)) fault([...place, 'x-holdgate-tags'], `unknown tag "${tag}"${hint(tag, TAGS)}`);
  }
  const level = members.get('x-holdgate-level') ?? item.get('x-holdgate-level');
  const known = LEVELS.find((each) => each === level);
  if (level !== undefined && known === undefined) {
    fault([...place, 'x-holdgate-level'], `unknown level "${textOf(level)}"${hint(textOf(level), LEVELS)}`);
  }
  const summary = members.get('summary');
  return {
    name,
    method,
    template,
    servers,
    level: known,
    tags,
    summary: typeof summary === 'string' ? summary : undefined,
  };
}

const hint = (text: string, words: readonly string[]): string => {
  const near = nearest(text, words);
  return near === undefined ? ` (expected one of ${words.join(', ')})` : `; did you mean "${near}"?`;
};

// oxlint-disable-next-line no-control-regex -- names go into logs and terminals
const isName = (text: string): boolean => text !== '' && text.length <= MAX_NAME && !/[\u0000-\u001f\u007f]/.test(text);

/** Of a scalar; empty for anything else. */
const textOf = (value: unknown): string =>
  typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';

const asMap = (value: unknown): Members | undefined => (value instanceof Map ? value : undefined);

const list = (value: unknown): readonly string[] =>
  value === undefined ? [] : (Array.isArray(value) ? (value as unknown[]) : [value]).map(textOf);

const trimmed = (path: string): string => path.replace(/\/+$/, '');

function versionOf(root: Members): 2 | 3 | undefined {
  if (['2.0', '2'].includes(textOf(root.get('swagger')))) return 2;
  return /^3\.\d/.test(textOf(root.get('openapi'))) ? 3 : undefined;
}

function templateFault(template: string): string | undefined {
  if (!template.startsWith('/')) return `a path has to start with a slash: "${template}"`;
  if (/[?#]/.test(template)) return `a path must not hold "?" or "#": "${template}"`;
  if (!/^(?:[^{}]|\{[^{}/]+\})*$/.test(template)) return `the braces of "${template}" do not enclose a name each`;
  const greedy = template.split('/').filter((segment) => segment.includes('+}'));
  if (greedy.length > 1 || greedy.some((segment) => !/^\{[^}]*\+\}$/.test(segment))) {
    return `only one parameter, a whole segment, can take several segments: "${template}"`;
  }
  if (/\}\{/.test(template)) return `two parameters stand side by side in "${template}"`;
  return undefined;
}

/** Follows references inside the document, a few steps. */
function resolve(root: Members, described: unknown, steps = 0): Members | undefined {
  const item = asMap(described);
  const reference = item?.get('$ref');
  if (typeof reference !== 'string') return item;
  if (!reference.startsWith('#/') || steps >= 8) return undefined;
  let at: unknown = root;
  for (const step of reference.slice(2).split('/')) {
    const key = decodeURIComponentSafely(step).replaceAll('~1', '/').replaceAll('~0', '~');
    at = asMap(at)?.get(key);
  }
  return resolve(root, at, steps + 1);
}

function decodeURIComponentSafely(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function serversIn(members: Members): readonly string[] {
  const servers = members.get('servers');
  if (!Array.isArray(servers)) return [];
  return (servers as unknown[]).flatMap((server) => {
    const url = asMap(server)?.get('url');
    if (typeof url !== 'string') return [];
    const variables = asMap(asMap(server)?.get('variables')) ?? new Map<unknown, unknown>();
    const values = [...variables].map(([name, variable]) => [textOf(name), valuesOf(asMap(variable))] as const);
    return serverPaths({ url, variables: new Map(values) });
  });
}

function valuesOf(variable: Members | undefined): readonly string[] {
  const allowed = list(variable?.get('enum'));
  return allowed.length > 0 ? allowed : [textOf(variable?.get('default'))];
}
