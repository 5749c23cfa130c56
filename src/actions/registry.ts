// Which family reads a call: the one its upstream is configured as, else one that knows the host, else plain HTTP.
import type { Action } from '../core/action.ts';
import type { Call } from '../core/call.ts';
import type { Upstream } from '../core/upstream.ts';
import { createAwsRecogniser } from './aws/recogniser.ts';
import { recogniseHttp } from './http.ts';
import { createKubernetesRecogniser } from './kubernetes/recogniser.ts';
import type { Recogniser } from './recogniser.ts';

export interface Actions {
  /** Everything that the call does; at least one action. */
  recognise(call: Call): readonly Action[];
  /** True while that can be told only with the body, which is still to come. */
  needsBody(call: Call): boolean;
}

const http: Recogniser = { claims: () => true, needsBody: () => false, recognise: recogniseHttp };

/** `upstreams`: those of the configuration; calls to others are read by their host. */
export function createActions(upstreams: readonly Pick<Upstream, 'id' | 'kind' | 'basePath'>[]): Actions {
  const aws = createAwsRecogniser();
  const configured = new Map<string, Recogniser>();
  for (const { id, kind, basePath } of upstreams) {
    if (kind === 'kubernetes') configured.set(id, createKubernetesRecogniser(basePath));
    else if (kind !== undefined) configured.set(id, kind === 'aws' ? aws : http);
  }
  const familyOf = (call: Call): Recogniser => configured.get(call.upstream) ?? (aws.claims(call) ? aws : http);
  return {
    recognise: (call) => familyOf(call).recognise(call),
    needsBody: (call) => familyOf(call).needsBody(call),
  };
}
