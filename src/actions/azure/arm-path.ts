// The path of a call to Azure Resource Manager as a chain of resources: subscription, resource group, and below each `/providers/` a type and its
// name, a type and its name (learn.microsoft.com/azure/role-based-access-control/resource-provider-operations). Pure: no catalogue is needed.
import type { AzureOperations } from './operations.ts';

export interface ArmPath {
  /** Namespace and types as Azure writes them: `Microsoft.Authorization/roleAssignments`. */
  readonly type: string;
  /** Names of the instances, in order; one less than types where the path ends in a type. */
  readonly names: readonly string[];
  /** Last segment of a path that ends in a type, or in an action of a POST. */
  readonly open: boolean;
  readonly subscription: string | undefined;
  readonly group: string | undefined;
  /** What an extension resource extends: the path before its `/providers/`. */
  readonly scope: string;
  /** False where a segment is not in the vocabulary: its spelling may be another. */
  readonly spelled: boolean;
}

const ROOT = 'Microsoft.Resources';

/** `segments`: decoded, not empty. Undefined for a path that is none of Resource Manager's. */
export function armPath(segments: readonly string[], operations: AzureOperations): ArmPath | undefined {
  let at = 0;
  let subscription: string | undefined;
  let group: string | undefined;
  const lower = (i: number): string => (segments[i] ?? '').toLowerCase();
  const plain = (types: string[], names: string[], from: number): ArmPath | undefined => {
    const rest = segments.slice(from);
    return chain(
      ROOT,
      [...types, ...rest.filter((_text, i) => i % 2 === 0)],
      [...names, ...rest.filter((_text, i) => i % 2 === 1)],
      {
        subscription,
        group,
        scope: '',
        operations,
      },
    );
  };
  if (lower(0) === 'tenants') return plain(['tenants'], [], 1);
  if (lower(0) === 'subscriptions') {
    subscription = segments[1]?.toLowerCase();
    at = 2;
    if (lower(2) === 'resourcegroups') {
      group = segments[3]?.toLowerCase();
      at = 4;
      if (segments.length <= 3) return plain(['subscriptions', 'resourceGroups'], [subscription ?? ''], 3);
      if (lower(4) !== 'providers')
        return plain(['subscriptions', 'resourceGroups'], [subscription ?? '', group ?? ''], 4);
    } else if (lower(2) !== 'providers') {
      return plain(['subscriptions'], subscription === undefined ? [] : [subscription], 2);
    }
  }
  if (lower(at) !== 'providers') return undefined;
  // What is registered, and registering it.
  if (segments.length <= at + 2) {
    const types = subscription === undefined ? ['providers'] : ['subscriptions', 'providers'];
    return chain(ROOT, types, [...(subscription === undefined ? [] : [subscription]), ...segments.slice(at + 1)], {
      subscription,
      group,
      scope: '',
      operations,
    });
  }
  return below(segments, at, { subscription, group, operations });
}

interface Where {
  readonly subscription: string | undefined;
  readonly group: string | undefined;
  readonly scope: string;
  readonly operations: AzureOperations;
}

/** From a `providers` on: pairs of type and name, until another `providers` stands where a type would. */
function below(segments: readonly string[], start: number, where: Omit<Where, 'scope'>): ArmPath | undefined {
  let at = start;
  for (;;) {
    const namespace = segments[at + 1] ?? '';
    const types: string[] = [];
    const names: string[] = [];
    let next = at + 2;
    while (
      next < segments.length &&
      !(
        (segments[next] ?? '').toLowerCase() === 'providers' &&
        types.length > 0 &&
        names.length === types.length &&
        next + 2 < segments.length
      )
    ) {
      types.push(segments[next] ?? '');
      if (next + 1 < segments.length) names.push(segments[next + 1] ?? '');
      next += 2;
    }
    if (next >= segments.length) {
      const scope = segments.slice(0, at).join('/');
      return types.length === 0
        ? undefined
        : chain(namespace, types, names, { ...where, scope: at === start ? '' : `/${scope}` });
    }
    at = next;
  }
}

function chain(
  namespace: string,
  types: readonly string[],
  names: readonly string[],
  { subscription, group, scope, operations }: Where,
): ArmPath {
  const texts = [namespace, ...types];
  const full = operations.types.get(texts.join('/').toLowerCase());
  const known = full ? full.name.split('/') : texts.map((text) => operations.words.get(text.toLowerCase()) ?? text);
  // What stands below no provider has few types, and older forms of others. The last one may be an action.
  const of = operations.types.get(texts.slice(0, -1).join('/').toLowerCase());
  const action = of?.verbs.has(`${(texts.at(-1) ?? '').toLowerCase()}/action`) === true;
  const words = namespace !== ROOT && texts.every((text) => operations.words.has(text.toLowerCase()));
  const spelled = full !== undefined || action || words;
  return { type: known.join('/'), names, open: names.length < types.length, subscription, group, scope, spelled };
}
