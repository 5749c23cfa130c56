// One request of Azure: a call, or a part of a batch; and what it may be, before it is an action.
import type { ActionLevel, ActionResource } from '../../core/action.ts';
import type { Call } from '../../core/call.ts';

export type AzureRequest = Pick<Call, 'method' | 'host' | 'path' | 'query' | 'headers' | 'body'>;

export interface Finding {
  /** `Microsoft.Authorization/roleAssignments/write`, `graph:POST:/applications/{id}/addPassword`, `login:token`. */
  readonly name: string;
  readonly level: ActionLevel;
  readonly resource: ActionResource;
  readonly params: Readonly<Record<string, unknown>>;
  /** False where the name may be another: a spelling or a version that nobody knows. */
  readonly known: boolean;
  /** False where parsers could take the request for something else. */
  readonly sure: boolean;
  /** Whether the body says more: parameters, and tags that depend on them. */
  readonly body: boolean;
  /** Tags that headers or parameters give it. */
  readonly tags?: readonly string[];
}
