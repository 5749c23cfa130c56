// What a call does, by the API's own name.

export type ActionLevel = 'read' | 'list' | 'write' | 'tagging' | 'permissions-management' | 'unknown';

/** Where an action stands to the compliance boundary of its upstream (core/boundary). */
export type BoundaryPlace = 'inside' | 'outside' | 'unknown';

export interface ActionResource {
  readonly type?: string;
  readonly id?: string;
  readonly arn?: string;
  readonly namespace?: string;
  readonly region?: string;
  readonly account?: string;
}

export interface Action {
  readonly provider: string;
  readonly service: string;
  readonly operation: string;
  /** `aws:iam:AttachRolePolicy`, `k8s:delete:apps/deployments`, `http:POST:host/path` … */
  readonly name: string;
  readonly level: ActionLevel;
  readonly levelSource: 'catalogue' | 'override' | 'rule' | 'heuristic';
  readonly tags: readonly string[];
  readonly resource: ActionResource;
  readonly params: Readonly<Record<string, unknown>>;
  /** One plain sentence for the approver. */
  readonly summary: string;
  readonly confidence: 'exact' | 'ambiguous' | 'unknown';
  /** Only where the upstream has a boundary. */
  readonly boundary?: BoundaryPlace;
  /** What makes it outside or unknown. */
  readonly boundaryEvidence?: string;
}
