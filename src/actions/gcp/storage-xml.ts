// The XML API of Cloud Storage (cloud.google.com/storage/docs/xml-api/reference-methods), in the names of the JSON API: bucket and object in the
// path or the host, sub-resources in the query. INVARIANT: a path or query that can be read in two ways is not `sure`.
import type { ActionResource } from '../../core/action.ts';
import { decodeStrict } from '../../core/body/percent.ts';
import { headerValues } from '../../core/call.ts';
import type { GcpRequest } from './request.ts';

export interface XmlFinding {
  /** `storage.objects.get`; undefined where the API has no such call. */
  readonly id: string | undefined;
  readonly resource: ActionResource;
  readonly params: Readonly<Record<string, string>>;
  /** Of a copy: what is read. */
  readonly source?: ActionResource;
  /** Everybody may read it afterwards, or may not: the body or a header says. */
  readonly sharing: 'no' | 'yes' | 'perhaps';
  readonly sure: boolean;
}

const PUBLIC = /^(?:public-read|public-read-write|authenticated-read)$/;
/** Sub-resources that are settings of a bucket. */
const SETTINGS: ReadonlySet<string> = new Set([
  'billing',
  'compose',
  'cors',
  'defaultObjectAcl',
  'encryption',
  'encryptionConfig',
  'ipFilter',
  'lifecycle',
  'location',
  'logging',
  'object-lock',
  'retention',
  'softDelete',
  'storageClass',
  'tagging',
  'versioning',
  'website',
  'autoclass',
  'policy',
  'requestPayment',
]);
const SUB: ReadonlySet<string> = new Set([
  ...SETTINGS,
  'acl',
  'delete',
  'uploads',
  'uploadId',
  'partNumber',
  'versions',
]);

const FOLDED: ReadonlySet<string> = new Set([...SUB].map((name) => name.toLowerCase()));
const MAX_PAIRS = 1_000;

/** `bucket`: where the host names it. */
export function readXml(
  request: GcpRequest,
  methods: readonly string[],
  bucket: string | undefined,
): readonly XmlFinding[] {
  const { name, key, clean } = targetOf(request.path, bucket);
  const { names, clean: plain, whole } = argumentsOf(request.query);
  const signed = readsOf(request);
  return methods.map((method) => {
    const sub = [...names.keys()].filter((each) => SUB.has(each));
    const id = whole ? methodOf(method, name, key, sub, signed.copy !== undefined) : undefined;
    const write = method !== 'GET';
    const acl = signed.acls.length === 0 ? undefined : signed.acls;
    const sharing =
      !write || id === undefined || id.endsWith('.delete')
        ? 'no'
        : acl?.some((each) => PUBLIC.test(each)) || /\.update$|AccessControls/.test(id)
          ? acl === undefined
            ? 'perhaps'
            : 'yes'
          : 'no';
    const own = key === '' ? name : `${name}/${key}`;
    const source = id === 'storage.objects.copy' ? sourceOf(signed.copy) : undefined;
    return {
      id,
      resource:
        own === ''
          ? {}
          : { type: key === '' ? 'buckets' : 'objects', id: method === 'POST' && sub.includes('delete') ? '*' : own },
      params: {
        ...(name === '' ? {} : { bucket: name }),
        ...(key === '' ? {} : { object: key }),
        ...(acl === undefined ? {} : { acl: acl.join(', ') }),
        ...(sub.length === 0 ? {} : { subresource: sub.join(',') }),
        ...(source?.id === undefined ? {} : { source: source.id }),
      },
      ...(source === undefined ? {} : { source }),
      sharing,
      sure:
        clean &&
        plain &&
        methods.length === 1 &&
        signed.clean &&
        sub.filter((each) => each !== 'partNumber').length <= 1,
    };
  });
}

function methodOf(
  method: string,
  name: string,
  key: string,
  sub: readonly string[],
  copy: boolean,
): string | undefined {
  if (name === '') return method === 'GET' ? 'storage.buckets.list' : undefined;
  return key === '' ? bucketMethod(method, sub) : objectMethod(method, sub, copy);
}

function bucketMethod(method: string, sub: readonly string[]): string | undefined {
  const [first] = sub;
  switch (method) {
    case 'GET':
      return first === 'acl'
        ? 'storage.bucketAccessControls.list'
        : first === undefined || first === 'uploads' || first === 'versions'
          ? 'storage.objects.list'
          : 'storage.buckets.get';
    case 'PUT':
      if (first === 'acl') return 'storage.bucketAccessControls.update';
      if (first === 'defaultObjectAcl') return 'storage.defaultObjectAccessControls.update';
      return first === undefined ? 'storage.buckets.insert' : 'storage.buckets.update';
    case 'DELETE':
      return first === undefined ? 'storage.buckets.delete' : 'storage.buckets.update';
    case 'POST':
      // Several objects at once, or a form of a web page with an object in it.
      return first === 'delete' ? 'storage.objects.delete' : 'storage.objects.insert';
    default:
      return undefined;
  }
}

function objectMethod(method: string, sub: readonly string[], copy: boolean): string | undefined {
  const [first] = sub;
  switch (method) {
    case 'GET':
      return first === 'acl'
        ? 'storage.objectAccessControls.list'
        : first === 'uploadId'
          ? 'storage.objects.list'
          : 'storage.objects.get';
    case 'PUT':
      if (first === 'acl') return 'storage.objectAccessControls.update';
      if (copy) return 'storage.objects.copy';
      if (first === 'compose') return 'storage.objects.compose';
      return first === undefined || sub.includes('uploadId') ? 'storage.objects.insert' : 'storage.objects.update';
    case 'DELETE':
      return first === 'uploadId' ? 'storage.objects.insert' : 'storage.objects.delete';
    case 'POST':
      return 'storage.objects.insert';
    default:
      return undefined;
  }
}

function sourceOf(copy: string | undefined): ActionResource {
  const text = copy === undefined ? undefined : decodeStrict(copy.split('?')[0] ?? '', false);
  const id = text?.replace(/^\//, '');
  return { type: 'objects', id: id === undefined || !id.includes('/') ? '*' : id };
}

function targetOf(
  path: string,
  bucket: string | undefined,
): { readonly name: string; readonly key: string; readonly clean: boolean } {
  const once = decodeStrict(path, false);
  const text = (once ?? path).slice(1);
  // Cloud Storage resolves nothing, but what stands before it may.
  const clean =
    once !== undefined && !/\/\.{1,2}(?:\/|$)/.test(`/${text}`) && !/^\/|\/\//.test(text) && !path.includes('+');
  if (bucket !== undefined) return { name: bucket, key: text, clean };
  const slash = text.indexOf('/');
  const odd = /%2f/i.test(path.slice(1).split('/')[0] ?? '');
  return {
    name: slash < 0 ? text : text.slice(0, slash),
    key: slash < 0 ? '' : text.slice(slash + 1),
    clean: clean && !odd,
  };
}

function argumentsOf(query: string | undefined): {
  readonly names: ReadonlyMap<string, string>;
  readonly clean: boolean;
  /** False where there is more than was looked at. */
  readonly whole: boolean;
} {
  const names = new Map<string, string>();
  let clean = true;
  const pairs = query === undefined || query === '' ? [] : query.split('&', MAX_PAIRS + 1);
  for (const pair of pairs) {
    const at = pair.indexOf('=');
    const name = decodeStrict(at < 0 ? pair : pair.slice(0, at), true);
    const value = decodeStrict(at < 0 ? '' : pair.slice(at + 1), true);
    if (name === undefined || value === undefined) clean = false;
    else {
      if (names.has(name) || /[;%[\]]/.test(name)) clean = false;
      if (!SUB.has(name) && FOLDED.has(name.toLowerCase().trim())) clean = false;
      names.set(name, value);
    }
  }
  return { names, clean, whole: pairs.length <= MAX_PAIRS };
}

/** Headers that change what a call does; their `x-amz-` twins count too, and a signed URL may carry them in its query. */
function readsOf({ headers, query }: GcpRequest): {
  readonly copy: string | undefined;
  readonly acls: readonly string[];
  readonly clean: boolean;
} {
  const named = (suffix: string): string[] => [
    ...headerValues(headers, `x-goog-${suffix}`),
    ...headerValues(headers, `x-amz-${suffix}`),
    ...[...argumentsOf(query).names]
      .filter(([name]) => name.toLowerCase() === `x-goog-${suffix}`)
      .map(([, value]) => value),
  ];
  const copies = named('copy-source');
  const acls = named('acl').map((value) => value.trim().toLowerCase());
  return { copy: copies[0], acls, clean: new Set(copies).size <= 1 && new Set(acls).size <= 1 };
}
