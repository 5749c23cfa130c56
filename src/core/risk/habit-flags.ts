// What is new for this agent, judged by the approvals that it had before. The store keeps those; calls that were let through are not among them.
import type { Action } from '../action.ts';
import type { Opened } from '../approval/events.ts';
import { FlagList, type RiskFlag } from './flag.ts';

/** `before`: this agent's earlier approvals, newest first, as many as were looked at. */
export function habitFlags(opened: Opened, before: readonly Opened[]): readonly RiskFlag[] {
  const flags = new FlagList();
  const known = new Map<string, Set<string>>();
  for (const { name, params } of before.flatMap((one) => one.actions)) {
    const names = known.get(name) ?? new Set();
    for (const key of Object.keys(params)) names.add(key);
    known.set(name, names);
  }
  const among = before.length === 0 ? 'its first approval' : `none of its last ${before.length} approvals was about it`;
  for (const { name, params } of unique(opened.actions)) {
    const names = known.get(name);
    if (!names) flags.add('first-time', '', `${name} (${among})`);
    else for (const key of Object.keys(params)) if (!names.has(key)) flags.add('new-parameter', name, key);
  }
  return flags.list();
}

function unique(actions: readonly Action[]): readonly Action[] {
  return [...new Map(actions.map((action) => [action.name, action])).values()];
}
