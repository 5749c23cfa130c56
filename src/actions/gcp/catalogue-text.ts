// Reads the lines of data/methods.txt, which scripts/catalogue/gcp writes. A service begins with `@id hosts versions firsts`; then one method a
// line: `id verb[level][^] [=versions] /route …`; `@` in a route stands for the version.
import type { ActionLevel } from '../../core/action.ts';

export interface ServiceHead {
  /** First part of the ids of its methods. */
  readonly id: string;
  /** Labels before `.googleapis.com`. */
  readonly hosts: readonly string[];
  readonly versions: readonly string[];
  /** First segments of its paths that are no version. */
  readonly firsts: readonly string[];
}

/** A piece of a path: literal text, perhaps within what a parameter stands for, or a part of a parameter, of one segment or of several. */
export type Piece =
  | { readonly text: string; readonly within?: string }
  | { readonly name: string; readonly many: boolean };

export interface Method {
  readonly service: ServiceHead;
  /** `iam.projects.serviceAccounts.setIamPolicy`. */
  readonly id: string;
  readonly routes: readonly MethodRoute[];
}

export interface MethodRoute {
  readonly method: Method;
  readonly verb: string;
  readonly level: ActionLevel;
  readonly levelSource: 'rule' | 'override';
  /** Without the version, where it is not the service's only shape: `/@/{name=projects/*}`. */
  readonly template: string;
  readonly versions: readonly string[];
  /** Takes uploads below `/upload`. */
  readonly media: boolean;
}

const VERBS: Readonly<Record<string, string>> = { G: 'GET', P: 'POST', D: 'DELETE', U: 'PUT', A: 'PATCH' };
const LEVELS: Readonly<Record<string, ActionLevel>> = {
  r: 'read',
  l: 'list',
  w: 'write',
  t: 'tagging',
  p: 'permissions-management',
};

const listOf = (text: string | undefined): readonly string[] => (text ? text.split(',') : []);

export function parseServiceHead(line: string): ServiceHead {
  const [id = '', hosts, versions, firsts] = line.slice(1).split(' ');
  return { id, hosts: listOf(hosts), versions: listOf(versions), firsts: listOf(firsts) };
}

export function parseMethod(line: string, service: ServiceHead): Method {
  const [local = '', ...tokens] = line.split(' ');
  const routes: MethodRoute[] = [];
  const method: Method = { service, id: `${service.id}.${local}`, routes };
  for (let i = 0; i < tokens.length; ) {
    const [, verb = '', level = '', media] = /^([GPDUA])([a-zA-Z]?)(\^?)$/.exec(tokens[i++] ?? '') ?? [];
    const versions = tokens[i]?.startsWith('=') ? listOf(tokens[i++]?.slice(1)) : service.versions;
    const own = level === '' ? (verb === 'G' ? 'r' : 'w') : level;
    routes.push({
      method,
      verb: VERBS[verb] ?? '',
      level: LEVELS[own.toLowerCase()] ?? 'unknown',
      levelSource: own === own.toLowerCase() ? 'rule' : 'override',
      template: tokens[i++] ?? '',
      versions: versions.length === 1 && versions[0] === '-' ? [] : versions,
      media: media === '^',
    });
  }
  return method;
}

/** The segments of a route: `/v1/{name=projects/*}:get` is `v1`, `projects`, a parameter and its suffix. */
export function segmentsOf(template: string): readonly (readonly Piece[])[] {
  const segments: Piece[][] = [];
  let at = 1;
  while (at <= template.length) {
    const pieces: Piece[] = [];
    while (at < template.length && template[at] !== '/') {
      if (template[at] !== '{') {
        const end = template.slice(at).search(/[/{]/);
        const text = end < 0 ? template.slice(at) : template.slice(at, at + end);
        pieces.push({ text });
        at += text.length;
        continue;
      }
      const end = template.indexOf('}', at);
      const [name = '', shape = '*'] = template.slice(at + 1, end).split('=');
      const parts = shape.split('/').map((part): Piece => {
        return part === '*' || part === '**' ? { name, many: part === '**' } : { text: part, within: name };
      });
      for (const part of parts.slice(0, -1)) {
        pieces.push(part);
        segments.push(pieces.splice(0));
      }
      pieces.push(parts.at(-1) ?? { text: '' });
      at = end + 1;
    }
    segments.push(pieces);
    at++;
  }
  return segments;
}
