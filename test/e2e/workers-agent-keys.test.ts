// Access keys at a gate of several processes on SQLite: every worker knows a key that a command issued a moment ago, and none one that it
// revoked.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type AgentKey, agentsCommand, issueKey } from './agent-key.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { rawExchange, writeGate } from './running-gate.ts';
import { signed, wire } from './signing-client.ts';
import { FREE_PORTS, killAll, startWorkers, until, type WorkerGate } from './worker-gate.ts';

let folder: string;
let config: string;
let upstream: RawUpstream;

beforeEach(async () => {
  upstream = await startRawUpstream();
  folder = mkdtempSync(join(tmpdir(), 'holdgate-worker-keys-'));
  const rules = '  - {id: all, match: {host: "*"}, effect: allow}\n';
  config = writeGate(folder, { upstream: upstream.url, rules }, FREE_PORTS);
});
afterEach(async () => {
  killAll();
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

/** Status lines of calls on connections of their own, which go to the workers in turn. */
async function ask(gate: WorkerGate, key: AgentKey, times: number): Promise<Set<string>> {
  const seen = new Set<string>();
  const { port } = new URL(gate.proxy);
  for (let i = 0; i < times; i++) {
    const answer = await rawExchange(Number(port), wire(signed(key)));
    seen.add(answer.split('\r\n')[0] ?? '');
  }
  return seen;
}

it('knows them in every worker at once, and forgets them in every worker', { timeout: 60_000 }, async () => {
  const gate = await startWorkers(config, '--workers', '2');
  const key = await issueKey(config, 'deploy-bot');
  expect(await ask(gate, key, 12)).toEqual(new Set(['HTTP/1.1 200 OK']));
  await until('all calls are in the log', () => gate.log('call:finished').length === 12);
  expect(new Set(gate.log('call:finished').map((line) => line['worker']))).toEqual(new Set([1, 2]));
  expect((await agentsCommand(config, 'revoke-aws-key', key.access_key_id)).exit).toBe('ok');
  expect(await ask(gate, key, 12)).toEqual(new Set(['HTTP/1.1 403 Forbidden']));
});
