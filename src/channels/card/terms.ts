// What messages of every channel are made with.
import type { ApprovalView } from '../../core/approval/view.ts';
import type { Risk } from '../../core/policy/types.ts';
import type { SecretSource } from '../../ports/secret-source.ts';

export interface MessageTerms {
  /** Keys of the values of buttons. */
  readonly secrets: SecretSource;
  /** Highest risk that may be approved by a click here. */
  readonly approveUpTo: Risk;
  /** The console as people reach it. */
  readonly consoleUrl: string | undefined;
}

/** Where everything is seen. */
export const fullView = ({ id }: Pick<ApprovalView, 'id'>, consoleUrl: string | undefined): string =>
  consoleUrl === undefined ? `holdgate approvals show ${id}` : `${consoleUrl}/api/v1/approvals/${id}`;
