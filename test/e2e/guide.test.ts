// What an agent can learn from the gate itself, also where an upstream is mounted at the root.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { loadConfig } from '../../src/config/load.ts';
import { type Running, startHoldgate } from '../../src/main.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, APPROVER, writeGate } from './running-gate.ts';

const RULES = `
  - id: writes
    description: Writes need a second pair of eyes
    match: {method: POST}
    effect: hold
`;

let upstream: RawUpstream;
let running: Running;
let folder: string;

beforeEach(async () => {
  upstream = await startRawUpstream();
  folder = mkdtempSync(join(tmpdir(), 'holdgate-guide-'));
  const more = `  root: {base: "${upstream.url}", mount: /, allow_private: true}\npublic_url: "https://holdgate.example.com"`;
  const file = writeGate(
    folder,
    { upstream: upstream.url, rules: RULES, more },
    '{proxy: "127.0.0.1:0", console: "127.0.0.1:0"}',
  );
  const loaded = loadConfig(file, {});
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.faults));
  const started = await startHoldgate(loaded.config, { logTo: { write: () => undefined } });
  if (!started.ok) throw new Error(JSON.stringify(started.faults));
  running = started.running;
});
afterEach(async () => {
  await running.stop(1000);
  await upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${running.proxy.port}${path}`, { headers: { authorization: `Bearer ${AGENT}`, ...headers } });

it('tells an agent its upstreams, what tends to be held and its open approvals, in Markdown and in JSON', async () => {
  await fetch(`http://127.0.0.1:${running.proxy.port}/api/x`, {
    method: 'POST',
    headers: { authorization: `Bearer ${AGENT}`, prefer: 'wait=0' },
  });
  const markdown = await get('/.well-known/holdgate', { accept: 'text/markdown' });
  expect(markdown.headers.get('content-type')).toMatch(/^text\/markdown/);
  const text = await markdown.text();
  for (const part of [
    'deploy-bot',
    '/api',
    'Writes need a second pair of eyes',
    'Holdgate-Justification',
    'apr_',
    'https://holdgate.example.com',
  ]) {
    expect(text).toContain(part);
  }
  const json = await get('/.well-known/holdgate');
  expect(json.headers.get('content-type')).toBe('application/json');
  expect(await json.json()).toMatchObject({
    agent: 'deploy-bot',
    open_approvals: [{ status: 'pending' }],
    console_url: 'https://holdgate.example.com',
  });
  expect(upstream.requests).toEqual([]);
});

it('tells nobody else', async () => {
  expect((await get('/.well-known/holdgate', { authorization: 'Bearer hg_unknown-unknown-unknown' })).status).toBe(401);
  expect((await get('/.well-known/holdgate', { authorization: `Bearer ${APPROVER}` })).status).toBe(401);
});
