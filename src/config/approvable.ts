// Agents whose held calls nobody could approve: whoever is entitled by default is the agent's owner, or somebody it acts for.
import type { Config } from './types.ts';

/** Index in `agents` and how many people are left, for every agent with fewer than `hold.approvals`. Rules may name others. */
export function unapprovable({
  agents,
  people,
  hold,
}: Pick<Config, 'agents' | 'people' | 'hold'>): { readonly agent: number; readonly eligible: number }[] {
  const from = new Set(hold.from);
  // Anybody may be on call some day.
  const anybody = from.size === 0 || hold.from.some((entry) => entry.startsWith('oncall:'));
  const entitled = people.filter(
    ({ email, groups }) => anybody || from.has(email) || groups.some((group) => from.has(`group:${group}`)),
  );
  return agents.flatMap(({ owner, acts_for: actsFor, disabled }, agent) => {
    const eligible = entitled.filter(({ email }) => email !== owner && !actsFor.includes(email)).length;
    return disabled || eligible >= hold.approvals ? [] : [{ agent, eligible }];
  });
}
