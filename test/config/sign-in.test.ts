// `sign_in` and user groups: what the file may say, what is said of the rest, and which names rules may use because of them.
import { expect, test } from 'vitest';
import { knownNames, policyDefaults } from '../../src/config/policy-inputs.ts';
import { loadPolicySet } from '../../src/config/policy-files.ts';
import { join } from 'node:path';
import { faultsOf, load, loaded, scratch } from './scratch.ts';

const ISSUER = 'issuer: "https://idp.example.com", audience: people, algorithms: [RS256]';
const file = (issuer: string, more = ''): string => `version: 1\nsign_in:\n  issuers:\n    - {${issuer}}\n${more}`;
const SLACK = 'channels: {slack: {bot_token: x, app_token: y, teams: [T0TEAM], user_groups: {platform: S0123ABCD}}}\n';

test('reads identity providers with their defaults', () => {
  const { sign_in: issuers } = loaded(file(`${ISSUER}, groups: {g1: security, "g/2": [security, platform]}`));
  expect(issuers).toEqual([
    {
      issuer: 'https://idp.example.com',
      audience: 'people',
      algorithms: ['RS256'],
      jwks_uri: undefined,
      jwks_file: undefined,
      allowPrivate: false,
      claims: { email: 'email', emailVerified: 'email_verified', groups: 'groups' },
      domains: [],
      groups: { g1: ['security'], 'g/2': ['security', 'platform'] },
      provision: false,
      maxAge: 7_200_000,
      remember: 43_200_000,
    },
  ]);
});

test('reads a file of keys beside the configuration, and says what is wrong with it', () => {
  const [issuer] = loaded(file(`${ISSUER}, jwks_file: keys.json`), {}, { 'keys.json': '{"keys": []}' }).sign_in;
  expect(issuer?.jwks_file).toMatch(/\/keys\.json$/);
  expect(faultsOf(file(`${ISSUER}, jwks_file: keys.json`), {}, { 'keys.json': '[]' })).toEqual([
    expect.stringMatching(/keys\.json: it is not a JWK set/),
  ]);
});

test.each([
  [file(`${ISSUER}, groups: {g1: "oncall:platform"}`), /"oncall:platform" is not a group's name/],
  [file(`${ISSUER}, groups: {g1: "group:security"}`), /"group:security" is not a group's name/],
  [file(ISSUER.replace('RS256', 'HS256')), /unknown algorithm "HS256"/],
  [file(ISSUER.replace('RS256', 'none')), /unknown algorithm "none"/],
  [file(ISSUER.replace('https:', 'http:')), /has to be https/],
  [file(`${ISSUER}, jwks_uri: "https://idp.example.com/k", jwks_file: k.json`), /not both/],
  [file(`${ISSUER}, remember: 25h`), /expected 1m to 24h/],
  [file(`${ISSUER}, max_age: 1s`), /expected 1m to 24h/],
  [file(`${ISSUER}, domains: [Example.com]`), /"Example\.com" is not a domain/],
  [file(`${ISSUER}, group: {}`), /unknown key "group"; did you mean "groups"\?/],
  [file(`${ISSUER}}\n    - {${ISSUER}`), /the issuer "https:\/\/idp\.example\.com" stands at/],
  [
    file(ISSUER, `issuers:\n  - {${ISSUER}, jwks_uri: "https://idp.example.com/k", owner: a@example.com}\n`),
    /authenticate agents already, at .*people need an audience of their own/,
  ],
  [`version: 1\n${SLACK.replace('S0123ABCD', 'C0123ABCD')}`, /"C0123ABCD" is not the id of a user group \(S…\)/],
  [`version: 1\n${SLACK.replace('platform:', '"oncall:x":')}`, /"oncall:x" is not a group's name/],
])('%# is refused where it stands', (text, message) => {
  expect(faultsOf(text).filter((each) => message.test(each))).toHaveLength(1);
});

test('the same issuer may serve agents and people with an audience for each', () => {
  const agents = `issuers:\n  - {${ISSUER.replace('people', 'agents')}, jwks_uri: "https://idp.example.com/k", owner: a@example.com}\n`;
  expect(load(file(ISSUER, agents)).ok).toBe(true);
});

const people = 'people: [{email: a@example.com}, {email: b@example.com}]\n';
const hold = (from: string, approvals = 2): string => `hold: {approvals: ${approvals}, from: ["${from}"]}\n`;

test('groups of providers and of Slack may be asked for by default, by however many people there are', () => {
  const mapped = `${ISSUER}, groups: {g1: security, g2: [platform]}`;
  expect(faultsOf(file(mapped, `${people}${hold('group:security')}`))).toEqual(['(loads)']);
  expect(faultsOf(file(mapped, `${people}${hold('group:platform')}`))).toEqual(['(loads)']);
  expect(faultsOf(file(mapped, `${people}${hold('group:platfrom')}`))).toEqual([
    expect.stringMatching(/in the group "platfrom"; did you mean "group:platform"\?/),
  ]);
  expect(faultsOf(`version: 1\n${SLACK}${people}${hold('group:platform')}`)).toEqual(['(loads)']);
  expect(faultsOf(`version: 1\n${SLACK}${people}${hold('group:platform', 3)}`)).toEqual([
    expect.stringMatching(/can never be reached/),
  ]);
  expect(faultsOf(file(`${mapped}, provision: true`, `${people}${hold('group:platform', 3)}`))).toEqual(['(loads)']);
});

test('nobody in people is worth a warning, unless a provider brings them', () => {
  const warnings = (text: string): number => {
    const result = load(text);
    return result.ok ? result.warnings.filter(({ message }) => message.includes('nobody can approve')).length : -1;
  };
  expect([warnings(file(ISSUER)), warnings(file(`${ISSUER}, groups: {g: s}, provision: true`))]).toEqual([1, 0]);
});

test('a provider that may let people in, and maps no group, is worth a warning', () => {
  const result = load(file(`${ISSUER}, provision: true`, people));
  expect(result.ok && result.warnings.map(({ message }) => message)).toContain(
    'it lets nobody in without groups that are mapped',
  );
});

test.each([
  ['group:security', 3, false, /needs 3 approvals/],
  ['group:security', 2, false, undefined],
  ['group:platform', 2, false, undefined],
  ['group:nobody', 1, false, /no group "nobody"/],
  ['c@example.com', 1, false, /no person "c@example\.com"/],
  ['group:security', 3, true, undefined],
  ['c@example.com', 1, true, undefined],
  ['group:nobody', 1, true, /no group "nobody"/],
])(
  'a rule that asks for %s (%i approvals; provision: %s) is judged by what is known',
  async (from, approvals, provision, message) => {
    const config = loaded(file(`${ISSUER}, groups: {g: security}, provision: ${provision}`, people + SLACK));
    const folder = scratch({
      'p.yaml': `version: 1\nname: p\nowner: x\nrules:\n  - {id: r, description: d, match: {method: POST}, effect: hold, hold: {approvals: ${approvals}, from: ["${from}"]}}\n`,
    });
    const read = await loadPolicySet([join(folder, 'p.yaml')], policyDefaults(config), knownNames(config));
    if (read.ok) expect(message).toBeUndefined();
    else expect('faults' in read ? read.faults.map((fault) => fault.message).join() : '').toMatch(message ?? /nothing/);
  },
);
