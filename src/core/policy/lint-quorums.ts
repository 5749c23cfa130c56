// Holds that nobody could ever approve: more approvals asked for than there are people who may vote.
import { isEligible } from '../approval/quorum.ts';
import { humanId } from '../principal.ts';
import type { PolicyFile } from './ast.ts';
import type { Finding, KnownNames } from './lint-finding.ts';

/** One error for each hold rule whose quorum exceeds its eligible people; nothing where people are not known. */
export function lintQuorums(files: readonly PolicyFile[], known: KnownNames): Finding[] {
  const { people, hold, groupsElsewhere = [], peopleElsewhere = false } = known;
  if (!people) return [];
  const voters = people.map((person) => ({ by: humanId(person.email), groups: person.groups }));
  return files
    .flatMap((file) => file.rules)
    .filter((rule) => rule.effect === 'hold')
    .flatMap((rule): Finding[] => {
      const approvals = rule.hold?.approvals ?? hold?.approvals ?? 1;
      const from = rule.hold?.from ?? hold?.from ?? [];
      // Anybody may be on call some day, or in a group that somebody else keeps; there, people nobody has named may be too.
      const anybody = from.some((entry) => entry.startsWith('oncall:') || isElsewhere(entry, groupsElsewhere));
      if (peopleElsewhere && (anybody || from.length === 0)) return [];
      const counting = voters.filter((voter) => anybody || isEligible(from, voter));
      const named = peopleElsewhere ? from.filter((entry) => entry.includes('@')).map(humanId) : [];
      const eligible = new Set([...counting.map((voter) => voter.by), ...named]).size;
      if (eligible >= approvals) return [];
      const asked = from.length === 0 ? 'everyone in people' : from.join(', ');
      const message = `rule "${rule.id}" needs ${approvals} approvals from ${asked}: that is ${eligible} in people, nobody could ever approve`;
      return [{ severity: 'error', code: 'quorum-impossible', at: rule.at, rule: rule.id, message }];
    });
}

const isElsewhere = (entry: string, groups: readonly string[]): boolean =>
  entry.startsWith('group:') && groups.includes(entry.slice('group:'.length));
