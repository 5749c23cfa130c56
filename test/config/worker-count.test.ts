import { expect, test } from 'vitest';
import { parseWorkerCount } from '../../src/config/worker-count.ts';
import { faultsOf, load } from './scratch.ts';

const file = (workers: string): string => `version: 1\nworkers: ${workers}\npolicies: [.]\n`;

test.each([
  ['1', 1],
  ['256', 256],
  ['auto', 'auto'],
])('workers: %s is read as %s, in the file and on the command line', (text, expected) => {
  const result = load(file(text), {}, {});
  expect(result.ok && result.config.workers).toBe(expected);
  expect(parseWorkerCount(text)).toBe(expected);
});

test('one process serves unless told otherwise', () => {
  const result = load('version: 1\npolicies: [.]\n', {}, {});
  expect(result.ok && result.config.workers).toBe(1);
});

test.each(['0', '257', '1.5', '-1', 'many', '""', 'AUTO', '[2]', 'true'])('workers: %s is a fault', (text) => {
  const faults = faultsOf(file(text));
  expect(faults).toHaveLength(1);
  expect(faults[0]).toMatch(/^2:10 expected .*auto.*number/);
  expect(parseWorkerCount(text)).toBeUndefined();
});
