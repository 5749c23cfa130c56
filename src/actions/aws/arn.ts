// Amazon resource names, and the plain name that the other parameters of an API use for the same thing.

export interface Arn {
  readonly text: string;
  readonly service: string;
  readonly region: string | undefined;
  readonly account: string | undefined;
  /** `role/path/name`, `function:name`, `bucket/key`. */
  readonly resource: string;
}

const ARN = /^arn:aws[a-z-]*:([a-z0-9-]+):([a-z0-9-]*):([0-9]{12}|aws|)?:(.+)$/s;

export function parseArn(text: string): Arn | undefined {
  if (!text.startsWith('arn:')) return undefined;
  const [, service = '', region = '', account = '', resource = ''] = ARN.exec(text) ?? [];
  if (resource === '') return undefined;
  return { text, service, region: region || undefined, account: account || undefined, resource };
}

const after = (text: string, sign: string): string => text.slice(text.indexOf(sign) + 1);
const last = (text: string, sign: string): string => text.slice(text.lastIndexOf(sign) + 1);

/** How the name stands in the resource part, where it is not all that follows the first `/` or `:`. */
const NAMES: Readonly<Record<string, (resource: string) => string>> = {
  iam: (resource) => last(resource, '/'),
  sts: (resource) => after(resource, '/'),
  s3: (resource) => resource.replace(/^accesspoint\//, ''),
  sns: (resource) => resource,
  sqs: (resource) => resource,
  kms: (resource) => (resource.startsWith('key/') ? after(resource, '/') : resource),
  lambda: (resource) => (resource.split(':')[1] ?? resource).trim(),
  dynamodb: (resource) => resource.split('/')[1] ?? resource,
  logs: (resource) => after(resource, ':').replace(/:\*$|:log-stream:.*$/, ''),
  cloudformation: (resource) => resource.split('/')[1] ?? resource,
  ecs: (resource) => last(resource, '/'),
  ssm: (resource) => {
    const name = after(resource, '/');
    return resource.startsWith('parameter/') && name.includes('/') ? `/${name}` : name;
  },
  events: (resource) => last(resource, '/'),
  states: (resource) => after(resource, ':'),
  secretsmanager: (resource) => after(resource, ':'),
};

/** `ci-runner` of `arn:aws:iam::123456789012:role/ci-runner`. */
export function nameOf(arn: Arn): string {
  const own = Object.hasOwn(NAMES, arn.service) ? NAMES[arn.service] : undefined;
  if (own) return own(arn.resource);
  const at = /[/:]/.exec(arn.resource)?.index;
  return at === undefined ? arn.resource : arn.resource.slice(at + 1);
}

/** `role` of `role/ci-runner`; undefined where the resource part is only a name. */
export function typeIn({ resource, service }: Arn): string | undefined {
  return service === 's3' ? undefined : /^([A-Za-z][A-Za-z-]*)[/:]/.exec(resource)?.[1];
}

/** The account of a role's ARN and its name; undefined for anything else. */
export function roleOf(text: string): { readonly name: string; readonly arn: Arn } | undefined {
  const arn = text.includes(':role/') ? parseArn(text) : undefined;
  return arn?.service === 'iam' && arn.resource.startsWith('role/') ? { name: nameOf(arn), arn } : undefined;
}
