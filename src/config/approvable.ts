// Agents whose held calls nobody could approve: whoever is entitled by default is the agent's owner, or somebody it acts for.
import { groupsElsewhere } from './sign-in-settings.ts';
import type { Config } from './types.ts';

/** Index in `agents` and how many people are left, for every agent with fewer than `hold.approvals`. Rules may name others. */
export function unapprovable(
  config: Pick<Config, 'agents' | 'people' | 'hold' | 'sign_in' | 'channels'>,
): { readonly agent: number; readonly eligible: number }[] {
  const { agents, people, hold } = config;
  const from = new Set(hold.from);
  const elsewhere = groupsElsewhere(config);
  // Anybody may be on call some day, or in a group that somebody else keeps.
  const anybody =
    from.size === 0 || hold.from.some((entry) => entry.startsWith('oncall:') || elsewhere.includes(entry.slice(6)));
  if (anybody && config.sign_in.some(({ provision }) => provision)) return [];
  const entitled = people.filter(
    ({ email, groups }) => anybody || from.has(email) || groups.some((group) => from.has(`group:${group}`)),
  );
  return agents.flatMap(({ owner, acts_for: actsFor, disabled }, agent) => {
    const eligible = entitled.filter(({ email }) => email !== owner && !actsFor.includes(email)).length;
    return disabled || eligible >= hold.approvals ? [] : [{ agent, eligible }];
  });
}
