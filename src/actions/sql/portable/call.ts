// What a call of a function does, in dialects that are read by their words.
import { isHarmless } from '../known-functions.ts';
import { specialFunction } from '../special-functions.ts';

import type { PortableReader } from './portable-reader.ts';

/** Functions whose argument names a table or is a statement. */
const NAMING: ReadonlySet<string> = new Set([
  'identifier',
  'table',
  'result_scan',
  'view',
  'merge',
  'cluster',
  'clusterallreplicas',
]);

/** Adds what the call does, and says whether that is anything. `isOwn`: no built-in function is written like this. */
export function findCall(name: readonly string[], { dialect, findings }: PortableReader, isOwn = false): boolean {
  const parts = dialect === 'bigquery' && name[0] === 'safe' ? name.slice(1) : name;
  const whole = parts.join('.').toLowerCase();
  const last = (parts.at(-1) ?? '').toLowerCase();
  const special =
    specialFunction(whole) ?? specialFunction(whole.split('.').slice(-2).join('.')) ?? specialFunction(last);
  if (last.startsWith('system$')) findings.doubt('system-function');
  if (special === undefined && !isOwn && isHarmless(whole, dialect)) return false;
  if (NAMING.has(last)) findings.doubt('computed-name');
  findings.add({
    verb: 'call',
    type: 'function',
    name: parts,
    ...(special ?? { effect: 'exec', flags: ['unknown-function'] }),
  });
  return true;
}
