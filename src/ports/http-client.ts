// Small requests of the gate's own: to channels, on-call schedules, issuers. Never a call of an agent.

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** http or https, absolute. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array;
  /** ms for everything. */
  readonly timeout: number;
  /** Lets the host be a private or loopback address. */
  readonly allowPrivate: boolean;
}

export type OutboundAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      /** Lower-case names; of several fields of one name the last. */
      readonly headers: Readonly<Record<string, string>>;
      /** At most 1 MiB; a longer answer is a failure. */
      readonly body: Buffer;
    }
  /** `sent`: the other side may have had (some of) the request. */
  | { readonly ok: false; readonly why: string; readonly sent: boolean };

export interface HttpClient {
  /** Never rejects, follows no redirect, tries once. */
  request(request: OutboundRequest): Promise<OutboundAnswer>;
}
