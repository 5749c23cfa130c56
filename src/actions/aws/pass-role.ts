// The roles that a call hands to a service: `iam:PassRole`, an action of its own that no call names. INVARIANT: where the parameters
// cannot be seen, an operation that can hand a role over counts as one that does.
import type { ActionResource } from '../../core/action.ts';
import type { JsonValue } from '../../core/body/json.ts';
import { roleOf } from './arn.ts';
import type { Reading } from './reading.ts';

export interface PassedRoles {
  readonly roles: readonly ActionResource[];
  /** A role is handed over, or may be, and it cannot be told which. */
  readonly others: boolean;
}

const NONE: PassedRoles = { roles: [], others: false };
const MAX_ROLES = 20;
/** Members that name who may do something, or who did, not whom a service shall act as. */
const NOT_PASSED =
  /principal|grantee|subject|caller|invoker|allowed|denied|source|target_?arn|filter|identity|assum|resource|entity|owner|user/i;
const NAMED_ROLE = /(?:^|[a-z])role(?:arn|name|s|arns)?$/i;

export function passedRoles(reading: Reading): PassedRoles {
  const { operation, parameters, service } = reading;
  // These two speak about roles all the time; what hands one over is marked.
  const speaksOfRoles = service.id === 'iam' || service.id === 'sts';
  if (operation) {
    const changes = operation.actions.some(({ level }) => level !== 'read' && level !== 'list' && level !== 'tagging');
    if (!changes || (speaksOfRoles && operation.roles.length === 0)) return NONE;
    if (parameters.state !== 'whole') return { roles: [], others: operation.roles.length > 0 };
  } else if (speaksOfRoles) return NONE;
  const found = new Map<string, ActionResource>();
  let others = false;
  const add = (text: string, isRole: boolean): void => {
    const role = roleOf(text);
    if (!role && (!isRole || text === '' || text.length > 2_048)) return;
    const account = role?.arn.account;
    const id = role?.name ?? text.slice(text.lastIndexOf('/') + 1);
    if (found.size >= MAX_ROLES) others = true;
    else {
      const arn = role ? { arn: text } : {};
      found.set(text, { type: 'role', id, ...arn, ...(account === undefined ? {} : { account }) });
    }
  };
  const walk = (value: JsonValue, name: string, isRole: boolean): void => {
    if (typeof value === 'string') {
      if (isRole || !NOT_PASSED.test(name)) add(value, isRole);
    } else if (Array.isArray(value)) for (const item of value as readonly JsonValue[]) walk(item, name, isRole);
    else if (value instanceof Map) {
      for (const [key, inner] of value as ReadonlyMap<string, JsonValue>) {
        if (key === 'IamInstanceProfile' || key === 'iamInstanceProfile') others = true;
        else walk(inner, key, isRole || handsOver(key, operation?.roles));
      }
    }
  };
  walk(parameters.tree, '', false);
  return { roles: [...found.values()], others };
}

/** `roles`: as the catalogue knows them; by the name alone for an operation that it does not know. */
function handsOver(name: string, roles: readonly string[] | undefined): boolean {
  return roles ? roles.includes(name) : NAMED_ROLE.test(name);
}
