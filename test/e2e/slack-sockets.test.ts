// Slack closes and cuts sockets now and then: in turn, at once, and for minutes, while approvals are open, decided elsewhere and expire.
import { expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { until } from './channel-hands.ts';
import { named, postsOf, slackSide } from './channel-sides.ts';
import { useTable } from './channel-table.ts';

const RULES = `
  - id: short
    match: {method: POST, path: "/short"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], expires: 8m}
  - id: long
    match: {method: POST, path: "/long"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"], expires: 45m}
`;
const MINUTE = 60_000;
/** Short beside what a channel may take. */
const STEP = 4_000;
const LONG = Array.from({ length: 16 }, (_, i) => `long-${String(i).padStart(2, '0')}`);
const SHORT = Array.from({ length: 4 }, (_, i) => `short-${i}`);

const table = useTable({ hands: [() => slackSide('socket')], rules: RULES });

it('sockets that are closed, cut and kept away lose no click, no message and no end', async () => {
  const { hand, clock, upstream } = table;
  const { sockets } = hand.slack();
  const answers = new Map(
    [...LONG, ...SHORT].map((name) => [name, table.call(name, `/api/${name.split('-')[0]}?name=${name}`)]),
  );
  const all = await table.open(20);
  for (const approval of all) await hand.shows(approval, /0 of 1/);
  const rest = LONG.map((name) => named(all, name));
  const next = (): ApprovalView => {
    const approval = rest.shift();
    if (!approval) throw new Error('all are decided');
    return approval;
  };
  const runs = async (approval: ApprovalView): Promise<void> => {
    expect((await answers.get(approval.url.split('=')[1] ?? ''))?.status).toBe(200);
    await hand.shows(approval, /Done/);
  };
  const clicked = async (): Promise<void> => {
    const approval = next();
    await hand.approve('first', approval);
    await runs(approval);
  };
  const open = async (count: number): Promise<void> =>
    void (await until(async () => {
      if (sockets.size === count) return true;
      await clock.pass(100);
      return undefined;
    }));

  // In turn, as Slack refreshes them: what is clicked meanwhile comes over the other one.
  for (let round = 0; round < 4; round++) {
    const [one] = sockets;
    if (round % 2 === 0) one?.close();
    else one?.destroy();
    await until(() => (sockets.size === 1 ? true : undefined));
    await clicked();
    await open(2);
    await clicked();
  }
  // At once, and none can be opened for longer than some approvals last.
  hand.answers((asked) => (asked === 'rest' ? { status: 503 } : undefined));
  for (const each of sockets) each.destroy();
  await until(() => (sockets.size === 0 ? true : undefined));
  await expect(hand.approve('first', rest[0] as ApprovalView)).rejects.toThrow('no socket is open');
  for (let i = 0; i < 4; i++) {
    const approval = next();
    await table.gate.vote(approval, 'approve');
    await runs(approval);
  }
  await clock.pass(9 * MINUTE, STEP);
  for (const name of SHORT) {
    expect((await answers.get(name))?.status).toBe(403);
    await hand.shows(named(all, name), /Expired without a decision/);
  }
  expect(sockets.size).toBe(0);
  hand.answers(() => undefined);
  await open(2);
  // A click that came twice, as Slack sends it again over another socket, is one vote.
  const approval = next();
  await Promise.all([hand.approve('first', approval), hand.approve('first', approval)]);
  await runs(approval);
  while (rest.length > 0) await clicked();

  for (const name of answers.keys()) expect([name, postsOf(hand, `name=${name}`)]).toEqual([name, 1]);
  expect([hand.posts().length, upstream.requests.length]).toEqual([20, 16]);
});
