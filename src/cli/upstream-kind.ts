// A kind of upstream as one word on a command line or in a file of cases: what `kind:` says in holdgate.yaml.
import { readFileSync } from 'node:fs';
import { type Actions, createActions } from '../actions/registry.ts';
import type { Call } from '../core/call.ts';
import { fileTrouble } from '../core/file-trouble.ts';
import { unknownName } from '../core/policy/schema-leaves.ts';
import { SQL_SERVICES, type SqlService, UPSTREAM_KINDS, type UpstreamKind } from '../core/upstream.ts';

const MAX_UPSTREAMS = 100;

export interface Kind {
  readonly kind: UpstreamKind;
  readonly openapi?: { readonly file: string; readonly text: string };
  readonly sqlService?: SqlService;
}

/** Reads every call as one to an upstream of this kind, called as the call says. */
export function actionsOfKind(kind: Kind): Actions {
  const known = new Map<string, Actions>();
  const of = ({ upstream: id }: Call): Actions => {
    let actions = known.get(id);
    if (!actions) {
      // As many as there are names in what somebody wrote down.
      if (known.size >= MAX_UPSTREAMS) known.clear();
      actions = createActions([{ id, basePath: '', ...kind }]);
      known.set(id, actions);
    }
    return actions;
  };
  return {
    recognise: (call) => of(call).recognise(call),
    needsBody: (call) => of(call).needsBody(call),
    family: (call) => of(call).family(call),
    envelope: (call) => of(call).envelope(call),
  };
}

/** A word of UPSTREAM_KINDS, `openapi:<file>` or `sql-over-http:<service>`; what is wrong with it is a text. */
export function readKind(text: string): Kind | string {
  const word = UPSTREAM_KINDS.find((each) => each === text);
  if (word) return { kind: word };
  const [name, ...rest] = text.split(':');
  const value = rest.join(':');
  if (name === 'sql-over-http' && value !== '') {
    const sqlService = SQL_SERVICES.find((each) => each === value);
    return sqlService ? { kind: name, sqlService } : unknownName('service', value, SQL_SERVICES);
  }
  if (name === 'openapi' && value !== '') {
    try {
      return { kind: name, openapi: { file: value, text: readFileSync(value, 'utf8') } };
    } catch (error) {
      return `${value} cannot be read: ${fileTrouble(error)}`;
    }
  }
  return unknownName('kind', text, [...UPSTREAM_KINDS, 'openapi:FILE', 'sql-over-http:SERVICE']);
}
