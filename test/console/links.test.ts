// Linking accounts of channels over the API.
import { afterAll, beforeAll, expect, it } from 'vitest';
import { credentials, type RunningConsole, runConsole } from './running-console.ts';

let running: RunningConsole;
beforeAll(async () => {
  running = await runConsole();
});
afterAll(() => running.close());

const link = (code: string): ReturnType<RunningConsole['ask']> =>
  running.ask('/api/v1/links', { method: 'POST', credential: credentials.approver, body: JSON.stringify({ code }) });

it('gives the account to whoever gives the code back, however it is spelled', async () => {
  expect(await link(' good ')).toMatchObject({ status: 200, json: { channel: 'slack', workspace: 'T1' } });
});

it.each([
  ['NOPE', 404, 'not-found'],
  ['TAKEN', 409, 'link-refused'],
  ['', 400, 'invalid-request'],
] as const)('refuses %j with %d', async (code, status, reason) => {
  expect(await link(code)).toMatchObject({ status, json: { reason } });
});

it('lets go of them', async () => {
  const answer = await running.ask('/api/v1/links/undo', { method: 'POST', credential: credentials.approver });
  expect(answer).toMatchObject({ status: 200, json: { items: [{ channel: 'slack', account: 'U1' }] } });
});
