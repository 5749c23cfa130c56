// One plain sentence for the approver, from what was found.
import type { Finding } from './finding.ts';

/** With an object, and without one. */
const VERBS: Readonly<Record<string, readonly [withObject: string, alone: string]>> = {
  select: ['Read', 'Compute a result without reading a table'],
  insert: ['Insert into', 'Insert'],
  update: ['Update', 'Update'],
  delete: ['Delete from', 'Delete'],
  merge: ['Merge into', 'Merge'],
  replace: ['Replace rows of', 'Replace rows'],
  truncate: ['Empty', 'Empty a table'],
  do: ['Run a block of code in', 'Run a block of code'],
  copy: ['Copy', 'Copy the result of a query'],
  unload: ['Export', 'Export the result of a query'],
  export: ['Export', 'Export the result of a query'],
  lock: ['Lock', 'Lock rows'],
  grant: ['Grant rights on', 'Grant rights'],
  revoke: ['Revoke rights on', 'Revoke rights'],
  comment: ['Comment on', 'Comment'],
  explain: ['Explain a query on', 'Explain a query'],
  execute: ['Execute prepared', 'Execute SQL that is put together when it runs'],
  listen: ['Listen on', 'Listen'],
  login: ['Sign in to', 'Sign in, and get the token of a session'],
  begin: ['Begin', 'Begin a transaction'],
  commit: ['Commit', 'Commit the transaction'],
  rollback: ['Roll back', 'Roll the transaction back'],
};

const FLAGS: Readonly<Record<string, string>> = {
  'no-where': 'without a condition: every row',
  'server-file': 'with a file of the server or a storage address',
  program: 'with a program on the server',
  cascade: 'and everything that depends on it',
  superuser: 'as superuser',
  'to-public': 'to everybody',
  'with-grant-option': 'with the right to pass them on',
  'all-in-schema': 'on everything in it',
  'default-privileges': 'on whatever will be made',
  'unknown-function': 'which can do anything',
  deletes: 'deleting rows',
};

/** `object` is the object's name as in the action's. */
export function sentence({ verb, type, flags = [], params = {} }: Finding, object: string | undefined): string {
  const plain = verb.charAt(0).toUpperCase() + verb.slice(1);
  const [withObject, alone] = (Object.hasOwn(VERBS, verb) ? VERBS[verb] : undefined) ?? [plain, plain];
  const kind = type === undefined || type === 'table' ? '' : `${type} `;
  const rights = list(params['privileges']);
  const to = list(params['grantees']);
  const how = flags.flatMap((flag) => (Object.hasOwn(FLAGS, flag) ? [FLAGS[flag] ?? flag] : []));
  const what = object === undefined ? alone : `${withObject} ${kind}${object}`;
  const whom = `${to === '' ? '' : ` ${verb === 'revoke' ? 'from' : 'to'} ${to}`}${rights === '' ? '' : ` (${rights})`}`;
  return `${what}${whom}${how.length === 0 ? '' : `, ${how.join(', ')}`}`;
}

function list(value: unknown): string {
  if (!Array.isArray(value)) return '';
  const texts = value.filter((each): each is string => typeof each === 'string');
  return texts.length > 8 ? `${texts.slice(0, 8).join(', ')} and ${texts.length - 8} more` : texts.join(', ');
}
