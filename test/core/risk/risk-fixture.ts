// Calls as agents send them, read by the real recognisers where a family has one, and the flags that an approver gets to see.
import { createActions } from '../../../src/actions/registry.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { riskFlags } from '../../../src/core/risk/risk-flags.ts';
import type { RiskFlag } from '../../../src/core/risk/flag.ts';
import type { Upstream } from '../../../src/core/upstream.ts';

export interface Sketch {
  readonly method?: string;
  readonly url?: string;
  readonly headers?: readonly string[];
  readonly body?: string | object;
  readonly type?: string;
}

export function callOf({ method = 'POST', url = 'https://api.test/', headers = [], body, type }: Sketch = {}): Call {
  const parts = /^(https?):\/\/([^/?]+)([^?]*)(?:\?(.*))?$/s.exec(url);
  if (!parts) throw new Error(`not a URL: ${url}`);
  const [, scheme, host = '', path = '', query] = parts;
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const bytes = text === undefined ? undefined : new TextEncoder().encode(text);
  const contentType = type ?? (typeof body === 'object' ? 'application/json' : 'application/x-www-form-urlencoded');
  return {
    method,
    upstream: 'api',
    scheme: scheme === 'http' ? 'http' : 'https',
    host,
    path: path === '' ? '/' : path,
    query,
    headers: [...headers, ...(bytes ? ['Content-Type', contentType] : [])],
    body: bytes ? { state: 'whole', bytes, decoded: bytes } : { state: 'none' },
  };
}

export function actionOf(over: Partial<Action> = {}): Action {
  return {
    provider: 'http',
    service: '',
    operation: 'POST',
    name: 'http:POST:api.test/',
    level: 'write',
    levelSource: 'catalogue',
    tags: [],
    resource: {},
    params: {},
    summary: 'Do something',
    confidence: 'exact',
    ...over,
  };
}

export function recognised(call: Call, kind: Upstream['kind']): readonly Action[] {
  return createActions([{ id: 'api', kind, basePath: '' }]).recognise(call);
}

/** The flags of a call, read as `kind`, or of the actions that are given. */
export function flagsOf(
  call: Call,
  read: Upstream['kind'] | readonly Action[],
  justification?: string,
): readonly RiskFlag[] {
  const actions = typeof read === 'object' ? read : recognised(call, read);
  return riskFlags({ call, actions, justification, heldLately: 1 });
}

export function ids(flags: readonly RiskFlag[]): readonly string[] {
  return [...new Set(flags.map(({ id }) => id))].toSorted();
}

/** A call in the query protocol of AWS. */
export function awsQuery(service: string, version: string, fields: Readonly<Record<string, string>>): Call {
  const body = new URLSearchParams({ ...fields, Version: version }).toString();
  return callOf({ url: `https://${service}.amazonaws.com/`, body });
}

export const iam = (fields: Readonly<Record<string, string>>): Call => awsQuery('iam', '2010-05-08', fields);

export const policy = (...statements: readonly object[]): string =>
  JSON.stringify({ Version: '2012-10-17', Statement: statements });
