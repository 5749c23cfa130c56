// The demo with a local PagerDuty: only who is on call may vote, and the fallback while PagerDuty is away.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../src/cli/demo/run.ts', import.meta.url));

it.each([['--auto'], ['--slack-fake'], ['--teams-fake']])(
  '%s --pagerduty-fake',
  async (flag) => {
    const output = await new Promise<string>((resolve, reject) => {
      execFile(process.execPath, [script, flag, '--pagerduty-fake'], { timeout: 60_000 }, (error, stdout) =>
        error ? reject(new Error(error.message)) : resolve(stdout),
      );
    });
    const [story = '', outage = ''] = output.split('── 7.');
    expect(story).toMatch(/A colleague of the same group, who is not:\s+.*Only oncall:platform may vote on this/);
    expect(story).toMatch(/upstream saw: GET \/customers, POST \/exports\n/);
    expect(story).toMatch(/security-oncall@example\.com approved/);
    expect(outage).toMatch(/who was on call approves: .*Only oncall:platform may vote on this/);
    expect(outage).toMatch(/whom the configuration names, approves: counts/);
    expect(outage).toMatch(/agent: 201/);
  },
  60_000,
);
