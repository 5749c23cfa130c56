// Who clicked: how often Slack is asked.
import { expect, it } from 'vitest';
import { createIdentities } from '../../../src/channels/slack/identity.ts';
import type { SlackUser } from '../../../src/channels/slack/slack-api.ts';
import { createManualClock } from '../../ports/manual-clock.ts';

const ACTOR = { userId: 'U0ANN', teamId: 'T0TEAM' };

it('is asked of Slack anew where much depends on it, but not for each of many clicks', async () => {
  const clock = createManualClock();
  let asked = 0;
  let user: SlackUser = {
    id: ACTOR.userId,
    teamId: ACTOR.teamId,
    deleted: false,
    bot: false,
    restricted: false,
    stranger: false,
    email: 'ann@example.com',
    emailConfirmed: true,
  };
  const identities = createIdentities({
    api: {
      async user() {
        asked++;
        return { ok: true, user };
      },
    },
    accounts: { person: async () => ({ email: 'ann@example.com', groups: [] }), begin: async () => 'CODE' },
    teamIds: [ACTOR.teamId],
    clock,
  });
  for (let i = 0; i < 100; i++) expect((await identities.of(ACTOR, true)).ok).toBe(true);
  expect(asked).toBe(1);
  user = { ...user, deleted: true };
  clock.advance(5_000);
  expect((await identities.of(ACTOR, false)).ok).toBe(true);
  expect(await identities.of(ACTOR, true)).toEqual({ ok: false, why: 'This account is deactivated.' });
  expect(asked).toBe(2);
  // And the answer that was asked for holds for what depends less on it.
  expect((await identities.of(ACTOR, false)).ok).toBe(false);
  clock.advance(300_000);
  user = { ...user, deleted: false };
  expect((await identities.of(ACTOR, false)).ok).toBe(true);
});
