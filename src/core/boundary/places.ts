// Where an action takes place, and what it names elsewhere: by its resource, and by whatever in its parameters is an ARN, a region, an
// account, a bucket or a project. INVARIANT: what it has to name and does not is told apart from what it cannot have.
import type { Action } from '../action.ts';
import type { Dimension } from './dimensions.ts';
import { mentionsIn, type Mentions, plainLocation } from './mentions.ts';

/** It can have none. */
export const NOT_APPLICABLE = false;

export interface Named {
  readonly values: ReadonlySet<string>;
  /** The place of the action itself, where it names one. */
  readonly own: string | undefined;
  /** True if the place of the action itself is among them: what is mentioned beside it does not say where it happens. */
  readonly named: boolean;
  /** False where there is more than was looked at. */
  readonly whole: boolean;
}

export type Places = (dimension: Dimension) => Named | typeof NOT_APPLICABLE;

/** Services of AWS that live in no region: what their endpoint or signature names is only where it is reached. */
const GLOBAL = new Set([
  'iam',
  'organizations',
  'account',
  'route53',
  'route53domains',
  'cloudfront',
  'globalaccelerator',
  'shield',
  'waf',
  'support',
  'trustedadvisor',
  'budgets',
  'ce',
  'cur',
  'billing',
  'tax',
  'networkmanager',
  'artifact',
]);
/** Parts of Google Cloud without a location. */
const GLOBAL_GCP = new Set([
  'iam',
  'cloudresourcemanager',
  'cloudbilling',
  'serviceusage',
  'orgpolicy',
  'iamcredentials',
  'cloudidentity',
]);

export function placesOf(action: Action): Places {
  let read: Mentions | undefined;
  return (dimension) => {
    const own = ownPlace(action, dimension);
    read ??= mentionsIn(action);
    const mentioned = read[dimension];
    if (own === NOT_APPLICABLE) {
      if (mentioned.size === 0 && read.whole) return NOT_APPLICABLE;
      return { values: mentioned, own: undefined, named: true, whole: read.whole };
    }
    const isNamed = own !== undefined && own !== '';
    const values = isNamed ? new Set([...mentioned, own]) : mentioned;
    return { values, own: isNamed ? own : undefined, named: isNamed, whole: read.whole };
  };
}

/** Undefined: it has one and does not say which. */
function ownPlace(action: Action, dimension: Dimension): string | undefined | typeof NOT_APPLICABLE {
  const { provider, service, resource, name } = action;
  const cloud = provider === 'aws' || provider === 'azure' || provider === 'gcp';
  const open = !cloud && !CLOSED.has(provider);
  switch (dimension) {
    case 'regions':
      if (provider === 'aws' && GLOBAL.has(service)) return NOT_APPLICABLE;
      if (provider === 'gcp' && GLOBAL_GCP.has(service)) return NOT_APPLICABLE;
      return resource.region ?? azureLocation(action) ?? (cloud || open ? undefined : NOT_APPLICABLE);
    case 'accounts':
      if (provider === 'gcp') return NOT_APPLICABLE;
      return resource.account ?? (cloud || open ? undefined : NOT_APPLICABLE);
    case 'projects':
      if (provider === 'gcp') return resource.account;
      return open ? undefined : NOT_APPLICABLE;
    case 'buckets':
      return bucketOf(action, open);
    case 'namespaces':
      if (cloud) return NOT_APPLICABLE;
      // Discovery, health and versions are about no namespace; what spans the cluster is about all of them.
      if (provider === 'k8s' && /^k8s:[a-z]+:\//.test(name)) return NOT_APPLICABLE;
      return resource.namespace;
  }
}

/** What is made in Azure says where in its body: `westeurope`, also spelled `West Europe`. */
function azureLocation({ provider, params }: Action): string | undefined {
  const { location } = params;
  return provider === 'azure' && typeof location === 'string' ? plainLocation(location) : undefined;
}

/** Providers that have neither regions nor accounts of their own. */
const CLOSED = new Set(['k8s', 'github', 'git', 'sql']);

function bucketOf({ provider, service, resource }: Action, open: boolean): string | undefined | typeof NOT_APPLICABLE {
  const isStore =
    (provider === 'aws' && service.startsWith('s3')) ||
    (provider === 'gcp' && service === 'storage') ||
    resource.type === 'bucket';
  if (!isStore) return open ? undefined : NOT_APPLICABLE;
  const arn = /^arn:[a-z-]+:s3[a-z-]*:[^:]*:[^:]*:([^/]+)/.exec(resource.arn ?? '')?.[1];
  if (arn !== undefined) return arn;
  const { id, type } = resource;
  if (id === undefined) return undefined;
  return type === 'object' || id.includes('/') ? id.replace(/^b\//, '').split('/')[0] : id;
}
