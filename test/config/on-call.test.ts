// `on_call`: schedules by name.
import { expect, test } from 'vitest';
import { faultsOf, loaded } from './scratch.ts';

const file = (schedule: string, more = ''): string => `version: 1\non_call:\n  platform: ${schedule}\n${more}`;

test('reads schedules with their secrets', () => {
  const { on_call: schedules } = loaded(
    file(
      '{pagerduty: {schedules: P1, token: "${env:PD}"}, fallback: "group:security"}',
      '  dba: {http: {url: "https://x.example.com"}}\n',
    ),
    { PD: 's3cret' },
  );
  expect(schedules).toMatchObject([
    {
      name: 'platform',
      source: { kind: 'pagerduty', schedules: ['P1'], apiUrl: 'https://api.pagerduty.com' },
      fallback: ['group:security'],
    },
    { name: 'dba', source: { kind: 'http', url: 'https://x.example.com', token: undefined }, fallback: [] },
  ]);
  const [first] = schedules;
  expect(first?.source.token?.reveal()).toBe('s3cret');
});

test.each([
  ['{}', /3:13 name pagerduty or http/],
  ['{pagerduty: {schedules: [], token: x}}', /3:37 a list here must not be empty/],
  ['{http: {url: "http://x.example.com"}}', /has to be https/],
  ['{pagerduty: {schedules: P1, token: "${env:NOPE}"}}', /NOPE is not set/],
  ['{http: {url: "https://x.example.com"}, fallback: everybody}', /"everybody" is not an approver/],
])('%s is refused where it stands', (schedule, message) => {
  expect(faultsOf(file(schedule))).toEqual([expect.stringMatching(message)]);
});

test('a quorum may ask for whoever is on call, if there is such a schedule', () => {
  const people = 'people: [{email: a@example.com}]\n';
  const hold = (name: string): string => `hold: {approvals: 1, from: ["oncall:${name}"]}\n`;
  const schedule = '{http: {url: "https://x.example.com"}}';
  expect(faultsOf(file(schedule, people + hold('platform')))).toEqual(['(loads)']);
  expect(faultsOf(file(schedule, people + hold('platfrom')))).toEqual([
    expect.stringMatching(/there is no schedule "platfrom" in on_call; did you mean "oncall:platform"\?/),
  ]);
});
