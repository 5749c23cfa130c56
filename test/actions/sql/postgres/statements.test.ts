// Every kind of statement that the parser knows has a reader, so that a new version of it is noticed.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { KNOWN_STATEMENTS } from '../../../../src/actions/sql/postgres/statements.ts';

/** Nodes of this name that are no statement of their own: parts of others, or made by the server itself. */
const INSIDE: readonly string[] = ['RawStmt', 'SetOperationStmt', 'ReturnStmt', 'PLAssignStmt', 'ReplicaIdentityStmt'];

it('every statement of PostgreSQL is read', () => {
  const modules = new URL('../../../../node_modules/', import.meta.url).pathname;
  const types = readFileSync(join(modules, '@pgsql', 'types', 'types.d.ts'), 'utf8');
  const statements = [...types.matchAll(/interface ([A-Za-z]+Stmt)\b/g)].map(([, name]) => name ?? '');
  expect(statements.length).toBeGreaterThan(100);
  const unread = statements.filter((name) => !KNOWN_STATEMENTS.includes(name) && !INSIDE.includes(name));
  expect(unread).toEqual([]);
});
