// Policies change while calls come in: the new file decides from then on, a broken one changes nothing and says so, and rules
// in observe mode are recorded and never enforced.
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const file = (rules: string): string => `version: 1\nname: test\nowner: platform-owner@example.com\nrules:\n${rules}\n`;
const ALLOW = '  - {id: reads, match: {method: GET}, effect: allow}';
const DENY = '  - {id: nothing, match: {method: GET}, effect: deny}';

describe('a policy that is edited', () => {
  let upstream: RawUpstream;
  let gate: TestGate;

  beforeEach(async () => {
    upstream = await startRawUpstream();
    gate = await startGate({ upstream: upstream.url, rules: ALLOW, more: 'default: deny' });
  });
  afterEach(async () => {
    await gate.stop();
    await upstream.close();
  });

  it('is in the metrics before it is first edited', async () => {
    const page = await (await gate.api('/metrics')).text();
    expect(page).toMatch(/^holdgate_policy_info\{digest="[0-9a-f]{64}"\} 1$/m);
    expect(page).toMatch(/^holdgate_policy_rules 1$/m);
  });

  const edit = (text: string): void => {
    const path = join(gate.folder, 'policies', 'test.yaml');
    writeFileSync(`${path}.new`, text);
    renameSync(`${path}.new`, path);
  };
  const metric = async (pattern: RegExp): Promise<number> =>
    Number(pattern.exec(await (await gate.api('/metrics')).text())?.[1] ?? 0);
  const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
    while (!(await condition())) await new Promise((resolve) => setTimeout(resolve, 5));
  };

  it('decides anew without a restart while calls come in, and every call is decided by one of the two', async () => {
    const statuses: number[] = [];
    const stop = new AbortController();
    const load = Array.from({ length: 8 }, async () => {
      while (!stop.signal.aborted) statuses.push((await gate.call('/api/x')).status);
    });
    await until(() => statuses.length > 50);
    edit(file(DENY));
    await until(() => statuses.slice(-16).every((status) => status === 403));
    stop.abort();
    await Promise.all(load);
    expect(new Set(statuses)).toEqual(new Set([200, 403]));
    expect(upstream.requests).toHaveLength(statuses.filter((status) => status === 200).length);
    const policies = new Set(
      gate.log
        .filter((line) => line.includes('"call:finished"'))
        .map((line) => (JSON.parse(line) as { policy: string }).policy),
    );
    expect(policies.size).toBe(2);
  });

  it('changes nothing while it is broken, says where it is broken, and counts it', async () => {
    edit(file('  - {id: reads, match: {metod: GET}, effect: allow}'));
    await until(() => gate.log.some((line) => line.includes('policy:rejected')));
    const line = gate.log.find((text) => text.includes('policy:rejected')) ?? '';
    expect(line).toContain('"level":"error"');
    expect(line).toMatch(/test\.yaml:\d+:\d+/);
    expect(line).toContain('method');
    expect((await gate.call('/api/x')).status).toBe(200);
    const rejected = /holdgate_policy_reload_total\{[^}]*outcome="rejected"[^}]*\} (\d+)/;
    expect(await metric(rejected)).toBeGreaterThanOrEqual(1);
    edit(file(DENY));
    await until(async () => (await gate.call('/api/x')).status === 403);
  });

  it('is in force when reload() has resolved', async () => {
    edit(file(DENY));
    await gate.running.reload();
    expect((await gate.call('/api/x')).status).toBe(403);
  });

  it('that only observes is recorded and not enforced', async () => {
    edit(file(`${ALLOW}\n  - {id: would-deny, match: {method: GET}, effect: deny, mode: observe}`));
    await gate.running.reload();
    expect((await gate.call('/api/x')).status).toBe(200);
    await until(() => gate.log.some((line) => line.includes('"observed"')));
    const line = gate.log.find((text) => text.includes('"observed"')) ?? '{}';
    expect(JSON.parse(line)).toMatchObject({ effect: 'allow', observed: { effect: 'deny', rules: ['would-deny'] } });
  });
});
