// `holdgate insights` against a real console over the fake gate.
import { Command } from 'commander';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { registerInsights } from '../../../src/cli/insights.ts';
import { renderInsights } from '../../../src/cli/insights/render.ts';
import { createInsightsTally } from '../../../src/core/insights/tally.ts';
import { credentials, type RunningConsole, runConsole } from '../../console/running-console.ts';
import { type FakeTerminal, fakeTerminal } from '../approvals/fake-terminal.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

async function run(args: readonly string[], credential: string = credentials.approver): Promise<FakeTerminal> {
  const terminal = fakeTerminal({ HOLDGATE_URL: running.url, HOLDGATE_TOKEN: credential });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerInsights(program, terminal);
  await program.parseAsync(['insights', ...args], { from: 'user' });
  return terminal;
}

/** As many as are asked for, each decided after 3 s. */
async function approve(count: number): Promise<void> {
  const person = { email: 'security-oncall@example.com', groups: ['security'] };
  for (let i = 0; i < count; i++) {
    const { id, opened } = running.gate.hold(`apr_${i}`, undefined, { risk: 'medium', at: running.clock.now() - 3000 });
    await running.gate.vote({
      approvalId: id,
      person,
      vote: 'approve',
      reason: '',
      digest: opened.digest,
      channel: 'api',
    });
  }
}

it('shows tables, and rules that are always approved', async () => {
  await approve(21);
  const terminal = await run([]);
  await expect(terminal.output()).toMatchFileSnapshot('insights.golden.txt');
  expect(terminal.exited()).toBeUndefined();
  expect(terminal.errors()).toBe('');
});

it('says when there was more than it looked at', async () => {
  await approve(301);
  expect((await run([])).errors()).toBe(
    'Only the latest 300 approvals were read: choose a shorter --window to see all of it.',
  );
});

it('prints what the API answers', async () => {
  await approve(1);
  const answer = JSON.parse((await run(['--json', '--window', '1h'])).output()) as unknown;
  expect(answer).toMatchObject({ window: '1h', read: 1 });
});

it('says so where there is nothing, and ends with usage where the window is none', async () => {
  const nothing = createInsightsTally().result({ window: '1h', since: '', cut: false }, new Map());
  expect(renderInsights(nothing)).toBe('No approvals in 1h.\n');
  const wrong = await run(['--window', 'week']);
  expect([wrong.exited(), wrong.output()]).toEqual(['usage', '']);
  expect(wrong.errors()).toContain('1m to 30d');
});

it('is for people only', async () => {
  expect((await run([], credentials.agent)).exited()).toBe('noPermission');
});

it('shows names of agents so that a terminal takes them for nothing else', async () => {
  running.gate.hold('apr_1', undefined, { agent: 'bot\u001B[2J\u202Eevil' });
  const output = (await run([])).output();
  for (const hidden of ['\u001B', '\u202E']) expect(output).not.toContain(hidden);
  expect(output).toContain('evil');
});
