// How what was recognised of a recorded request is judged by the operation that a real client made it for.
import { awsCatalogue } from '../../../src/actions/aws/catalogue.ts';
import type { Operation } from '../../../src/actions/aws/catalogue-text.ts';
import { tagsOf } from '../../../src/actions/aws/tags.ts';
import type { Action, ActionLevel } from '../../../src/core/action.ts';
import type { Recorded } from './calls.ts';

const catalogue = awsCatalogue();
const heads = new Map(catalogue.heads.map((head) => [head.id, head]));

/** As the catalogue has it; throws where it has none. */
export function operationOf({ service, operation }: Recorded): Operation {
  const head = heads.get(service);
  const found = head && catalogue.service(head).operations.get(operation);
  if (!found) throw new Error(`the catalogue lacks ${service} ${operation}`);
  return found;
}

/** Operations of S3 that a newer one has replaced are the same bytes. */
const sameCall = (name: string): string =>
  name.replace(/^((?:Get|Put)Bucket(?:Lifecycle|Notification))$/, '$1Configuration');

/** Exactly its operation, with everything that IAM asks for. A version of an object has actions of its own name. */
export function isExact(operation: Operation, actions: readonly Action[]): boolean {
  // What samples have for SQL is none; what a parameter asks for beside the operation is its own action.
  const own = actions.filter(
    ({ name, provider }) =>
      provider === 'aws' &&
      (name !== 'aws:iam:PassRole' || operation.name === 'PassRole') &&
      (name !== 'aws:logs:Unmask' || operation.name === 'Unmask'),
  );
  const found = new Set(own.map(({ name }) => name));
  const needed = operation.actions.filter(
    ({ prefix, name }) =>
      !found.has(`aws:${prefix}:${name}`) &&
      !found.has(`aws:${prefix}:${name}Version`) &&
      !found.has(`aws:${prefix}:${name.replace('Object', 'ObjectVersion')}`),
  );
  const certain = operation.oneOf ? needed.length < operation.actions.length : needed.length === 0;
  return (
    certain &&
    own.every((action) => sameCall(action.operation) === sameCall(operation.name)) &&
    own.every((action) => action.confidence === 'exact' || (operation.oneOf && action.confidence === 'ambiguous'))
  );
}

const ORDER: readonly ActionLevel[] = ['list', 'read', 'tagging', 'write', 'permissions-management', 'unknown'];

/** Not milder: each level is reached and each tag is there, by an action that a rule cannot take for certainly another one. */
export function isNotMilder(operation: Operation, actions: readonly Action[]): boolean {
  if (actions.some(({ confidence }) => confidence === 'unknown')) return true;
  const tags = new Set(actions.flatMap((action) => action.tags));
  return operation.actions.every(
    ({ prefix, name, level }) =>
      actions.some((action) => ORDER.indexOf(action.level) >= ORDER.indexOf(level)) &&
      tagsOf(`${prefix}:${name}`).every((tag) => tags.has(tag)),
  );
}
