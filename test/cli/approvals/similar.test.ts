// Similar calls decided at once by the command line, over the API that shows what they differ in.
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerApprovals } from '../../../src/cli/approvals/register.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Opened } from '../../../src/core/approval/events.ts';
import type { Call } from '../../../src/core/call.ts';
import { sampleCall } from '../../console/fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from '../../console/running-console.ts';
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(async () => {
  await running.close();
});

const refund = (customer: string, more = ''): Call => {
  const bytes = Buffer.from(`{"amount":1,"customer":"${customer}"${more}}`);
  return sampleCall({ body: { state: 'whole', bytes, decoded: bytes } });
};
const actions: readonly Action[] = [
  {
    provider: 'http',
    service: 'billing',
    operation: 'refund',
    name: 'http:POST:/v1/refunds',
    level: 'write',
    levelSource: 'heuristic',
    tags: [],
    resource: {},
    params: {},
    summary: 'Refund',
    confidence: 'exact',
  },
];
function hold(id: string, call: Call, over: Partial<Opened> = {}): void {
  running.gate.hold(id, call, { actions, summary: `Refund to ${id}`, ...over });
}
async function run(args: readonly string[], answer?: string): Promise<FakeTerminal> {
  const terminal = fakeTerminal({ HOLDGATE_URL: running.url, HOLDGATE_TOKEN: credentials.approver }, answer);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerApprovals(program, terminal);
  await program.parseAsync(['approvals', ...args], { from: 'user' });
  return terminal;
}
const votes = async (): Promise<readonly string[]> => {
  const { items } = await running.gate.list({ limit: 100 });
  return items.map((each) => `${each.id} ${each.votes.length}`).toSorted();
};
const similar = async (id: string): Promise<{ readonly status: number; readonly body: unknown }> => {
  const answer = await fetch(`${running.url}/api/v1/approvals/${id}/similar`, {
    headers: { authorization: `Bearer ${credentials.approver}` },
  });
  return { status: answer.status, body: await answer.json() };
};

describe('similar approvals', () => {
  beforeEach(() => {
    hold('apr_1', refund('cus_1'));
    hold('apr_2', refund('cus_2'));
    hold('apr_3', refund('cus_3\u202e'));
    hold('apr_4', refund('cus_4', ',"force":true'));
    hold('apr_5', refund('cus_5'), { risk: 'medium' });
    hold('apr_6', refund('cus_6'), { agent: 'other-bot' });
  });

  it('are those that differ in values alone, with every such value', async () => {
    const { status, body } = await similar('apr_1');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      approval: { id: 'apr_1' },
      similar: [
        { approval: { id: 'apr_3' }, differs: [{ place: 'body /customer', value: '"cus_3\u202e"' }] },
        { approval: { id: 'apr_2' }, differs: [{ place: 'body /customer', value: '"cus_2"' }] },
      ],
    });
    expect((body as { similar: unknown[] }).similar).toHaveLength(2);
    expect((await similar('apr_9')).status).toBe(404);
  });

  it('are shown, asked for, and approved one by one', async () => {
    const terminal = await run(['approve', 'apr_1', '--similar'], 'y');
    expect(terminal.output()).toContain('Alike but for what stands here (2 more)');
    expect(terminal.output()).toContain('body /customer: "cus_3⟦U+202E⟧"');
    expect(terminal.output()).toContain('Recorded for 2 of 2 similar calls');
    expect(await votes()).toEqual(['apr_1 1', 'apr_2 1', 'apr_3 1', 'apr_4 0', 'apr_5 0', 'apr_6 0']);
  });

  it('are not approved without a yes, nor with the digest of one', async () => {
    expect((await run(['approve', 'apr_1', '--similar'], 'n')).exited()).toBeDefined();
    expect((await run(['approve', 'apr_1', '--similar', '--yes'])).errors()).toContain('--yes cannot be given with it');
    const both = await run(['approve', 'apr_1', '--similar', '--digest', 'a'.repeat(64)]);
    expect(both.errors()).toContain('--digest names one call');
    expect((await votes()).every((each) => each.endsWith(' 0'))).toBe(true);
  });

  it('are denied with one reason', async () => {
    const terminal = await run(['deny', 'apr_2', '--similar', '--reason', 'wrong customers']);
    expect(terminal.output()).toContain('Recorded for 2 of 2 similar calls');
    expect((await running.gate.get('apr_3'))?.status).toBe('denied');
    expect((await running.gate.get('apr_4'))?.status).toBe('pending');
  });

  it('that were decided meanwhile are said to be', async () => {
    const get = running.gate.similar.bind(running.gate);
    running.gate.similar = async (id) => {
      const found = await get(id);
      await running.gate.vote({
        approvalId: 'apr_2',
        person: { email: 'x@example.com', groups: ['security'] },
        vote: 'deny',
        reason: 'no',
        digest: '',
        channel: 'api',
      });
      const { opened } = (await running.gate.get('apr_2')) ?? {};
      if (opened)
        await running.gate.vote({
          approvalId: 'apr_2',
          person: { email: 'x@example.com', groups: ['security'] },
          vote: 'deny',
          reason: 'no',
          digest: opened.digest,
          channel: 'api',
        });
      return found;
    };
    const terminal = await run(['approve', 'apr_1', '--similar'], 'y');
    expect(terminal.output()).toContain('Recorded for 1 of 2 similar calls');
    expect(terminal.errors()).toContain('decided already');
  });
});
