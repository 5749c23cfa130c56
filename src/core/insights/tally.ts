// Insights, added up approval by approval, newest first or in any order. INVARIANT: of an approval only numbers and names are kept, so that
// thousands can be gone through.
import type { Approval } from '../approval/state.ts';
import { RISKS } from '../policy/schema-words.ts';
import { createGroup, type Group } from './figures.ts';
import type { ApproverFigures, Insights } from './insights.ts';
import { DEFAULT_RULE, suggestionFor } from './suggestions.ts';
import { quantile, quick, share } from './times.ts';

export interface InsightsTally {
  add(approval: Approval): void;
  /** `putOff`: messages by agent. */
  result(terms: Pick<Insights, 'window' | 'since' | 'cut'>, putOff: ReadonlyMap<string, number>): Insights;
}

interface Votes {
  approve: number;
  deny: number;
  readonly times: number[];
}

export function createInsightsTally(): InsightsTally {
  const total = createGroup();
  const rules = new Map<string, Group>();
  const risks = new Map<string, Group>();
  const approvers = new Map<string, Votes>();
  const agents = new Map<string, number>();
  let read = 0;

  return {
    add(approval) {
      const { opened, votes, granted } = approval;
      read += 1;
      // Nobody was asked, so nobody dealt with it in any way.
      if (granted) return;
      total.add(approval);
      of(risks, opened.risk, createGroup).add(approval);
      const held = opened.rules.length === 0 ? [DEFAULT_RULE] : new Set(opened.rules);
      for (const rule of held) of(rules, rule, createGroup).add(approval);
      agents.set(opened.agent, (agents.get(opened.agent) ?? 0) + 1);
      for (const { by, vote, at } of votes) {
        const mine = of(approvers, by, (): Votes => ({ approve: 0, deny: 0, times: [] }));
        mine[vote] += 1;
        mine.times.push(Math.max(0, at - opened.at));
      }
    },
    result(terms, putOff) {
      const byRule = [...rules].toSorted(([a, x], [b, y]) => opened(y) - opened(x) || order(a, b));
      const names = new Set([...agents.keys(), ...putOff.keys()]);
      return {
        ...terms,
        read,
        total: total.figures(),
        rules: byRule.map(([rule, group]) => ({ rule, ...group.figures() })),
        risks: RISKS.toReversed().flatMap((risk) => {
          const group = risks.get(risk);
          return group ? [{ risk, ...group.figures() }] : [];
        }),
        approvers: [...approvers].map(approver).toSorted((a, b) => b.votes - a.votes || order(a.by, b.by)),
        agents: [...names]
          .map((agent) => ({ agent, held: agents.get(agent) ?? 0, put_off: putOff.get(agent) ?? 0 }))
          .toSorted((a, b) => b.held - a.held || order(a.agent, b.agent)),
        suggestions: byRule.flatMap(([rule, group]) => suggestionFor(rule, group, terms.window) ?? []),
      };
    },
  };
}

const opened = (group: Group): number => group.figures().opened;
const order = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

function of<T>(map: Map<string, T>, key: string, make: () => T): T {
  const known = map.get(key) ?? make();
  map.set(key, known);
  return known;
}

function approver([by, { approve, deny, times }]: [string, Votes]): ApproverFigures {
  const ascending = times.toSorted((a, b) => a - b);
  return {
    by,
    votes: times.length,
    approved: approve,
    denied: deny,
    median_ms: quantile(ascending, 0.5) ?? 0,
    under_5s: share(quick(times), times.length) ?? 0,
  };
}
