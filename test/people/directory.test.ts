// One directory: the configuration, and whoever else knows who is in which group.
import { expect, it } from 'vitest';
import { createDirectory } from '../../src/people/directory.ts';
import type { GroupSource } from '../../src/ports/group-source.ts';

const people = [
  { email: 'Ann@example.com', groups: ['staff', 'shared'] },
  { email: 'bob@example.com', groups: [] },
];
const asked: (readonly string[])[] = [];
const slack: GroupSource = {
  of: (email) => (email === 'ann@example.com' ? ['platform'] : []),
  async confirm(_email, groups) {
    asked.push(groups);
    return { groups: [], unsure: ['Slack is away.'] };
  },
};
const idp: GroupSource = {
  of: (email) => (email.startsWith('ann') || email.startsWith('new') ? ['security', 'shared'] : []),
  admits: (email) => email.startsWith('new'),
  confirm: async (email) => ({ groups: email.startsWith('ann') ? ['security'] : [], unsure: [] }),
};
const directory = createDirectory({
  people,
  sources: [slack, idp],
  onCall: { of: ({ groups }) => (groups.includes('platform') ? ['oncall:platform'] : []) },
});

it('puts together what each source says, each group once, and who is on call by all of them', () => {
  expect(directory.person('ANN@example.com')).toMatchObject({
    email: 'ann@example.com',
    groups: ['staff', 'shared', 'platform', 'security', 'oncall:platform'],
  });
  expect(directory.person('bob@example.com')?.groups).toEqual([]);
});

it('knows who is in the configuration, and who is admitted, and nobody else', () => {
  expect(directory.person('new@example.com')?.groups).toEqual(['security', 'shared']);
  expect(directory.person('eve@example.com')).toBeUndefined();
});

it('confirms by asking; what the configuration says needs nobody’s word', async () => {
  const answer = await directory.confirm('Ann@example.com', ['platform', 'shared']);
  expect(answer).toEqual({
    person: { email: 'ann@example.com', groups: ['staff', 'shared', 'security'] },
    unsure: ['Slack is away.'],
  });
  expect(asked).toEqual([['platform']]);
  // Whoever could not be asked might know somebody who is not known here.
  expect(await directory.confirm('eve@example.com', ['platform'])).toEqual({
    person: undefined,
    unsure: ['Slack is away.'],
  });
});
