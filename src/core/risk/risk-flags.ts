// What an approver should look at twice in one call. Pure and bounded; runs once, when a call is held, never on the path of others.
import type { Action } from '../action.ts';
import type { Call } from '../call.ts';
import { flagAdminGrants } from './admin-grants.ts';
import { flagDamage } from './damage.ts';
import { flagDoubts } from './doubts.ts';
import { flagExposure } from './exposure.ts';
import { FlagList, type RiskFlag } from './flag.ts';
import { materialOf } from './material.ts';
import { flagPolicyDocuments } from './policy-document.ts';

export interface FlagInput {
  /** With its whole body. */
  readonly call: Call;
  readonly actions: readonly Action[];
  /** The agent's own words. */
  readonly justification: string | undefined;
  /** Approvals that this agent opened within ten minutes, this one included, as far as this process knows. */
  readonly heldLately: number;
  /** The working hours as text, where it was asked outside of them. */
  readonly offHours?: string | undefined;
}

/** Held calls within ten minutes that are many. */
export const BURST = 8;

/** Worst first; at most 24. Never throws on any call. */
export function riskFlags({ call, actions, justification, heldLately, offHours }: FlagInput): readonly RiskFlag[] {
  const flags = new FlagList();
  const material = materialOf(call, actions);
  flagPolicyDocuments(material, ownAccounts(actions), flags);
  flagAdminGrants(material, actions, flags);
  flagExposure(call, material, actions, flags);
  flagDamage(material, actions, flags);
  flagDoubts(call, material, actions, justification, flags);
  if (heldLately >= BURST) flags.add('burst', '', `${heldLately} held calls`);
  if (offHours !== undefined) flags.add('off-hours', '', offHours);
  return flags.list();
}

/** The accounts of what the call is about; roles that it hands over may be anybody's. */
function ownAccounts(actions: readonly Action[]): ReadonlySet<string> {
  const own = actions.filter(({ provider, name }) => provider === 'aws' && name !== 'aws:iam:PassRole');
  return new Set(own.flatMap(({ resource }) => (resource.account === undefined ? [] : [resource.account])));
}
