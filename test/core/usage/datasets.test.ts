// Which labels a call has: what may carry the data does.
import { expect, it } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { compileDatasets, type DatasetRule } from '../../../src/core/usage/datasets.ts';

const call = (path: string): Call => ({
  method: 'GET',
  upstream: 'store',
  scheme: 'https',
  host: 'store.example',
  path,
  query: undefined,
  headers: [],
  body: { state: 'none' },
});

const action = (name: string, id?: string, confidence: Action['confidence'] = 'exact'): Action => ({
  provider: 'aws',
  service: 's3',
  operation: 'x',
  name,
  level: 'read',
  levelSource: 'catalogue',
  tags: [],
  resource: id === undefined ? {} : { id },
  params: {},
  summary: '',
  confidence,
});

const GET = 'aws:s3:GetObject';
const objects: DatasetRule = { label: 'customers', actions: [GET], resources: ['customer-*'] };

it.each<[DatasetRule, string, Action[], boolean]>([
  [objects, '/', [action(GET, 'customer-1/a')], true],
  [objects, '/', [action(GET, 'other')], false],
  [objects, '/', [action('aws:s3:PutObject', 'customer-1/a')], false],
  [objects, '/', [action('aws:s3:PutObject', 'x'), action(GET, 'customer-1/a')], true],
  [objects, '/', [action(GET, '*')], true],
  [objects, '/', [action(GET)], true],
  [objects, '/', [action('aws:s3:Unknown', 'x', 'unknown')], true],
  [objects, '/', [action(GET, 'customer-1', 'ambiguous')], true],
  [{ label: 'customers', paths: ['/customers/**'] }, '/customers/7', [], true],
  [{ label: 'customers', paths: ['/customers/**'] }, '/orders/%2e%2e/customers/7', [], true],
  [{ label: 'customers', paths: ['/customers/**'] }, '/orders', [], false],
  [{ ...objects, paths: ['/b/*'] }, '/b/x', [action(GET, 'customer-1')], true],
  [{ ...objects, paths: ['/b/*'] }, '/c/x', [action(GET, 'customer-1')], false],
  [{ label: 'customers' }, '/', [], true],
])('%j on %s', (rule, path, actions, labelled) => {
  const labels = compileDatasets('store', [rule])(call(path), () => actions);
  expect(labels).toEqual(labelled ? ['store', 'customers'] : ['store']);
});

it('is the upstream alone where nothing is configured, without a look at the actions', () => {
  const never = (): never => {
    throw new Error('asked');
  };
  expect(compileDatasets('store', [])(call('/'), never)).toEqual(['store']);
  expect(compileDatasets('store', [{ label: 'x', paths: ['/y'] }])(call('/'), never)).toEqual(['store']);
});

it('is a label once, whatever rules share it', () => {
  const rules = [{ label: 'a' }, { label: 'b' }, { label: 'a' }];
  expect(compileDatasets('store', rules)(call('/'), () => [])).toEqual(['store', 'a', 'b']);
});
