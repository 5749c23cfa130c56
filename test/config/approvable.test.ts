import { expect, test } from 'vitest';
import { load } from './scratch.ts';

const people = 'people: [{email: a@example.com, groups: [s]}, {email: b@example.com}]';

test.each([
  ['its owner alone is entitled', 'hold: {from: [group:s]}', 'owner: A@example.com', 0],
  [
    'whom it acts for alone is entitled',
    'hold: {from: [A@example.com]}',
    'owner: c@example.com, acts_for: [a@example.com]',
    0,
  ],
  ['two have to approve and one is left', 'hold: {approvals: 2}', 'owner: b@example.com', 1],
])('an agent is warned of where %s', (_name, hold, owner, left) => {
  const result = load(`version: 1\n${hold}\n${people}\nagents:\n  - {id: bot, ${owner}}\n`);
  expect(result).toMatchObject({
    ok: true,
    warnings: [{ at: 'holdgate.yaml:5:5', message: expect.stringMatching(new RegExp(`by default: ${left}, needed`)) }],
  });
});

test.each([
  ['others are entitled', 'hold: {approvals: 1}', 'owner: a@example.com'],
  ['the agent is disabled', 'hold: {from: [group:s]}', 'owner: a@example.com, disabled: true'],
])('nothing is said where %s', (_name, hold, agent) => {
  expect(load(`version: 1\n${hold}\n${people}\nagents:\n  - {id: bot, ${agent}}\n`)).toMatchObject({
    ok: true,
    warnings: [],
  });
});
