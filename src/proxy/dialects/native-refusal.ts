// A refusal in the language of the upstream's API, so that an unmodified client raises its own error with our words in it.
import { type ProblemType, problems } from '../../core/problems.ts';
import type { UpstreamKind } from '../../core/upstream.ts';
import { kubernetesStatus } from './kubernetes.ts';

export interface NativeRefusal {
  readonly contentType: string;
  readonly body: string;
}

interface Words {
  readonly detail: string;
  readonly approvalId?: string;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** Undefined where the API has no form of its own: then it is a problem of RFC 9457. */
export function nativeRefusal(
  kind: UpstreamKind | undefined,
  type: ProblemType,
  { detail, approvalId, retryAfter }: Words,
): NativeRefusal | undefined {
  if (kind !== 'kubernetes') return undefined;
  const message = `${detail}${approvalId === undefined ? '' : ` (approval ${approvalId})`} [${type}]`;
  return {
    contentType: 'application/json',
    body: kubernetesStatus({ status: problems[type].status, message, retryAfter }),
  };
}
