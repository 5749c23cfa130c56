// `datasets` of an upstream: what is taken, and what is refused with which words.
import { expect, it } from 'vitest';
import { knownNames } from '../../src/config/policy-inputs.ts';
import { faultsOf, loaded } from './scratch.ts';

const upstream = (datasets: string): string =>
  `version: 1\nupstreams:\n  crm: {base: "https://crm.example.com", mount: /crm, datasets: ${datasets}}\n`;

it('takes labels with what they are put on', () => {
  const config = loaded(
    upstream(
      '[{label: customer-data, paths: "/customers/**"}, {label: exports, actions: ["aws:s3:Get*"], resources: [a, b]}]',
    ),
  );
  expect(config.upstreams[0]?.datasets).toEqual([
    { label: 'customer-data', paths: ['/customers/**'] },
    { label: 'exports', actions: ['aws:s3:Get*'], resources: ['a', 'b'] },
  ]);
  expect(knownNames(config).datasets).toEqual(['crm', 'customer-data', 'exports']);
});

it.each([
  ['[{paths: [/a]}]', 'label'],
  ['[{label: "a b"}]', 'a b'],
  [
    '[{label: crm}]',
    '"crm" is the id of an upstream, and names all of its calls already; the dataset needs another label',
  ],
  ['[{label: a, paths: [customers]}]', 'did you mean "/customers"?'],
  ['[{label: a, actions: ["{x}"]}]', 'bad glob'],
  ['[{label: a, path: [/a]}]', 'unknown key "path"; did you mean "paths"?'],
  ['[{label: a, paths: []}]', 'must not be empty'],
])('refuses %s', (datasets, message) => {
  expect(faultsOf(upstream(datasets)).join('\n')).toContain(message);
});
