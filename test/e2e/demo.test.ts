// The README's first command, as a new user runs it.
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { run } from './real-clients.ts';

const DEMO = fileURLToPath(new URL('../../src/cli/demo/run.ts', import.meta.url));

it('tells the whole story: a routine call, a held one, a refused owner, an approval, one send, a valid receipt', async () => {
  const { code, stdout, stderr } = await run(process.execPath, [DEMO, '--auto']);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^holdgate \S+ is ready: .*\n$/);
  for (const line of [
    /200 \[\{"id":"cus_1"/,
    /HIGH RISK · waiting for approval/,
    /You cannot vote on this: it was started for you by deploy-bot/,
    /Recorded: approved by security-oncall@example\.com/,
    /agent: 201 \{"export":"exp_1"/,
    /upstream saw: GET \/customers, POST \/exports$/m,
    /VALID rcp_/,
  ]) {
    expect(stdout).toMatch(line);
  }
});
