// The directory of people: who is in the configuration or let in by an identity provider, and which groups they are in now, whoever says so.
// INVARIANT: a group counts if the configuration, or a source that is believed now, says so; what nobody can confirm is not there.
import { type Directory, humanId, type Person } from '../core/principal.ts';
import type { GroupSource } from '../ports/group-source.ts';
import type { OnCall } from './on-call.ts';

export interface DirectoryDeps {
  readonly people: readonly Person[];
  /** In addition to the groups of `people`. */
  readonly sources: readonly GroupSource[];
  readonly onCall: Pick<OnCall, 'of'>;
}

export function createDirectory({ people, sources, onCall }: DirectoryDeps): Required<Directory> {
  const entries = new Map(people.map((person) => [humanId(person.email), person.groups]));
  const isKnown = (email: string): boolean =>
    entries.has(email) || sources.some((source) => source.admits?.(email) === true);
  const withSchedules = (email: string, groups: readonly string[]): readonly string[] => {
    const all = [...new Set([...(entries.get(email) ?? []), ...groups])];
    const now = onCall.of({ email, groups: all });
    return now.length === 0 ? all : [...all, ...now];
  };
  return {
    person(id) {
      const email = humanId(id);
      if (!isKnown(email)) return undefined;
      return {
        email,
        get groups() {
          return withSchedules(
            email,
            sources.flatMap((source) => source.of(email)),
          );
        },
      };
    },
    async confirm(id, asked) {
      const email = humanId(id);
      // What the configuration says needs nobody's word.
      const open = asked.filter((group) => !(entries.get(email) ?? []).includes(group));
      const answers = await Promise.all(sources.map((source) => source.confirm(email, open)));
      const unsure = answers.flatMap((answer) => answer.unsure);
      if (!isKnown(email)) return { person: undefined, unsure };
      const groups = withSchedules(
        email,
        answers.flatMap((answer) => answer.groups),
      );
      return { person: { email, groups }, unsure };
    },
  };
}
