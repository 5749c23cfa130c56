// Quiet hours, notification limits and caps of agents: what is accepted, and what is said about the rest.
import { expect, test } from 'vitest';
import { configJsonSchema } from '../../src/config/schema.ts';
import { faultsOf, loaded } from './scratch.ts';

const HOOKS = `version: 1
channels: {webhooks: {ops: {url: "https://x.example.com", secret: "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"}}}
`;
const ALL_DAYS = [1, 2, 3, 4, 5, 6, 7];

test('nothing is quiet unless the file says so, and limits are on', () => {
  const { attention, hold, agents } = loaded('version: 1\n');
  expect(attention).toEqual({ quiet: [], messages: { most: 60, per: 60_000 } });
  expect(hold.max_held_per_agent).toBeUndefined();
  expect(agents).toEqual([]);
});

test('one quiet time or several, with what they leave out', () => {
  const one = loaded(
    `${HOOKS}quiet_hours: {timezone: Europe/Berlin, from: "22:00", to: "07:00", notify: "webhook:ops"}\n`,
  );
  expect(one.attention.quiet).toEqual([
    {
      window: { zone: 'Europe/Berlin', days: ALL_DAYS, from: 1320, to: 420 },
      upTo: 'medium',
      notify: ['webhook:ops'],
    },
  ]);
  const { attention } = loaded(`${HOOKS}quiet_hours:
  - {timezone: Europe/Berlin, from: "22:00", to: "07:00", days: [mon, tue], up_to: high}
  - {timezone: America/New_York, days: [sat, sun], up_to: low, notify: [webhook:ops]}
`);
  expect(attention.quiet).toMatchObject([
    { window: { days: [1, 2] }, upTo: 'high', notify: [] },
    { window: { zone: 'America/New_York', days: [6, 7], from: 0, to: 1440 }, upTo: 'low', notify: ['webhook:ops'] },
  ]);
});

test('working hours, one or several, and none unless the file says so', () => {
  expect(loaded('version: 1\n').working_hours).toEqual([]);
  expect(
    loaded('version: 1\nworking_hours: {timezone: Europe/Berlin, from: "08:00", to: "18:00"}\n').working_hours,
  ).toEqual([{ zone: 'Europe/Berlin', days: ALL_DAYS, from: 480, to: 1080 }]);
  const two = '[{timezone: UTC, days: mon}, {timezone: UTC, days: [sat, sun]}]';
  expect(loaded(`version: 1\nworking_hours: ${two}\n`).working_hours.map(({ days }) => days)).toEqual([[1], [6, 7]]);
});

test('limits of all agents, of one, and none', () => {
  const { attention, hold, agents } = loaded(`version: 1
hold: {max_held_per_agent: none}
notify_limits: {per_agent: {messages: 3, per: 10s}}
agents:
  - {id: a, owner: o@example.com, max_open: 5, max_held: {calls: 9, per: 24h}}
  - {id: b, owner: o@example.com, max_held: none}
  - {id: c, owner: o@example.com}
`);
  expect(attention.messages).toEqual({ most: 3, per: 10_000 });
  expect(hold.max_held_per_agent).toBeUndefined();
  expect(agents.map(({ max_open: open, max_held: held }) => [open, held])).toEqual([
    [5, { most: 9, per: 86_400_000 }],
    [undefined, 'none'],
    [undefined, undefined],
  ]);
  expect(loaded('version: 1\nnotify_limits: {per_agent: none}\n').attention.messages).toBeUndefined();
});

const quiet = (more: string): string => `${HOOKS}quiet_hours: {timezone: UTC, from: "22:00", to: "07:00", ${more}}\n`;

test.each([
  [
    'an unknown zone',
    `${HOOKS}quiet_hours: {timezone: Europe/Berlim, from: "22:00"}\n`,
    /^3:25 unknown time zone "Europe\/Berlim"; did you mean "Europe\/Berlin"/,
  ],
  ['an offset for a zone', `${HOOKS}quiet_hours: {timezone: "+02:00"}\n`, /unknown time zone "\+02:00"/],
  ['no zone', `${HOOKS}quiet_hours: {from: "22:00"}\n`, /the key "timezone" is missing/],
  ['an empty window', `${HOOKS}quiet_hours: {timezone: UTC, from: "22:00", to: "22:00"}\n`, /the window is empty/],
  ['no time of day', `${HOOKS}quiet_hours: {timezone: UTC, from: "25:00"}\n`, /"25:00" is not a time of day/],
  ['no day', quiet('days: [monday]'), /unknown day "monday" \(expected one of mon, tue/],
  ['what is critical', quiet('up_to: critical'), /what is critical is never quiet; expected low, medium or high/],
  ['a word that is no risk', quiet('up_to: mid'), /unknown risk "mid"/],
  ['a key that is none', quiet('upto: low'), /unknown key "upto"; did you mean "up_to"/],
  ['a place that is none', quiet('notify: [pager]'), /"pager" is no place/],
  [
    'a webhook that is not there',
    quiet('notify: ["webhook:opz"]'),
    /^3:\d+ "webhook:opz": there is no webhook "opz" in channels; did you mean "ops"/,
  ],
  [
    'a channel that is not there, in a list',
    `${HOOKS}quiet_hours:\n  - {timezone: UTC, notify: "slack:C1234567"}\n`,
    /^4:\d+ "slack:C1234567": no channel "slack" is configured/,
  ],
  ['an empty list', `${HOOKS}quiet_hours: []\n`, /must not be empty/],
  ['working hours in no zone', 'version: 1\nworking_hours: {from: "08:00"}\n', /the key "timezone" is missing/],
  ['no working hours', 'version: 1\nworking_hours: {timezone: UTC, from: "8"}\n', /"8" is not a time of day/],
  ['no time', 'version: 1\nnotify_limits: {per_agent: {messages: 3}}\n', /the key "per" is missing/],
  ['no messages', 'version: 1\nnotify_limits: {per_agent: {messages: 0, per: 1m}}\n', /must be at least 1/],
  ['a word', 'version: 1\nnotify_limits: {per_agent: off}\n', /expected a map, or "none"/],
  [
    'a time too long',
    'version: 1\nhold: {max_held_per_agent: {calls: 3, per: 2d}}\n',
    /expected a time from 1s to 24h/,
  ],
  [
    'a time without a unit',
    'version: 1\nhold: {max_held_per_agent: {calls: 3, per: 60}}\n',
    /expected a text, got a number, 60/,
  ],
  [
    'more than is remembered',
    'version: 1\nhold: {max_held_per_agent: {calls: 10001, per: 1h}}\n',
    /must be at most 10000/,
  ],
  ['a cap of nothing', 'version: 1\nagents: [{id: a, owner: o@example.com, max_open: 0}]\n', /must be at least 1/],
])('%s is a fault', (_name, text, fault) => {
  expect(faultsOf(text)).toEqual([expect.stringMatching(fault)]);
});

test('editors know the keys', () => {
  expect(JSON.stringify(configJsonSchema())).toMatch(/"quiet_hours".*"timezone".*"up_to"/s);
});
