// From a reading of a call to the actions of IAM that it needs, each with its level, tags, resource and parameters.
import type { Action, ActionResource } from '../../core/action.ts';
import { plainParams, type Params } from './body/plain.ts';
import type { AwsCatalogue } from './catalogue.ts';
import type { IamAction, LevelSource } from './catalogue-text.ts';
import { elementsOf, isCompound } from './elements.ts';
import { passedRoles } from './pass-role.ts';
import type { Reading } from './reading.ts';
import { revealsSecrets, unmasks } from './revealing.ts';
import { sqlActions, sqlIsRead } from './sql-carriers.ts';
import { resourceNamed, type Resources, resourcesOf, unnamed } from './resource.ts';
import { summaryOf } from './summary.ts';
import { tagsOf } from './tags.ts';

export type Confidence = Action['confidence'];

const NO_PARAMS: Params = {};
const MAX_ACTIONS = 200;
const PASS_ROLE: IamAction = { prefix: 'iam', name: 'PassRole', level: 'write' };
const UNMASK: IamAction = { prefix: 'logs', name: 'Unmask', level: 'read' };

/** `trial`: whether the call is only tried out (dry-run.ts). */
export function actionsOf(
  reading: Reading,
  confidence: Confidence,
  region: string | undefined,
  catalogue: AwsCatalogue,
  trial = false,
): Action[] {
  const { operation, parameters, service } = reading;
  const doubt = parameters.state === 'broken' ? 'unknown' : parameters.state === 'closed' ? 'ambiguous' : confidence;
  const params = parameters.state === 'whole' ? plainParams(parameters.tree) : NO_PARAMS;
  const own = strictest(confidence, doubt);
  const compound = operation !== undefined && isCompound(operation);
  const resources = compound
    ? unnamed('table', region)
    : resourcesOf(operation, parameters.tree, region, parameters.state === 'whole');
  const found: Action[] = [];
  const elements = operation && parameters.state === 'whole' ? elementsOf(operation, parameters.tree) : undefined;
  if (operation && elements) {
    for (const { name, table } of elements) {
      const known = catalogue.actions('dynamodb').get(name);
      const on = resourceNamed('dynamodb', 'table', table, region);
      if (known) add(found, operation.name, known, operation.levelSource, on, params, own);
    }
  } else if (operation) {
    const sure = operation.oneOf ? strictest(own, 'ambiguous') : own;
    for (const needed of operation.actions) {
      add(found, operation.name, needed, operation.levelSource, resources, params, sure);
    }
  } else {
    const prefix = service.prefixes[0] ?? '';
    const listed = catalogue.actions(prefix).get(reading.name);
    const named: IamAction = listed ?? { prefix, name: reading.name, level: 'unknown' };
    add(found, reading.name, named, 'catalogue', resources, params, listed ? own : 'unknown');
  }
  const reveals = revealsSecrets(reading);
  if (reveals !== undefined) {
    for (const [i, action] of found.entries()) found[i] = (reveals ? withTag : withoutTag)(action, 'secret-read');
  }
  if (own === 'exact' && trial) for (const [i, action] of found.entries()) found[i] = asTrial(action);
  if (unmasks(reading)) add(found, reading.name, UNMASK, 'catalogue', resources, params, own);
  const { roles, others } = passedRoles(reading);
  const certain = { list: roles, certain: true };
  add(found, reading.name, PASS_ROLE, 'catalogue', certain, params, strictest(own, 'exact'));
  if (others) add(found, reading.name, PASS_ROLE, 'catalogue', UNNAMED_ROLE, params, strictest(own, 'ambiguous'));
  const sql = sqlActions(reading, own);
  if (own === 'exact' && sqlIsRead(reading, sql)) for (const [i, action] of found.entries()) found[i] = asRead(action);
  return [...found, ...sql];
}

/** What could be sensitive about a query is said of the statement. */
function asRead(action: Action): Action {
  if (!action.tags.includes('sql-execution')) return action;
  return { ...withoutTag(action, 'sql-execution'), level: 'read', levelSource: 'rule' };
}

const asTrial = (action: Action): Action => ({ ...action, level: 'read', levelSource: 'rule', tags: [] });

function withTag(action: Action, tag: string): Action {
  return action.tags.includes(tag) ? action : { ...action, tags: [...action.tags, tag] };
}

function withoutTag(action: Action, tag: string): Action {
  return action.tags.includes(tag) ? { ...action, tags: action.tags.filter((each) => each !== tag) } : action;
}

const UNNAMED_ROLE: Resources = unnamed('role', undefined);
const ORDER: readonly Confidence[] = ['exact', 'ambiguous', 'unknown'];

export function strictest(a: Confidence, b: Confidence): Confidence {
  return ORDER.indexOf(a) > ORDER.indexOf(b) ? a : b;
}

function add(
  found: Action[],
  operation: string,
  { prefix, name, level }: IamAction,
  levelSource: LevelSource,
  resources: Resources,
  params: Params,
  confidence: Confidence,
): void {
  const sure = resources.certain ? confidence : strictest(confidence, 'ambiguous');
  for (const resource of resources.list) {
    if (found.length >= MAX_ACTIONS) return;
    found.push(toAction(prefix, name, operation, level, levelSource, resource, params, sure));
  }
}

/** One action; `name` and `operation` differ where IAM calls it otherwise than the API. */
export function toAction(
  prefix: string,
  name: string,
  operation: string,
  level: Action['level'],
  levelSource: LevelSource,
  resource: ActionResource,
  params: Params,
  confidence: Confidence,
): Action {
  const plain = {
    provider: 'aws',
    service: prefix,
    operation,
    name: prefix === '' ? `aws:${name}` : `aws:${prefix}:${name}`,
    level: confidence === 'unknown' ? ('unknown' as const) : level,
    levelSource,
    tags: tagsOf(`${prefix}:${name}`),
    resource,
    params,
    confidence,
  };
  return { ...plain, summary: summaryOf(plain) };
}

/** A call of which only the provider, and perhaps the service, is known. */
export function unknownAction(
  prefix: string,
  call: { method: string; path: string },
  resource: ActionResource,
): Action {
  const operation = `${call.method} ${call.path}`.slice(0, 200);
  return toAction(prefix, 'Unknown', operation, 'unknown', 'heuristic', resource, NO_PARAMS, 'unknown');
}
