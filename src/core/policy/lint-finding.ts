// What linting a set of policies takes and gives.

export interface Finding {
  /** Errors stop `policy check` and the start; warnings do not. */
  readonly severity: 'error' | 'warning';
  readonly code:
    | 'unknown-name'
    | 'unmatched-name'
    | 'never-matches'
    | 'shadowed'
    | 'broad-allow'
    | 'no-owner'
    | 'no-description'
    | 'duplicate-id'
    | 'quorum-impossible';
  /** `file:line:col`. */
  readonly at: string;
  readonly rule: string | undefined;
  readonly message: string;
}

/** What the configuration knows. A list that is left out is not checked against. */
export interface KnownNames {
  readonly upstreams?: readonly string[];
  /** Leave out where agents also come from token issuers: then ids are not known beforehand. */
  readonly agents?: readonly string[];
  readonly people?: readonly { readonly email: string; readonly groups: readonly string[] }[];
  /** Quorum and approvers of holds that name none (`hold:` in holdgate.yaml). */
  readonly hold?: { readonly approvals: number; readonly from: readonly string[] };
}
