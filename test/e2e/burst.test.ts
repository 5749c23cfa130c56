// Forty similar calls of one burst: one message that lists each, one vote, forty sends and forty receipts.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { CHANNEL, channelsYaml, type Hands, slackHands, teamsHands, until } from './channel-hands.ts';
import { systemClock } from '../../src/system-clock.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: users
    match: {method: POST, path: "/users"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
  - id: admins
    match: {method: POST, path: "/admins"}
    effect: hold
    risk: high
    hold: {approvals: 1, from: ["group:security"]}
`;
const COUNT = 40;
const NAMES = Array.from({ length: COUNT }, (_, i) => `user-${String(i).padStart(2, '0')}`);
const HEADERS = { 'content-type': 'application/json' };

interface Table {
  readonly hands: Hands;
  /** JSON of what stands in the channel now, the newest state of each message. */
  readonly messages: () => readonly string[];
}

const slackTable = (): Table => {
  const hands = slackHands('socket');
  const top = (): readonly string[] =>
    hands
      .slack()
      .messages.filter(({ thread, channel }) => thread === undefined && channel === CHANNEL)
      .map(({ blocks }) => JSON.stringify(blocks));
  return { hands, messages: top };
};
const teamsTable = (): Table => {
  const hands = teamsHands();
  const top = (): readonly string[] =>
    hands
      .teams()
      .messages.filter(({ thread }) => thread === undefined)
      .map(({ card }) => JSON.stringify(card));
  return { hands, messages: top };
};

describe.each([slackTable, teamsTable])('a burst of similar calls', (make) => {
  let table: Table;
  let upstream: RawUpstream;
  let gate: TestGate;
  let folder: string;

  beforeEach(async () => {
    table = make();
    folder = mkdtempSync(join(tmpdir(), 'holdgate-burst-'));
    upstream = await startRawUpstream();
    await table.hands.open(systemClock);
    gate = await startGate({ upstream: upstream.url, rules: RULES, folder, more: channelsYaml(table.hands) });
    await table.hands.ready(gate);
  });
  afterEach(async () => {
    await gate.stop();
    await table.hands.close();
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  const create = (name: string, path = '/api/users', more = {}): Promise<Response> =>
    gate.call(path, { method: 'POST', headers: HEADERS, body: JSON.stringify({ name, role: 'reader', ...more }) });
  const approvals = async (): Promise<readonly ApprovalView[]> => {
    const answer = await gate.api('/api/v1/approvals?limit=100');
    return ((await answer.json()) as { items: ApprovalView[] }).items;
  };
  const allListed = (names: readonly string[]): Promise<string> =>
    until(() => table.messages().find((each) => names.every((name) => each.includes(name))));
  /** The approval that the message is called by: the hands look for its id. */
  const lead = async (): Promise<ApprovalView> => {
    const [message = ''] = table.messages();
    const found = (await approvals()).find(({ id }) => message.includes(id));
    if (!found) throw new Error('no message names an approval');
    return found;
  };

  it('is one message, one vote, and forty sends with a receipt each', async () => {
    const calls = NAMES.map((name) => create(name));
    const message = await allListed(NAMES);
    expect(table.messages()).toHaveLength(1);
    expect(message).toMatch(/40 similar calls/);
    await table.hands.approve('outsider', await lead());
    await table.hands.told('outsider', /Only group:security may vote/);
    await table.hands.approve('first', await lead());
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    expect(statuses).toEqual(NAMES.map(() => 200));
    expect(upstream.requests).toHaveLength(COUNT);
    for (const name of NAMES) expect(upstream.requests.filter((each) => each.includes(`"${name}"`))).toHaveLength(1);
    const receipts = await until(async () => {
      const all = await approvals();
      return all.every(({ receipt_id: id }) => id !== null) ? all.map(({ receipt_id: id }) => id) : undefined;
    });
    expect(new Set(receipts).size).toBe(COUNT);
    for (const one of await approvals())
      expect(one.votes).toEqual([expect.objectContaining({ by: 'security-oncall@example.com', vote: 'approve' })]);
    await until(() =>
      table.messages().find((each) => /HTTP 200.*40 similar calls, each with its own receipt/.test(each)),
    );
    expect(table.messages()).toHaveLength(1);
  });

  it('is denied as one, and every agent hears why', async () => {
    const names = NAMES.slice(0, 5);
    const calls = names.map((name) => create(name));
    await allListed(names);
    await table.hands.deny('first', await lead(), 'not today');
    for (const answer of await Promise.all(calls)) {
      expect(answer.status).toBe(403);
      expect(await answer.text()).toContain('not today');
    }
    expect(upstream.requests).toEqual([]);
  });

  it('never takes another risk or another shape along', async () => {
    const names = NAMES.slice(0, 3);
    const calls = [
      ...names.map((name) => create(name)),
      create('root', '/api/admins'),
      create('extra', '/api/users', { admin: true }),
    ];
    await allListed(names);
    await until(() => (table.messages().length === 3 ? true : undefined));
    const [message = ''] = table.messages().filter((each) => /3 similar calls/.test(each));
    expect(message).not.toMatch(/root|extra/);
    const one = (await approvals()).find(({ id }) => message.includes(id));
    if (!one) throw new Error('no approval');
    await table.hands.approve('first', one);
    await Promise.all(calls.slice(0, 3));
    expect(upstream.requests).toHaveLength(3);
    const waiting = (await approvals()).filter(({ status }) => status === 'pending');
    expect(waiting.map(({ risk }) => risk).toSorted()).toEqual(['high', 'medium']);
    for (const each of waiting) await gate.vote(each, 'deny');
    await Promise.all(calls);
  });

  it('of which one is decided elsewhere goes on for the others', async () => {
    const first = create('user-00');
    await allListed(['user-00']);
    const one = await lead();
    const second = create('user-01');
    await allListed(['user-00', 'user-01']);
    await gate.vote(
      (await approvals()).find(({ status, id }) => status === 'pending' && id !== one.id) ?? one,
      'approve',
    );
    expect((await second).status).toBe(200);
    await until(() => table.messages().find((each) => each.includes('1 waiting')));
    await table.hands.approve('first', await lead());
    expect((await first).status).toBe(200);
    expect(upstream.requests).toHaveLength(2);
  });
});
