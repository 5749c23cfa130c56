// Asking an upstream with the credential for previews: reads, and rehearsals that the API promises not to carry out. INVARIANT: nothing
// else can be said through it, and the agent's way and credential are never used.
import type { Call, RawHeaders } from '../core/call.ts';
import type { Rehearsal } from '../core/rehearsal.ts';

export interface ReadRequest {
  readonly method: 'GET' | 'HEAD';
  /** `Host` that the upstream sees. */
  readonly host: string;
  readonly path: string;
  readonly query: string | undefined;
  /** In addition to those of every preview. */
  readonly headers?: RawHeaders;
  /** What the held call was signed for, where its upstream takes signatures. */
  readonly signedFor?: Call['signedFor'];
}

export type ReadAnswer =
  | {
      readonly outcome: 'answered';
      readonly status: number;
      readonly headers: RawHeaders;
      /** At most a mebibyte. */
      readonly body: Uint8Array;
      /** True where there was more. */
      readonly cut: boolean;
    }
  /** In words of ours. */
  | { readonly outcome: 'failed'; readonly why: string };

export interface ReadClient {
  /** Undefined where the upstream has no credential for previews. */
  terms(upstream: string): { readonly dryRun: boolean; readonly basePath: string } | undefined;
  /** Never rejects. */
  read(upstream: string, request: ReadRequest, signal: AbortSignal): Promise<ReadAnswer>;
  /** Never rejects. Only where the terms say `dryRun`. */
  rehearse(rehearsal: Rehearsal, signal: AbortSignal): Promise<ReadAnswer>;
}
