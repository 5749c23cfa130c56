// What an operation is done to, from its parameters. INVARIANT: a list of things gives each of them; what a parameter may name in two ways
// gives both; more than anybody would look at, and what cannot be seen, is `*`, which no rule is sure to match or not to.
import type { ActionResource } from '../../core/action.ts';
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { nameOf, parseArn, typeIn } from './arn.ts';
import type { Operation } from './catalogue-text.ts';

export interface Resources {
  readonly list: readonly ActionResource[];
  /** False where the list is not all of it, or says one thing in two ways. */
  readonly certain: boolean;
}

const MAX_RESOURCES = 100;
const MAX_NAME = 2_048;

/** `seen`: whether the parameters could all be read. */
export function resourcesOf(
  operation: Operation | undefined,
  tree: JsonObject,
  region: string | undefined,
  seen: boolean,
): Resources {
  const bare = region === undefined ? {} : { region };
  if (!operation?.resource) return { list: [bare], certain: true };
  const { type, members } = operation.resource;
  const given = members.filter((member) => tree.has(member));
  if (given.length === 0) {
    // What is made anew has no name yet; anything else that names nothing is about all there are.
    if (seen && isNew(operation.name, type)) return { list: [{ type, ...bare }], certain: true };
    return { ...unnamed(type, region), certain: seen };
  }
  const names = given.map((member) => textsOf(tree.get(member)));
  const all = names.flatMap((texts) => texts ?? []);
  // An empty list, or one of something else than names, is nothing that anybody could be certain of.
  if (names.some((texts) => !texts || texts.length === 0) || all.length > MAX_RESOURCES) return unnamed(type, region);
  const distinct = [...new Set(all)];
  const found = distinct.flatMap((name) => resources(operation.service.id, type, name, bare));
  return { list: found, certain: found.length === distinct.length };
}

function isNew(operation: string, type: string): boolean {
  return NEW.test(operation) && operation.toLowerCase().includes(type.replaceAll('-', ''));
}

const NEW = /^(?:Create|Run|Allocate|Register|Import|Request|Generate)/;

/** A resource, or several, that the parameters do not tell. */
export function unnamed(type: string, region: string | undefined): Resources {
  return { list: [{ type, id: '*', ...(region === undefined ? {} : { region }) }], certain: false };
}

/** What one name, or ARN, says; `undefined` for one that is not known. */
export function resourceNamed(
  service: string,
  type: string,
  name: string | undefined,
  region: string | undefined,
): Resources {
  if (name === undefined || name.length > MAX_NAME) return unnamed(type, region);
  return { list: resources(service, type, name, region === undefined ? {} : { region }), certain: true };
}

/** Undefined for a parameter that is neither text nor a list of texts. */
function textsOf(value: JsonValue | undefined): readonly string[] | undefined {
  if (value === undefined || value === null) return [];
  if (typeof value === 'string') return value.length > MAX_NAME ? undefined : [value];
  // A list within what it is a list of: `<ResourceIds><ResourceId>…`, `ClusterIds.ClusterIdentifier.1`.
  if (value instanceof Map) return value.size === 1 ? textsOf([...(value as JsonObject).values()][0]) : undefined;
  if (!Array.isArray(value)) return undefined;
  const texts = value as readonly JsonValue[];
  return texts.every((text) => typeof text === 'string' && text.length <= MAX_NAME) ? (texts as string[]) : undefined;
}

function resources(service: string, type: string, text: string, bare: ActionResource): ActionResource[] {
  const arn = parseArn(text);
  if (arn) {
    const { region = bare.region, account } = arn;
    const resource = {
      type: (typeIn(arn) ?? type).toLowerCase(),
      id: nameOf(arn),
      arn: arn.text,
      ...(region === undefined ? {} : { region }),
      ...(account === undefined ? {} : { account }),
    };
    // Whether the end of a secret's ARN is its random part or its name cannot be told.
    const bareName = arn.service === 'secretsmanager' ? resource.id.replace(/-[A-Za-z0-9]{6}$/, '') : resource.id;
    return bareName === resource.id ? [resource] : [resource, { ...resource, id: bareName }];
  }
  if (service === 'sqs' && text.includes('/')) {
    const [account = '', id = ''] = text.split('/').slice(-2);
    return [{ type, id, ...bare, ...(/^\d{12}$/.test(account) ? { account } : {}) }];
  }
  if (service === 'lambda' && type === 'function' && text.includes(':')) {
    // `name:version`, `account:function:name`, `account:function:name:version`.
    const parts = text.split(':');
    const at = parts.indexOf('function');
    return [{ type, id: parts[at + 1] ?? text, ...bare, ...(at === 1 && parts[0] ? { account: parts[0] } : {}) }];
  }
  return [{ type, id: text, ...bare }];
}
