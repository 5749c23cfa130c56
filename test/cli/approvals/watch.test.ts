// `approvals watch` against a real console over the fake gate: across changes, lost connections and a gate that lost track.
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerApprovals } from '../../../src/cli/approvals/register.ts';
import { sampleCall, START } from '../../console/fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from '../../console/running-console.ts';
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts';

let running: RunningConsole;
beforeEach(async () => {
  running = await runConsole();
});
afterEach(() => running.close());

function start(
  args: readonly string[],
  env: Record<string, string> = { HOLDGATE_URL: running.url, HOLDGATE_TOKEN: credentials.approver },
): { terminal: FakeTerminal; done: Promise<void> } {
  const terminal = fakeTerminal(env, undefined);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerApprovals(program, terminal);
  return { terminal, done: program.parseAsync(['approvals', ...args], { from: 'user' }).then(() => undefined) };
}

describe('approvals watch', () => {
  it('prints what is open, what is new and what changes, once each, until interrupted', async () => {
    running.gate.hold('apr_1');
    const { terminal, done } = start(['watch']);
    await terminal.until('apr_1');
    running.gate.hold('apr_2', sampleCall(), { summary: 'Second refund' });
    await terminal.until('apr_2');
    running.gate.apply('apr_1', { type: 'seen', at: START, by: 'x' });
    running.gate.apply('apr_1', { type: 'cancelled', at: START, why: 'no longer needed' });
    await terminal.until('cancelled: no longer needed');
    terminal.interrupt();
    await done;
    expect(terminal.exited()).toBe('ok');
    expect(terminal.output().match(/^ +apr_1$/gm)).toHaveLength(2);
    expect(terminal.output().match(/^ +apr_2$/gm)).toHaveLength(1);
  });

  it('tells of a send once, not of its steps', async () => {
    const { opened } = running.gate.hold('apr_1');
    const { digest, contentDigest } = opened;
    const { terminal, done } = start(['watch']);
    await terminal.until('apr_1');
    await start(['approve', 'apr_1', '--yes']).done;
    await terminal.until('not sent yet');
    const at = START;
    const eligible = [{ by: 'security-oncall@example.com', groups: ['security'] }];
    const claim = { replica: 'r', token: 't', digest, contentDigest, policyDigest: 'p', quorumsNow: [], eligible };
    running.gate.apply('apr_1', { type: 'claimed', at, effectNow: 'hold', ...claim });
    await terminal.until('being sent');
    running.gate.apply('apr_1', { type: 'intent', at, token: 't', digest });
    running.gate.apply('apr_1', { type: 'result', at, token: 't', outcome: 'succeeded', httpStatus: 201 });
    await terminal.until('done (HTTP 201)');
    running.gate.apply('apr_1', { type: 'delivered', at, replayed: false });
    running.gate.hold('apr_2');
    await terminal.until('apr_2');
    terminal.interrupt();
    await done;
    expect(terminal.output().match(/being sent/g)).toHaveLength(1);
    expect(terminal.output().match(/done \(HTTP 201\)/g)).toHaveLength(1);
  });

  it('prints one JSON object a line with --json', async () => {
    running.gate.hold('apr_1');
    const { terminal, done } = start(['watch', '--json']);
    await terminal.until('\n');
    terminal.interrupt();
    await done;
    expect(JSON.parse(terminal.output())).toMatchObject({ id: 'apr_1' });
  });

  it('reconnects with growing pauses and tells what was decided meanwhile', async () => {
    running.gate.hold('apr_1');
    const port = running.port;
    const { terminal, done } = start(['watch']);
    await terminal.until('apr_1');
    const { gate } = running;
    const outage = new Promise<void>((resolve) => {
      const pause = terminal.pause.bind(terminal);
      terminal.pause = async (ms, signal) => {
        await pause(ms, signal);
        if (terminal.pauses.length === 3) {
          gate.apply('apr_1', { type: 'cancelled', at: START, why: 'while you were away' });
          running = await runConsole({ gate });
          await running.console.close();
          await running.console.listen({ host: '127.0.0.1', port });
          resolve();
        }
      };
    });
    await running.close();
    await outage;
    await terminal.until('cancelled: while you were away');
    expect(terminal.pauses).toEqual([1000, 2000, 4000]);
    expect(terminal.errors()).toContain('Trying again in 4 s.');
    terminal.interrupt();
    await done;
  });

  it('tells what was decided while the gate itself had lost track', async () => {
    running.gate.hold('apr_1');
    running.gate.hold('apr_2');
    const { terminal, done } = start(['watch']);
    await terminal.until('apr_1');
    running.gate.lose();
    running.gate.apply('apr_1', { type: 'cancelled', at: START, why: 'while nobody was told' });
    running.gate.found();
    await terminal.until('cancelled: while nobody was told');
    terminal.interrupt();
    await done;
    expect([terminal.pauses, terminal.errors()]).toEqual([[], '']);
    expect(terminal.output().match(/^ +apr_2$/gm)).toHaveLength(1);
  });

  it('gives up at once where it is not let in or nothing listens', async () => {
    const refused = start(['watch'], { HOLDGATE_URL: running.url, HOLDGATE_TOKEN: credentials.agent });
    const nobody = start(['watch'], { HOLDGATE_URL: 'http://127.0.0.1:1', HOLDGATE_TOKEN: credentials.approver });
    await Promise.all([refused.done, nobody.done]);
    expect([refused.terminal.exited(), nobody.terminal.exited()]).toEqual(['noPermission', 'unavailable']);
  });
});
