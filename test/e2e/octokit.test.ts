// The real Octokit through a whole gate: rules in GitHub's operation ids, errors with the approver's words, retries that join what they asked.
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const RULES = `  - {id: reads, match: {action: "github:*", level: [read, list]}, effect: allow}
  - {id: deletions, match: {action: "github:repos/delete"}, effect: hold}
  - {id: publication, match: {action: "github:repos/update", tags: external-sharing}, effect: deny, description: Nothing of ours is public.}
  - {id: settings, match: {action: "github:repos/update"}, effect: allow}`;

let upstream: RawUpstream;
let gate: TestGate;
let octokit: Octokit;

beforeAll(async () => {
  upstream = await startRawUpstream((_request, socket) => {
    socket.write('HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 11\r\n\r\n{"ok":true}');
  });
  // Nobody waits here: whatever is held is answered at once, and asked again.
  gate = await startGate({ upstream: upstream.url, upstreamMore: 'kind: github, wait: 1ms', rules: RULES });
  const baseUrl = `http://127.0.0.1:${gate.running.proxy.port}/api`;
  octokit = new (Octokit.plugin(retry))({ baseUrl, auth: AGENT, retry: { retries: 30, retryAfterBaseValue: 1 } });
});
afterAll(async () => {
  await gate.stop();
  await upstream.close();
});

const repository = { owner: 'Acme', repo: 'app' };
const sent = (line: string): number => upstream.requests.filter((request) => request.startsWith(line)).length;

it('lets reads and harmless changes pass, and refuses what a rule denies by its body', async () => {
  expect((await octokit.request('GET /repos/{owner}/{repo}', repository)).data).toEqual({ ok: true });
  const update = (change: object): Promise<unknown> =>
    octokit.request('PATCH /repos/{owner}/{repo}', { ...repository, ...change });
  await update({ description: 'x' });
  await expect(update({ private: false })).rejects.toMatchObject({
    name: 'HttpError',
    status: 403,
    message: expect.stringContaining('Nothing of ours is public.') as string,
  });
  expect(sent('PATCH ')).toBe(1);
});

it('raises the words of whoever denies a deletion, in answer to its own retry', async () => {
  const deleting = octokit.request('DELETE /repos/{owner}/{repo}', repository);
  const failed = expect(deleting).rejects.toMatchObject({
    status: 403,
    message: expect.stringContaining('Denied by security-oncall@example.com: "still in use"') as string,
  });
  const approval = await gate.held();
  expect(approval.summary).toBe('Delete repository acme/app');
  await gate.vote(approval, 'deny', { reason: 'still in use' });
  await failed;
  expect(sent('DELETE ')).toBe(0);
});

it('joins what it asked before, and the deletion runs once', async () => {
  const deleting = octokit.request('DELETE /repos/{owner}/{repo}', { owner: 'acme', repo: 'old' });
  await gate.vote(await gate.held(), 'approve');
  expect((await deleting).data).toEqual({ ok: true });
  expect(sent('DELETE ')).toBe(1);
  // It was told to come back, and did so by itself.
  expect(gate.log.filter((line) => line.includes('approval-pending')).length).toBeGreaterThan(1);
});
