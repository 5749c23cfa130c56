// Calls of DynamoDB that do several things at once, taken apart: the writes of a batch or transaction, the statements of PartiQL.
// INVARIANT: what does not look exactly as the API takes it gives nothing, and the call then counts as everything that it may be.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import type { Operation } from './catalogue-text.ts';
import { type PartiqlVerb, readPartiql } from './partiql.ts';

/** One action of DynamoDB on one table. */
export interface Element {
  readonly name: string;
  /** Name or ARN; undefined where it cannot be told. */
  readonly table: string | undefined;
}

const MAX_ELEMENTS = 200;

/** Undefined for other operations, and for what cannot be taken apart. */
export function elementsOf(operation: Operation, tree: JsonObject): readonly Element[] | undefined {
  const found = isCompound(operation) ? TAKE[operation.name]?.(tree) : undefined;
  if (!found || found.length === 0 || found.length > MAX_ELEMENTS) return undefined;
  return [...new Map(found.map((each) => [`${each.name} ${each.table ?? ''}`, each])).values()];
}

/** True for an operation that does several things at once. */
export function isCompound({ service, name }: Operation): boolean {
  return service.id === 'dynamodb' && Object.hasOwn(TAKE, name);
}

const TAKE: Readonly<Record<string, (tree: JsonObject) => Element[] | undefined>> = {
  TransactWriteItems: (tree) => ofTransaction(tree, TRANSACTED),
  TransactGetItems: (tree) => ofTransaction(tree, { Get: 'GetItem' }),
  BatchWriteItem: ofBatch,
  BatchGetItem: (tree) => tables(tree)?.map(([table]) => ({ name: 'BatchGetItem', table })),
  ExecuteStatement: (tree) => ofStatements([tree]),
  BatchExecuteStatement: (tree) => ofStatements(listOf(tree.get('Statements'))),
  ExecuteTransaction: (tree) => ofStatements(listOf(tree.get('TransactStatements'))),
};

const TRANSACTED: Readonly<Record<string, string>> = {
  Put: 'PutItem',
  Update: 'UpdateItem',
  Delete: 'DeleteItem',
  ConditionCheck: 'ConditionCheckItem',
};

function listOf(value: JsonValue | undefined): readonly JsonValue[] {
  return Array.isArray(value) ? (value as readonly JsonValue[]) : [];
}

function mapOf(value: JsonValue | undefined): JsonObject | undefined {
  return value instanceof Map ? value : undefined;
}

function ofTransaction(tree: JsonObject, kinds: Readonly<Record<string, string>>): Element[] | undefined {
  const found: Element[] = [];
  for (const item of listOf(tree.get('TransactItems'))) {
    const [[kind = '', what] = []] = mapOf(item) ?? [];
    const table = mapOf(what)?.get('TableName');
    const name = Object.hasOwn(kinds, kind) ? kinds[kind] : undefined;
    if (name === undefined || mapOf(item)?.size !== 1 || typeof table !== 'string') return undefined;
    found.push({ name, table });
  }
  return found;
}

function tables(tree: JsonObject): (readonly [table: string, what: JsonValue])[] | undefined {
  const items = mapOf(tree.get('RequestItems'));
  return items && [...items];
}

/** The batch itself is an action of IAM; what it does to each table is added. */
function ofBatch(tree: JsonObject): Element[] | undefined {
  const found: Element[] = [];
  for (const [table, requests] of tables(tree) ?? []) {
    found.push({ name: 'BatchWriteItem', table });
    for (const request of listOf(requests)) {
      const [kind] = mapOf(request)?.keys() ?? [];
      if (mapOf(request)?.size !== 1 || (kind !== 'PutRequest' && kind !== 'DeleteRequest')) return undefined;
      found.push({ name: kind === 'PutRequest' ? 'PutItem' : 'DeleteItem', table });
    }
  }
  return found;
}

const VERBS: Readonly<Record<PartiqlVerb, string>> = {
  select: 'PartiQLSelect',
  insert: 'PartiQLInsert',
  update: 'PartiQLUpdate',
  delete: 'PartiQLDelete',
};

function ofStatements(statements: readonly JsonValue[]): Element[] | undefined {
  const found: Element[] = [];
  for (const each of statements) {
    const statement = mapOf(each)?.get('Statement');
    const read = typeof statement === 'string' ? readPartiql(statement) : undefined;
    if (read === undefined) return undefined;
    found.push({ name: VERBS[read.verb], table: read.table });
  }
  return found;
}
