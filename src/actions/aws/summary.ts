// One plain sentence for the approver.
import type { Action } from '../../core/action.ts';

/** `<Operation> in <service> (<region>): <main resource>`, or what is known of a call that nobody recognised. */
export function summaryOf(action: Omit<Action, 'summary'>): string {
  const { service, operation, resource } = action;
  const where = resource.region === undefined ? '' : ` (${resource.region})`;
  const what =
    resource.id === undefined ? '' : `: ${resource.type === undefined ? '' : `${resource.type} `}${resource.id}`;
  return `${operation} in ${service}${where}${what}`;
}
