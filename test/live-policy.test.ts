// A gate at work takes a set with names of actions that do not exist, and says so: what loaded yesterday loads after an update too.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { startLivePolicy } from '../src/live-policy.ts';
import type { GateEvents } from '../src/ports/events.ts';
import { createEventBus } from '../src/telemetry/bus.ts';
import { DEFAULTS } from './core/policy/fixtures.ts';

const rule = (action: string): string => `version: 1
owner: team
rules:
  - {id: a, description: A rule., effect: hold, match: {action: "${action}"}}
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-live-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

it('loads a set with an unknown action, with a warning, at the start and later', async () => {
  const file = join(folder, 'a.yaml');
  writeFileSync(file, rule('aws:iam:AttachRolPolicy'));
  const bus = createEventBus();
  const loaded: GateEvents['policy:loaded'][] = [];
  bus.on('policy:loaded', (event) => loaded.push(event));
  // Looked at by hand only.
  const clock = { now: () => 0, monotonic: () => 0, after: () => () => {} };
  const started = await startLivePolicy({ paths: [file], defaults: DEFAULTS, known: {}, upstreams: [], clock, bus });
  if (!started.ok) throw new Error(started.faults.map(({ message }) => message).join('\n'));
  const { policy } = started;
  try {
    expect(loaded.map(({ warnings }) => warnings)).toEqual([
      [`${file}:4:65: rule "a": unknown action "aws:iam:AttachRolPolicy"; did you mean "aws:iam:AttachRolePolicy"?`],
    ]);
    writeFileSync(file, rule('aws:iam:AttachRolePolicy'));
    await policy.reload();
    expect(loaded.at(-1)).toEqual({ digest: policy.current().digest, rules: 1 });
    writeFileSync(file, rule('kubernetes:get:pods'));
    await policy.reload();
    expect(loaded.at(-1)?.warnings).toEqual([expect.stringContaining('did you mean "k8s:"?')]);
    writeFileSync(file, rule('openapi:shop:deleteOrder'));
    await policy.reload();
    expect(loaded.at(-1)?.warnings).toEqual([expect.stringContaining('no upstream with such actions')]);
  } finally {
    policy.close();
  }
});
