// Kubernetes: what a call to an API server does, in the words of its authorisation (RBAC): `k8s:<verb>:<group>/<resource>[/<sub>]`.
// INVARIANT: a call that the server could read otherwise than we do gives every reading, and none of them exact.
import type { Action } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';
import { url } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { Recogniser } from '../recogniser.ts';
import { isBodyTold } from './body-findings.ts';
import { type KubernetesBody, readKubernetesBody } from './body-reading.ts';
import { goQuery } from './go-query.ts';
import { impersonations } from './impersonation.ts';
import { nonResourceAction } from './non-resource.ts';
import { expectedType } from './object-identity.ts';
import type { RequestInfo } from './request-info.ts';
import { requestReadings } from './request-readings.ts';
import { resourceActions } from './resource-actions.ts';

/** `base`: the path below which the API stands (the upstream's own), without a trailing slash; empty for none. */
export function createKubernetesRecogniser(base = ''): Recogniser {
  return {
    // Nothing in a call gives an API server away: the upstream has to be configured as one.
    claims: () => false,
    needsBody(call) {
      const { infos } = requestReadings(call, goQuery(call.query), base);
      return infos.some((info) => info.kind === 'resource' && isBodyTold(info));
    },
    recognise(call) {
      const query = goQuery(call.query);
      const { infos, sure } = requestReadings(call, query, base);
      let body: KubernetesBody | undefined;
      const context = { call, query, sure, body: () => (body ??= readKubernetesBody(call, expectedBody(infos))) };
      const actions = infos.flatMap((info) => {
        if (info.kind === 'resource') return resourceActions(info, context);
        return [info.kind === 'non-resource' ? nonResourceAction(info, sure) : unknownAction(call, info.why)];
      });
      return [...actions, ...impersonations(call.headers)];
    },
  };
}

function expectedBody(infos: readonly RequestInfo[]): { readonly apiVersion: string; readonly kind: string } {
  for (const info of infos) {
    if (info.kind !== 'resource') continue;
    const { verb } = info;
    if (verb === 'delete' || verb === 'deletecollection') return { apiVersion: 'v1', kind: 'DeleteOptions' };
    return expectedType(info);
  }
  return { apiVersion: '', kind: '' };
}

function unknownAction(call: Call, why: string): Action {
  return {
    provider: 'k8s',
    service: '',
    operation: '',
    name: 'k8s:unknown',
    level: 'unknown',
    levelSource: 'rule',
    tags: [],
    resource: {},
    params: { why },
    summary: `${call.method} ${shortenedText(url(call), 200)}: not recognised, ${why}`,
    confidence: 'unknown',
  };
}
