// Names in rules that the configuration does not have: a rule about an agent or upstream that does not exist never
// matches, an approver who does not exist never votes.
import { nearest } from '../nearest.ts';
import type { PolicyFile, Rule } from './ast.ts';
import type { Finding, KnownNames } from './lint-finding.ts';

const GLOB = /[*?]/;

/** Unknown upstreams, agents, groups, people, on-call schedules and places. */
export function lintNames(files: readonly PolicyFile[], known: KnownNames): Finding[] {
  return files
    .flatMap((file) => file.rules)
    .flatMap((rule) => [
      ...criteria(rule, 'upstream', known.upstreams),
      ...criteria(rule, 'agent', known.agents),
      ...approvers(rule, known),
      ...places(rule, known),
    ]);
}

function criteria(rule: Rule, kind: 'upstream' | 'agent', valid: readonly string[] | undefined): Finding[] {
  if (!valid) return [];
  const names = new Set([...rule.match, ...rule.except].flatMap((block) => block[kind] ?? []));
  return [...names]
    .filter((name) => !GLOB.test(name) && !valid.includes(name))
    .map((name) => unknown(rule, kind, name, valid));
}

function approvers(rule: Rule, known: KnownNames): Finding[] {
  const { people, groupsElsewhere = [], peopleElsewhere = false } = known;
  if (!people) return [];
  const groups = [...new Set([...people.flatMap((person) => person.groups), ...groupsElsewhere])];
  const emails = people.map((person) => person.email.toLowerCase());
  const names = [...(rule.hold?.from ?? []), ...(rule.hold?.escalate?.to ?? [])];
  return names.flatMap((name) => {
    if (name.startsWith('oncall:')) {
      const schedule = name.slice('oncall:'.length);
      const { onCall = [] } = known;
      return onCall.includes(schedule) ? [] : [unknown(rule, 'on-call schedule', schedule, onCall)];
    }
    if (name.startsWith('group:')) {
      const group = name.slice('group:'.length);
      return groups.includes(group) ? [] : [unknown(rule, 'group', group, groups)];
    }
    return peopleElsewhere || emails.includes(name.toLowerCase()) ? [] : [unknown(rule, 'person', name, emails)];
  });
}

function places(rule: Rule, { placeFault }: KnownNames): Finding[] {
  const names = placeFault ? (rule.hold?.notify ?? []) : [];
  return names.flatMap((name): Finding[] => {
    const fault = placeFault?.(name);
    if (fault === undefined) return [];
    return [
      { severity: 'error', code: 'unknown-name', at: rule.at, rule: rule.id, message: `rule "${rule.id}": ${fault}` },
    ];
  });
}

function unknown(rule: Rule, kind: string, name: string, valid: readonly string[]): Finding {
  const near = nearest(name, valid);
  const hint = near === undefined ? '' : `; did you mean "${near}"?`;
  const message = `rule "${rule.id}": the configuration has no ${kind} "${name}"${hint}`;
  return { severity: 'error', code: 'unknown-name', at: rule.at, rule: rule.id, message };
}
