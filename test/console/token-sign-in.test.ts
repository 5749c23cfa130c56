// The console with tokens of an identity provider: looked at beside credentials, refused with the reason, and over when they end.
import { afterEach, expect, it } from 'vitest';
import type { SignInByToken } from '../../src/console/sign-in.ts';
import { credentials, type RunningConsole, runConsole } from './running-console.ts';

const TOKEN = 'aaa.bbb.ccc';
const ANN = { email: 'ann@example.com', groups: ['security'] };

let running: RunningConsole;
let isKnown = true;
/** ms. */
let lasts = 60_000;
const asked: string[] = [];

const start = async (answer: Awaited<ReturnType<SignInByToken>>): Promise<void> => {
  isKnown = true;
  lasts = 60_000;
  asked.length = 0;
  running = await runConsole({
    tokens: async (token) => {
      asked.push(token);
      return answer.ok ? { ...answer, until: running.clock.now() + lasts } : answer;
    },
  });
};
const good = (): Awaited<ReturnType<SignInByToken>> => ({
  ok: true,
  person: ANN,
  until: 0,
  stillKnown: () => isKnown,
});
afterEach(() => running.close());

it('signs a person in by token, and by credential without asking', async () => {
  await start(good());
  expect((await running.ask('/api/v1/me', { credential: TOKEN })).json).toMatchObject({ email: 'ann@example.com' });
  expect((await running.ask('/api/v1/me', { credential: credentials.approver })).status).toBe(200);
  // What looks like a credential is one, or nothing.
  expect((await running.ask('/api/v1/me', { credential: credentials.agent })).status).toBe(401);
  expect(asked).toEqual([TOKEN]);
});

it('says why a token is refused, and counts it as a failure', async () => {
  await start({ ok: false, kind: 'refused', why: 'The token has expired.' });
  const refused = await running.ask('/api/v1/me', { credential: TOKEN });
  expect([refused.status, refused.json['detail']]).toEqual([
    401,
    expect.stringMatching(/^The token has expired\. .*or a token/),
  ]);
  expect(running.refused).toEqual(['The token has expired.']);
  for (let i = 0; i < 9; i++) await running.ask('/api/v1/me', { credential: TOKEN });
  expect((await running.ask('/api/v1/me', { credential: TOKEN })).status).toBe(429);
});

it('says that it is not the token where its keys are away, and holds it against nobody', async () => {
  await start({ ok: false, kind: 'away', why: 'The keys cannot be had now.' });
  for (let i = 0; i < 12; i++) {
    const away = await running.ask('/api/v1/me', { credential: TOKEN });
    expect([away.status, away.headers['retry-after']]).toEqual([503, '5']);
  }
  expect(running.refused).toEqual([]);
});

it.each([
  ['the token ends', 14_000, true],
  ['the person is no longer known', 60_000, false],
  ['neither (it goes on)', 60_000, true],
])('ends the event stream when %s', async (name, ms, stays) => {
  await start(good());
  lasts = ms;
  const stream = await fetch(`${running.url}/api/v1/events`, { headers: { authorization: `Bearer ${TOKEN}` } });
  const reader = stream.body?.pipeThrough(new TextDecoderStream()).getReader();
  let text = '';
  const until = async (words: RegExp): Promise<boolean> => {
    while (!words.test(text)) {
      const { done, value } = (await reader?.read()) ?? { done: true };
      if (done) return false;
      text += value;
    }
    return true;
  };
  expect(await until(/event: synced/)).toBe(true);
  isKnown = stays;
  running.clock.advance(15_000);
  expect(await until(/: still here/)).toBe(name.startsWith('neither'));
  await reader?.cancel();
});

it('without providers a token is nobody', async () => {
  running = await runConsole();
  const refused = await running.ask('/api/v1/me', { credential: TOKEN });
  expect([refused.status, refused.json['detail']]).toEqual([401, expect.not.stringMatching(/token of your/)]);
});
