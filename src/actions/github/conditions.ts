// Tags that an operation earns only with certain parameters. INVARIANT: a tag is left out only where the call surely does not give what
// earns it; a body that cannot be looked into earns every tag that hangs on it.
import type { JsonValue } from '../../core/body/json.ts';
import { fullRefName, isDeliveryRef } from '../git/ref-name.ts';
import { type Given, isObject } from './given.ts';

export type Labels = ReadonlyMap<string, string>;
type Condition = (given: Given, labels: Labels) => boolean;

/** Given, and something other than these values. */
const other =
  (name: string, ...harmless: readonly JsonValue[]): Condition =>
  (given) =>
    given.anything || given.values(name).some((value) => !harmless.includes(value));

/** Not surely one of these values: absent counts too, for the default is another. */
const unless =
  (name: string, ...harmless: readonly JsonValue[]): Condition =>
  (given) => {
    const values = given.values(name);
    return given.anything || values.length === 0 || values.some((value) => !harmless.includes(value));
  };

const anyOf =
  (...conditions: readonly Condition[]): Condition =>
  (given, labels) =>
    conditions.some((condition) => condition(given, labels));

const allOf =
  (...conditions: readonly Condition[]): Condition =>
  (given, labels) =>
    conditions.every((condition) => condition(given, labels));

/** A branch that is not named is the default branch. */
const delivers =
  (name: string): Condition =>
  (given) => {
    const values = given.values(name);
    if (given.anything || values.length === 0) return true;
    return values.some((value) => typeof value !== 'string' || isDeliveryRef(fullRefName(value)));
  };

const refDelivers: Condition = (_given, labels) => isDeliveryRef(fullRefName(labels.get('ref') ?? ''));

/** What GitHub runs by itself, whatever slashes and dots a client puts around it. */
const isWorkflow = (path: string): boolean => {
  const plain = `/${path}`.replaceAll(/\/(?:\.?\/)+/g, '/').toLowerCase();
  return /^\/\.github\/(?:workflows|actions)(?:\/|$)|\/action\.ya?ml$/.test(plain);
};

const writesWorkflow: Condition = (_given, labels) => isWorkflow(labels.get('path') ?? '');

const treeHasWorkflow: Condition = (given) => {
  const trees = given.values('tree');
  return (
    given.anything ||
    trees.length === 0 ||
    trees.some((tree) => !Array.isArray(tree) || (tree as readonly JsonValue[]).some((entry) => !isOther(entry)))
  );
};

function isOther(entry: JsonValue): boolean {
  const path = isObject(entry) ? entry.get('path') : undefined;
  const mode = isObject(entry) ? entry.get('mode') : undefined;
  // A whole subtree (040000) is put in place by its hash: what is in it cannot be seen.
  return typeof path === 'string' && !isWorkflow(path) && mode !== '040000';
}

const disables: Condition = (given) =>
  given.anything ||
  given.values('security_and_analysis').some((value) => !isObject(value) || [...value.values()].some(isDisabled));

const isDisabled = (value: JsonValue): boolean => !isObject(value) || value.get('status') !== 'enabled';

/** Members of `orgs/update` that say what members may do. */
const MEMBER_RIGHTS: readonly string[] = [
  'default_repository_permission',
  'members_can_create_repositories',
  'members_can_create_internal_repositories',
  'members_can_create_private_repositories',
  'members_can_create_public_repositories',
  'members_allowed_repository_creation_type',
  'members_can_create_pages',
  'members_can_create_public_pages',
  'members_can_create_private_pages',
  'members_can_fork_private_repositories',
  'members_can_delete_repositories',
  'members_can_change_repo_visibility',
  'members_can_invite_outside_collaborators',
  'members_can_create_teams',
  'deploy_keys_enabled_for_repositories',
  'web_commit_signoff_required',
];
const PUBLISHING: readonly string[] = MEMBER_RIGHTS.filter((name) =>
  /public|fork|visibility|outside|creation_type/.test(name),
);

/** What a review can say beside that it approves. */
export const OPINIONS: readonly string[] = ['COMMENT', 'REQUEST_CHANGES', 'PENDING'];

const CONDITIONS: Readonly<Record<string, Readonly<Record<string, Condition>>>> = {
  'repos/update': {
    'external-sharing': anyOf(other('private', true), other('visibility', 'private'), other('allow_forking', false)),
    destructive: other('archived', false),
    'audit-tamper': disables,
  },
  'orgs/update': {
    'privilege-escalation': anyOf(...MEMBER_RIGHTS.map((name) => other(name))),
    'external-sharing': anyOf(...PUBLISHING.map((name) => other(name, false))),
  },
  'repos/create-for-authenticated-user': { 'external-sharing': unless('private', true) },
  'repos/create-using-template': { 'external-sharing': unless('private', true) },
  'repos/create-in-org': {
    'external-sharing': allOf(unless('private', true), unless('visibility', 'private', 'internal')),
  },
  'security-advisories/update-repository-advisory': { 'external-sharing': other('state', 'draft', 'closed') },
  // An approval is what lets a pull request be merged.
  'pulls/create-review': { deployment: other('event', ...OPINIONS) },
  'pulls/submit-review': { deployment: other('event', ...OPINIONS) },
  'repos/create-or-update-file-contents': { 'code-execution': writesWorkflow, deployment: delivers('branch') },
  'repos/delete-file': { deployment: delivers('branch') },
  'git/create-tree': { 'code-execution': treeHasWorkflow },
  'git/create-ref': { deployment: delivers('ref') },
  'git/update-ref': { deployment: refDelivers, destructive: other('force', false) },
  'git/delete-ref': { deployment: refDelivers },
  'repos/merge': { deployment: delivers('base') },
};

/** Every operation and tag under a condition, to be checked against the list. */
export function conditionalTags(): readonly (readonly [id: string, tag: string])[] {
  return Object.entries(CONDITIONS).flatMap(([id, tags]) => Object.keys(tags).map((tag) => [id, tag] as const));
}

/** Those of the tags that this call earns. */
export function earned(id: string, tags: readonly string[], given: Given, labels: Labels): readonly string[] {
  const conditions = CONDITIONS[id];
  if (!conditions) return tags;
  return tags.filter((tag) => conditions[tag]?.(given, labels) ?? true);
}
