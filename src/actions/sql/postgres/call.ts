// What a call of a function in an expression does. INVARIANT: only functions of pg_catalog that are known to change nothing are silent.
import type { SqlDialect } from '../dialect.ts';
import type { Findings } from '../finding.ts';
import { isHarmless } from '../known-functions.ts';
import { specialFunction } from '../special-functions.ts';
import { isCatalogueFunction, isHarmlessFunction } from './catalogue.ts';
import { constant, list, type Node, strings } from './node.ts';
import { setParameter } from '../parameter.ts';
import { qualified } from './relation.ts';

/** Adds what the call does, and says whether that is anything; arguments are the caller's to look at. */
export function findCall(call: Node, findings: Findings, dialect: SqlDialect): boolean {
  const parts = strings(call['funcname']);
  const name = parts.at(-1) ?? '?';
  const builtIn = parts.length === 1 || parts.at(-2) === 'pg_catalog';
  if (builtIn && name === 'set_config') {
    setConfig(call, findings);
    return true;
  }
  const special = specialFunction(name);
  if (special === undefined && builtIn && isHarmlessFunction(name)) return false;
  if (special === undefined && dialect !== 'postgresql' && builtIn && isHarmless(name, dialect)) return false;
  findings.add({
    verb: 'call',
    type: 'function',
    name: parts.length === 1 && isCatalogueFunction(name) ? ['pg_catalog', name] : qualified(parts),
    ...(special ?? { effect: 'exec', flags: ['unknown-function'] }),
  });
  return true;
}

/** `set_config('role', …)` is `SET role`. */
function setConfig(call: Node, findings: Findings): void {
  const [parameter, value] = list(call['args']).map(constant);
  if (parameter === undefined) findings.doubt('computed-parameter');
  else setParameter(findings, { name: parameter.toLowerCase(), value, verb: 'set' });
}
