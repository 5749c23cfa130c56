// Holds that end at quiet hours before anybody is told.
import { expect, it } from 'vitest';
import type { QuietTime } from '../../../src/core/attention.ts';
import { lintPolicies } from '../../../src/core/policy/lint.ts';
import { parsePolicyFile } from '../../../src/core/policy/parse.ts';

const NIGHT: QuietTime = {
  window: { zone: 'Europe/Berlin', days: [1, 2, 3, 4, 5, 6, 7], from: 22 * 60, to: 7 * 60 },
  upTo: 'medium',
  notify: [],
};
const hold = { approvals: 1, from: [], expires: 900_000 };

function lint(rule: string, quiet: readonly QuietTime[] | undefined = [NIGHT], defaults = hold): string[] {
  const result = parsePolicyFile(
    `version: 1\nowner: team\nrules:\n  - {id: a, match: {path: /x}, ${rule}}\n`,
    'p.yaml',
  );
  if (!result.ok) throw new Error(result.faults.map(({ at, message }) => `${at} ${message}`).join('\n'));
  return lintPolicies([result.policy], { hold: defaults, ...(quiet && { quiet }) })
    .filter(({ code }) => code === 'ends-unseen')
    .map(({ severity, message }) => `${severity} ${message}`);
}

it('are a warning that says what would be right', () => {
  expect(lint('effect: hold')).toEqual([
    'warning rule "a": what is held at quiet hours (22:00 to 07:00 Europe/Berlin) ends after 15 min, before anybody is told; give it `escalate`, or `expires` of at least 540 min',
  ]);
});

it.each([
  ['a rule that escalates before it ends', 'effect: hold, hold: {escalate: {after: 10m, to: "group:leads"}}'],
  ['a rule that lasts longer than the night', 'effect: hold, hold: {expires: 9h}'],
  ['a rule of a higher risk', 'effect: hold, risk: high'],
  ['a rule that holds nothing', 'effect: deny'],
])('are none of %s', (_name, rule) => {
  expect(lint(rule)).toEqual([]);
});

it('are none where somebody is told at quiet hours, or there are none, or nobody knows', () => {
  expect(lint('effect: hold', [{ ...NIGHT, notify: ['webhook:night'] }])).toEqual([]);
  expect(lint('effect: hold', [])).toEqual([]);
  expect(lint('effect: hold', [NIGHT], { ...hold, expires: 32_400_000 })).toEqual([]);
});

it('are found for each window by its own length', () => {
  const noon = { ...NIGHT, window: { ...NIGHT.window, from: 720, to: 730 } };
  expect(lint('effect: hold', [noon])).toEqual([]);
  expect(lint('effect: hold, risk: low, hold: {expires: 5m}', [noon])).toHaveLength(1);
  const day = { ...NIGHT, window: { ...NIGHT.window, from: 0, to: 1440 } };
  expect(lint('effect: hold, hold: {expires: 12h}', [noon, day])).toEqual([
    expect.stringContaining('at least 1440 min'),
  ]);
});
