// From findings to actions: names, levels, one sentence each. INVARIANT: `service` is empty, so that an unknown SQL action counts
// for every rule about `sql:…`.
import type { Action, ActionLevel } from '../../core/action.ts';
import type { Finding, Findings, SqlEffect } from './finding.ts';
import { objectName } from './object-name.ts';
import { sentence } from './sentence.ts';

const LEVELS: Readonly<Record<SqlEffect, ActionLevel>> = {
  read: 'read',
  write: 'write',
  ddl: 'write',
  privilege: 'permissions-management',
  export: 'write',
  exec: 'unknown',
  code: 'unknown',
  session: 'write',
  transaction: 'read',
  unknown: 'unknown',
};

/** What is said of every action of a statement: the dialect, and what the carrier (an HTTP API) adds. */
export type SqlContext = Readonly<Record<string, unknown>>;

/** At least one action: a text that does nothing at all is a read of nothing. */
export function toActions(findings: Findings, context: SqlContext): readonly Action[] {
  const actions = findings.all.map((finding) => toAction(finding, context));
  for (const why of findings.doubts) actions.push(unknownSql(why, context));
  return actions.length > 0 ? actions : [unknownSql('no-statement', context)];
}

function toAction(finding: Finding, context: SqlContext): Action {
  const { verb, effect, name, type, tags = [], flags = [] } = finding;
  const object = name === undefined ? undefined : objectName(name);
  const schema = name === undefined || name.length < 2 ? undefined : objectName(name.slice(0, -1));
  return {
    provider: 'sql',
    service: '',
    operation: verb,
    name: `sql:${verb}:${object ?? '-'}`,
    level: finding.level ?? LEVELS[effect],
    levelSource: 'rule',
    tags: [...new Set([...tags, ...furtherTags(finding)])],
    resource: {
      ...(type === undefined ? {} : { type }),
      ...(object === undefined ? {} : { id: object }),
      ...(schema === undefined ? {} : { namespace: schema }),
    },
    params: { ...context, effect, ...(flags.length === 0 ? {} : { flags }), ...finding.params },
    summary: sentence(finding, object),
    confidence: 'exact',
  };
}

const INFRASTRUCTURE: ReadonlySet<string> = new Set(['database', 'tablespace', 'warehouse', 'system', 'instance']);

/** What follows from the kind of object, whatever the dialect. */
function furtherTags({ verb, type = '', tags = [] }: Finding): readonly string[] {
  const changes = verb === 'create' || verb === 'alter' || verb === 'drop';
  return [
    ...(changes && INFRASTRUCTURE.has(type) ? ['infrastructure'] : []),
    ...(verb === 'alter' && tags.includes('credential-issue') ? ['key-rotation'] : []),
  ];
}

/** SQL that does nobody knows what; `why` is a word such as `not-parsed`. */
export function unknownSql(why: string, context: SqlContext): Action {
  return {
    provider: 'sql',
    service: '',
    operation: 'unknown',
    name: 'sql:unknown',
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: { ...context, effect: 'unknown', why },
    summary: `Run SQL that could not be understood (${why.replaceAll('-', ' ')})`,
    confidence: 'unknown',
  };
}
