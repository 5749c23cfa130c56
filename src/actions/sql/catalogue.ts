// What statements can be named in rules: by their verb; the object is the statement's own.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';

const ALL_RIGHTS = ['privilege-escalation', 'credential-issue', 'external-sharing', 'data-export'];
const DDL = [
  ...ALL_RIGHTS,
  'code-execution',
  'destructive',
  'network-exposure',
  'audit-tamper',
  'infrastructure',
  'key-rotation',
];
const CALLED = [
  'sql-execution',
  'code-execution',
  'data-export',
  'secret-read',
  'credential-issue',
  'network-exposure',
  'destructive',
  'audit-tamper',
];
const DESTROYS = ['destructive', 'audit-tamper', 'privilege-escalation'];

type Row = readonly [verb: string, level: CatalogueEntry['level'], tags: readonly string[], summary: string];

const ROWS: readonly Row[] = [
  ['add', 'unknown', ['code-execution'], 'Add a program or a library to the session (ADD JAR)'],
  ['alter', 'write', DDL, 'Change what a table, a role, the server or anything else is'],
  ['analyze', 'write', [], 'Collect statistics'],
  ['attach', 'write', ['data-export'], 'Attach another database or table'],
  ['backup', 'write', ['data-export'], 'Copy tables to a backup'],
  ['begin', 'read', [], 'Begin a transaction'],
  ['cache', 'write', [], 'Keep a table in memory'],
  ['call', 'unknown', CALLED, 'Call a function or procedure that is not known to change nothing'],
  ['cancel', 'write', [], 'Cancel a statement that runs'],
  ['check', 'read', [], 'Check a table'],
  ['checkpoint', 'write', [], 'Write what is in memory to disk'],
  ['checksum', 'read', [], 'Compute the checksum of a table'],
  ['clear', 'write', [], 'Empty the cache of the session'],
  ['close', 'read', [], 'Close a cursor'],
  ['cluster', 'write', [], 'Rewrite a table in the order of an index'],
  ['comment', 'tagging', [], 'Comment on an object'],
  ['commit', 'read', [], 'Commit the transaction'],
  [
    'copy',
    'write',
    ['data-export', 'code-execution', 'privilege-escalation'],
    'Copy rows to or from a file, a program or the client',
  ],
  ['create', 'write', DDL, 'Make a table, a view, a function, a role or anything else'],
  ['deallocate', 'read', [], 'Forget a prepared statement'],
  ['declare', 'read', [], 'Open a cursor on a query'],
  ['delete', 'write', DESTROYS, 'Delete rows; flag no-where: all of them'],
  ['describe', 'list', [], 'Show the shape of an object'],
  ['detach', 'write', ['destructive'], 'Detach a database or table'],
  ['do', 'unknown', ['code-execution'], 'Run a block of code'],
  ['drop', 'write', [...DESTROYS, 'privilege-escalation', 'infrastructure'], 'Remove an object'],
  [
    'execute',
    'unknown',
    ['sql-execution', 'code-execution', 'destructive'],
    'Run a statement that was prepared, stored or put together',
  ],
  ['explain', 'read', [], 'Show how a query would run; with ANALYZE it runs'],
  ['export', 'write', ['data-export'], 'Write rows to a file, a bucket or another server'],
  ['fetch', 'read', [], 'Fetch rows of a cursor or of a statement that ran before'],
  ['flush', 'write', [], 'Make the server read or write its state anew'],
  ['get', 'write', ['data-export'], 'Fetch files of a stage'],
  ['grant', 'permissions-management', ALL_RIGHTS, 'Grant rights or roles'],
  ['insert', 'write', DESTROYS, 'Insert rows; flag overwrite: in the place of those that are there'],
  ['install', 'unknown', ['code-execution'], 'Install a plug-in'],
  ['kill', 'write', ['destructive'], 'End a session or a statement of others'],
  ['list', 'list', [], 'List files of a stage'],
  ['listen', 'read', [], 'Listen on a channel'],
  [
    'load',
    'write',
    ['destructive', 'code-execution', 'privilege-escalation'],
    'Load rows from files, or a library into the server',
  ],
  ['lock', 'write', [], 'Lock a table or rows'],
  ['login', 'write', ['credential-issue'], 'Sign in, and get the token of a session (drivers of Snowflake)'],
  ['merge', 'write', DESTROYS, 'Insert, update and delete rows by what another table holds'],
  ['msck', 'write', [], 'Find new partitions of a table'],
  ['notify', 'write', [], 'Send a message on a channel'],
  ['optimize', 'write', ['destructive'], 'Rewrite the files of a table'],
  ['prepare', 'read', [], 'Prepare a statement; what it does counts as well'],
  ['purge', 'write', DESTROYS, 'Remove logs'],
  ['put', 'write', [], 'Put a file on a stage'],
  ['refresh', 'write', [], 'Compute a materialized view or the metadata of a table anew'],
  ['reindex', 'write', [], 'Build indexes anew'],
  ['release', 'read', [], 'Forget a savepoint'],
  ['remove', 'write', ['destructive'], 'Remove files of a stage'],
  ['repair', 'write', [], 'Repair a table'],
  ['replace', 'write', DESTROYS, 'Insert rows in the place of those with the same keys'],
  ['reset', 'write', ['privilege-escalation', 'audit-tamper', 'code-execution'], 'Set a parameter back'],
  ['restart', 'write', ['destructive'], 'Restart the server'],
  ['restore', 'write', ['destructive'], 'Put a backup or an older version in the place of what is there'],
  ['revoke', 'permissions-management', [], 'Revoke rights or roles'],
  ['rollback', 'read', [], 'Roll the transaction back'],
  ['savepoint', 'read', [], 'Set a savepoint'],
  ['select', 'read', ['secret-read'], 'Read a table or view'],
  [
    'set',
    'write',
    ['privilege-escalation', 'audit-tamper', 'code-execution', 'credential-issue'],
    'Set a parameter; sql:set:role takes other rights',
  ],
  ['show', 'list', ['secret-read'], 'Show names, shapes and settings'],
  ['shutdown', 'write', ['destructive'], 'Stop the server'],
  ['system', 'unknown', DESTROYS, 'Administer the server (ClickHouse)'],
  ['truncate', 'write', DESTROYS, 'Empty a table'],
  ['uncache', 'write', [], 'Take a table out of memory'],
  ['uninstall', 'write', ['destructive'], 'Remove a plug-in'],
  ['unlisten', 'read', [], 'Listen on a channel no more'],
  ['unload', 'write', ['data-export'], 'Write the result of a query to a bucket'],
  ['unlock', 'write', [], 'Unlock tables'],
  ['update', 'write', DESTROYS, 'Change rows; flag no-where: all of them'],
  ['use', 'read', [], 'Choose where names are looked up, or a warehouse'],
  ['vacuum', 'write', ['destructive', 'data-export'], 'Free the space of deleted rows'],
];

export function sqlCatalogue(): Catalogue {
  return { provider: 'sql', complete: false, entries };
}

function* entries(): Generator<CatalogueEntry> {
  for (const [verb, level, tags, summary] of ROWS) yield { name: `sql:${verb}:*`, level, tags, summary };
  const summary = 'SQL that was not understood, or that servers could read in two ways';
  yield { name: 'sql:unknown', level: 'unknown', tags: [], summary };
}
