// The demo at a local Teams: the whole story, as a reader of the README runs it.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../src/cli/demo/run.ts', import.meta.url));

it('shows the call in Teams, refuses its owner, runs it once and proves it', async () => {
  const output = await new Promise<string>((resolve, reject) => {
    execFile(process.execPath, [script, '--teams-fake'], { timeout: 60_000 }, (error, stdout) =>
      error ? reject(new Error(error.message)) : resolve(stdout),
    );
  });
  expect(output).toMatch(/HIGH RISK · approval needed/);
  expect(output).toMatch(/\[ Approve \]\s+\[ Deny \]/);
  expect(output).toMatch(/You cannot vote on this: it was started for you by deploy-bot/);
  expect(output).toMatch(/upstream saw: GET \/customers, POST \/exports\n/);
  expect(output).toMatch(/VALID rcp_/);
  expect(output).toMatch(/security-oncall@example\.com approved .* by teams/);
}, 60_000);
