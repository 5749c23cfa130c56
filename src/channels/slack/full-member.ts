// Whom Slack's word makes a full, present member of a workspace: the only accounts that may stand for a person.
import type { SlackUser } from './slack-api.ts';

/** Why this account stands for nobody; undefined where it may. */
export function memberFault(user: SlackUser, teamId: string): string | undefined {
  if (user.teamId !== teamId || user.stranger) return 'Only members of this workspace may approve.';
  if (user.deleted) return 'This account is deactivated.';
  if (user.bot) return 'Only people may approve.';
  return user.restricted ? 'Guests may not approve.' : undefined;
}
