// `holdgate grants` against a real console over the fake gate.
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerGrants } from '../../../src/cli/grants/register.ts';
import { sampleGrant } from '../../console/fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from '../../console/running-console.ts';
import { type FakeTerminal, fakeTerminal } from '../approvals/fake-terminal.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
  running.gate.keep({ ...sampleGrant('grt_1'), words: 'deploy-bot may do \u001b[2Jthis' });
  running.gate.keep({ ...sampleGrant('grt_2'), used: 20 });
});
afterEach(() => running.close());

async function run(args: readonly string[], credential: string = credentials.approver): Promise<FakeTerminal> {
  const terminal = fakeTerminal({ HOLDGATE_URL: running.url, HOLDGATE_TOKEN: credential });
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerGrants(program, terminal);
  await program.parseAsync(['grants', ...args], { from: 'user' });
  return terminal;
}

describe('grants list', () => {
  it('shows those that stand, with names made visible', async () => {
    const { output } = await run(['list']);
    expect(output()).toContain('deploy-bot may do ⟦U+001B⟧[2Jthis');
    expect(output()).toContain('standing · 3 of 20 used · until');
    expect(output()).toContain('given by security-oncall@example.com with apr_1');
    expect(output()).not.toContain('grt_2');
  });

  it('shows those that ended with --all, and what the API answers with --json', async () => {
    expect((await run(['list', '--all'])).output()).toContain('grt_2');
    const { items } = JSON.parse((await run(['list', '--json'])).output()) as { items: { id: string }[] };
    expect(items.map(({ id }) => id)).toEqual(['grt_1']);
  });

  it('says that there are none', async () => {
    await run(['revoke', 'grt_1']);
    expect((await run(['list'])).output()).toBe('No grant stands.\n');
  });
});

describe('grants revoke', () => {
  it('ends one, whoever of the people asks', async () => {
    const ended = await run(['revoke', 'grt_1'], credentials.outsider);
    expect(ended.output()).toContain('revoked by');
    expect(await running.gate.grants()).toMatchObject([{ revoked: { why: 'revoked' } }, {}]);
    expect(JSON.parse((await run(['revoke', 'grt_1', '--json'])).output())).toMatchObject({ status: 'revoked' });
  });

  it.each([
    ['grt_none', 'noInput'],
    ['../me', 'usage'],
  ] as const)('ends "%s" with %s', async (id, exit) => {
    expect((await run(['revoke', id])).exited()).toBe(exit);
  });

  it('takes no credential of an agent', async () => {
    expect((await run(['revoke', 'grt_1'], credentials.agent)).exited()).toBe('noPermission');
  });
});
