// What a refusal says to the agent, whatever form it takes.

export interface Refusal {
  readonly detail: string;
  readonly reason?: string;
  readonly approvalId?: string;
  readonly approvalUrl?: string;
  readonly ruleId?: string;
  /** Seconds until the agent should come back. */
  readonly retryAfter?: number;
  /** The connection cannot be trusted any more (framing unclear) or has unread bytes on it. */
  readonly close?: boolean;
  readonly extra?: Readonly<Record<string, unknown>>;
}
