// What a method is done to: the project, the location, and the rest of its name. INVARIANT: what neither the path nor the call tells is `*`, all
// there are, so that a rule about any one of them meets it.
import type { ActionResource } from '../../core/action.ts';
import { decodeStrict } from '../../core/body/percent.ts';
import type { RouteValue } from './catalogue.ts';
import type { Labels } from './find-method.ts';

export interface Named {
  readonly resource: ActionResource;
  /** Parameters of the path, whole: `resource`: `projects/p/serviceAccounts/x`. */
  readonly params: Readonly<Record<string, string>>;
  /** Of a copy: what is read. */
  readonly source?: ActionResource;
}

/** What the call says of a thing that it makes: a parameter of the query, or a member of the body. */
export type Given = (name: string) => string | undefined;

const PLACES: ReadonlySet<string> = new Set(['locations', 'regions', 'zones']);
/** What Cloud Storage calls its collections in paths. */
const LONG: Readonly<Record<string, string>> = { b: 'buckets', o: 'objects' };
const MAX_NAME = 2_048;
const MAKES = /^(?:create|insert|upload|import|submit|launch|generate|copy|rewrite)(?=$|[A-Z])/;

export function namedBy({ route, segments }: RouteValue, labels: Labels, given: Given): Named {
  const { id } = route.method;
  const parts = id.split('.');
  const params: Record<string, string> = {};
  const names: string[] = [];
  let collection = '';
  let type = '';
  let account: string | undefined;
  let region: string | undefined;
  let label = 0;
  for (const pieces of segments) {
    for (const piece of pieces) {
      if ('text' in piece) {
        const bare = piece.text.split(':')[0] ?? '';
        if (bare !== '' && pieces.length === 1) collection = LONG[bare] ?? bare;
        if (bare === 'global' && region === undefined) region = bare;
        if (piece.within !== undefined) params[piece.within] = append(params[piece.within], piece.text);
        continue;
      }
      const value = decoded(labels[label++]?.[1] ?? '');
      params[piece.name] = append(params[piece.name], value);
      type = collection;
      if (collection === 'projects' || collection === 'project') account = value;
      else if (PLACES.has(collection)) region = collection === 'zones' ? value.replace(/-[a-z]$/, '') : value;
      else names.push(value);
    }
  }
  const open = collection !== type && parts.slice(1, -1).includes(collection);
  const where = {
    ...(region === undefined ? {} : { region: wild(region) }),
    ...(account === undefined ? {} : { account: wild(account) }),
  };
  if (id === 'storage.objects.copy' || id === 'storage.objects.rewrite') {
    const [from, source, to, target] = names;
    const object = (bucket = '', name = ''): ActionResource => ({ type: 'objects', id: wild(`${bucket}/${name}`) });
    return { resource: object(to, target), source: object(from, source), params };
  }
  if (open) type = collection;
  // What is in a bucket is listed as the bucket, so that rules can name it.
  if (open && id === 'storage.objects.list')
    return { resource: { type: 'buckets', id: wild(names.join('/')) }, params };
  const made = open && MAKES.test(parts.at(-1) ?? '') ? newName(id, type, given) : undefined;
  const own = open
    ? made === undefined
      ? '*'
      : [...names, made].join('/')
    : names.length > 0
      ? names.join('/')
      : (account ?? region ?? '*');
  const full = open ? undefined : fullName(route.template, params, route.method.service.hosts[0]);
  return {
    resource: {
      ...(type === '' ? {} : { type }),
      id: wild(own),
      ...(full === undefined ? {} : { arn: full }),
      ...where,
    },
    params,
  };
}

const append = (before: string | undefined, text: string): string =>
  before === undefined ? text : `${before}/${text}`;

const decoded = (raw: string): string => (raw.includes('%') ? (decodeStrict(raw, false) ?? raw) : raw);

/** `-` stands for all of a collection; a longer name is no name of anything. */
function wild(text: string): string {
  return text.length > MAX_NAME || /(?:^|\/)-(?:\/|$)/.test(text) ? '*' : text;
}

/** As audit logs and IAM write it: `//iam.googleapis.com/projects/p/serviceAccounts/x`. */
function fullName(
  template: string,
  params: Readonly<Record<string, string>>,
  host: string | undefined,
): string | undefined {
  const name = /\{(\w+)=[a-z]/.exec(template)?.[1];
  const value = name === undefined ? undefined : params[name];
  return value === undefined || value.length > MAX_NAME ? undefined : `//${host ?? ''}.googleapis.com/${value}`;
}

/** `secretId` of the query, `accountId` or `name` of the body, `datasetReference.datasetId`. */
function newName(id: string, collection: string, given: Given): string | undefined {
  if (id === 'storage.objects.insert' || id === 'storage.buckets.insert') return given('name');
  const one = collection.replace(/ies$/, 'y').replace(/s$/, '');
  for (const name of [`${one}Id`, 'accountId', `${one}Reference.${one}Id`, 'name', 'id']) {
    const text = given(name);
    if (text !== undefined && text !== '') return text.slice(text.lastIndexOf('/') + 1);
  }
  return undefined;
}
