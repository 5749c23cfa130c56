// Slack and Teams that refuse, ask for patience, or are away for ten minutes while approvals open, are decided elsewhere and expire: no
// approval is lost, shown twice or opened without votes, and every message is right afterwards.
import { describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type Asked, named, postsOf, SIDES, type Side, slackSide, teamsSide } from './channel-sides.ts';
import { type Table, useTable } from './channel-table.ts';

const RULES = `
  - id: short
    match: {method: POST, path: "/short"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], nudge: 3m, expires: 8m}
  - id: long
    match: {method: POST, path: "/long"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], nudge: 3m, expires: 45m}
`;
const SECOND = 1000;
const MINUTE = 60_000;
/** Short beside what a channel may take. */
const STEP = 4_000;

const names = (kind: string, from: number, to: number): string[] =>
  Array.from({ length: to - from + 1 }, (_, i) => `${kind}-${String(from + i).padStart(2, '0')}`);

/** Calls of these names, and what their agent is answered. */
function calls(table: Table<Side>, of: readonly string[]): Map<string, Promise<Response>> {
  return new Map(of.map((name) => [name, table.call(name, `/api/${name.split('-')[0]}?name=${name}`)]));
}

const postsAll = (table: Table<Side>, of: readonly string[]): number[] =>
  of.map((name) => postsOf(table.hand, `name=${name}`));

describe.each(SIDES)('%s, at %i gates', (_name, gates, make) => {
  const table = useTable<Side>({ hands: [make], rules: RULES, gates });

  it('away for ten minutes loses, doubles and opens nothing, and is right afterwards', async () => {
    const { hand, clock, upstream } = table;
    const before = [...names('long', 1, 6), ...names('short', 1, 4)];
    const during = [...names('long', 7, 12), ...names('short', 5, 8)];
    const answers = calls(table, before);
    for (const approval of await table.open(before.length)) await hand.shows(approval, /0 of 1/);
    hand.away();
    for (const [name, answer] of calls(table, during)) answers.set(name, answer);
    const all = await table.open(20);
    const of = (name: string): ApprovalView => named(all, name);
    const answered = async (name: string): Promise<number | undefined> => (await answers.get(name))?.status;

    // A click finds nobody who can say whose it is, if it comes through at all.
    await hand.approve('first', of('long-04')).catch(() => undefined);
    await clock.pass(5 * MINUTE, STEP);
    expect(await table.view(of('long-04'))).toMatchObject({ status: 'pending', votes: [] });
    expect(upstream.requests).toEqual([]);
    const elsewhere = table.gates.at(-1) ?? table.gate;
    for (const name of ['long-01', 'long-02', 'long-07', 'long-08']) {
      expect((await elsewhere.vote(of(name), 'approve')).status).toBe(200);
      expect(await answered(name)).toBe(200);
    }
    for (const name of ['long-03', 'long-09']) {
      await elsewhere.vote(of(name), 'deny', { reason: 'not now' });
      expect(await answered(name)).toBe(403);
    }
    await clock.pass(5 * MINUTE, STEP);
    for (const name of names('short', 1, 8)) expect(await answered(name)).toBe(403);
    expect(postsAll(table, during)).toEqual(during.map(() => 0));
    expect(upstream.requests).toHaveLength(4);

    hand.answers(() => undefined);
    await clock.pass(6 * MINUTE, STEP);
    const left = [...names('long', 4, 6), ...names('long', 10, 12)];
    for (const name of left) await hand.shows(of(name), /0 of 1/);
    for (const name of ['long-01', 'long-02']) await hand.shows(of(name), /Done, approved by security-oncall/);
    await hand.shows(of('long-03'), /Denied by security-oncall@example.com: not now/);
    for (const name of names('short', 1, 4)) await hand.shows(of(name), /Expired without a decision/);
    // Everybody was told once that time runs, where it was not said from the first.
    const reminded = (name: string): number | undefined => hand.thread(of(name))?.length;
    expect(names('long', 4, 6).map(reminded)).toEqual([1, 1, 1]);
    expect(names('long', 10, 12).map(reminded)).toEqual([0, 0, 0]);

    for (const name of left) {
      await hand.approve('second', of(name));
      expect(await answered(name)).toBe(200);
      await hand.shows(of(name), /Done, approved by second-oncall/);
    }
    await clock.pass(MINUTE);
    // What was over before it could be shown is not shown any more.
    expect(postsAll(table, before)).toEqual(before.map(() => 1));
    expect(postsAll(table, names('long', 10, 12))).toEqual([1, 1, 1]);
    expect(hand.posts()).toHaveLength(13);
    expect(upstream.requests).toHaveLength(10);
  });
});

describe.each(SIDES.filter(([, , , whole]) => whole))('%s, at %i gates,', (_name, gates, make) => {
  const table = useTable<Side>({ hands: [make], rules: RULES, gates });

  it('in a storm of refusals ends with one right message for each', async () => {
    const { hand, clock, upstream } = table;
    let asked = 0;
    hand.answers(() => {
      const turn = asked++ % 7;
      if (turn < 3) return { status: 503 };
      return turn < 6 ? { status: 429, retryAfter: 1 + turn } : undefined;
    });
    const of = names('long', 1, 20);
    const answers = calls(table, of);
    const all = await table.open(20);
    await clock.pass(MINUTE);
    for (const approval of all.slice(0, 10)) await table.gate.vote(approval, 'approve');
    await clock.pass(5 * MINUTE, STEP);
    expect(upstream.requests).toHaveLength(10);
    expect(asked).toBeGreaterThan(40);
    hand.answers(() => undefined);
    await clock.pass(10 * MINUTE, STEP);
    for (const approval of all.slice(10)) await hand.approve('first', approval);
    for (const answer of answers.values()) expect((await answer).status).toBe(200);
    for (const name of of) expect(postsOf(hand, `name=${name}`)).toBeLessThanOrEqual(1);
    for (const approval of all.slice(10)) await hand.shows(approval, /Done/);
    expect(hand.posts().filter((each) => !each.includes('Done'))).toEqual([]);
    expect(upstream.requests).toHaveLength(20);
  });

  it('that cannot say who clicked takes no vote, and takes it afterwards', async () => {
    const { hand, upstream } = table;
    const calling = calls(table, ['long-01']).get('long-01');
    const [approval] = await table.open(1);
    if (!approval) throw new Error('nothing is held');
    await hand.shows(approval, /0 of 1/);
    hand.answers((asked) => (asked === 'who' ? { status: 503 } : undefined));
    await hand.approve('first', approval);
    await hand.told('first', /does not say who you are now; nothing was recorded/);
    expect(upstream.requests).toEqual([]);
    hand.answers(() => undefined);
    await hand.approve('first', approval);
    expect((await calling)?.status).toBe(200);
  });
});

describe.each([
  ['Slack', 'messages', 'post', () => slackSide('socket')],
  ['Teams', 'messages', 'post', () => teamsSide('connector')],
  ['Teams', 'tokens', 'rest', () => teamsSide('connector')],
] satisfies [string, string, Asked, () => Side][])('%s, asked for %s,', (_name, _of, what, make) => {
  const table = useTable<Side>({ hands: [make], rules: RULES, gates: 2 });

  it('that asks for patience is left in peace for so long, and then has one message for each', async () => {
    const { hand, clock, upstream } = table;
    let attempts = 0;
    hand.answers((asked) => {
      if (asked !== what) return undefined;
      attempts += 1;
      return { status: 429, retryAfter: 90 };
    });
    const of = names('long', 1, 20);
    const answers = calls(table, of);
    const all = await table.open(20);
    await clock.pass(10 * SECOND);
    const first = attempts;
    expect(first).toBeGreaterThan(0);
    await clock.pass(70 * SECOND);
    expect(attempts).toBe(first);
    hand.answers(() => undefined);
    await clock.pass(15 * SECOND);
    for (const approval of all) await hand.shows(approval, /0 of 1/);
    expect(postsAll(table, of)).toEqual(of.map(() => 1));
    for (const approval of all) await hand.approve('first', approval);
    for (const answer of answers.values()) expect((await answer).status).toBe(200);
    for (const approval of all) await hand.shows(approval, /Done/);
    expect([hand.posts().length, upstream.requests.length]).toEqual([20, 20]);
  });
});
