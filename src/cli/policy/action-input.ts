// An action without a call: what `--action` and the `action` of a test case stand for.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import type { CaseAction } from '../../core/policy/schema-cases.ts';

/** The action, everything that is not said left unknown. */
export function toAction(source: CaseAction): Action {
  const [provider = '', service = '', ...rest] = source.name.split(':');
  return {
    provider,
    service,
    operation: rest.join(':'),
    name: source.name,
    level: source.level ?? 'unknown',
    levelSource: 'rule',
    tags: source.tags ?? [],
    resource: source.resource ?? {},
    params: source.params ?? {},
    summary: source.name,
    confidence: 'exact',
    ...(source.boundary !== undefined && { boundary: source.boundary }),
  };
}

/** The call that carries it: nothing about it is known but the upstream. */
export function callOfAction(upstream: string | undefined): Call {
  return {
    method: 'POST',
    upstream: upstream ?? '',
    scheme: 'https',
    host: '',
    path: '/',
    query: undefined,
    headers: [],
    body: { state: 'none' },
  };
}
