// What is counted of an answer, and under which names.
import { expect, it } from 'vitest';
import type { Call } from '../../src/core/call.ts';
import type { SqlService } from '../../src/core/upstream.ts';
import type { UsageKey } from '../../src/core/usage/usage-amount.ts';
import { createCallMeters } from '../../src/proxy/call-meter.ts';

const call = (path = '/'): Call => ({
  method: 'GET',
  upstream: 'db',
  scheme: 'https',
  host: 'db.example',
  path,
  query: undefined,
  headers: [],
  body: { state: 'none' },
});

function world(
  upstream: { readonly sqlService?: SqlService; readonly datasets?: { label: string; paths: string[] }[] } = {},
) {
  const counted = new Map<string, [bytes: number, rows: number]>();
  let made = 0;
  const meter = ({ agent, upstream: id, dataset }: UsageKey) => {
    made++;
    return {
      add(bytes: number, rows: number) {
        const [b, r] = counted.get(`${agent}/${id}/${dataset}`) ?? [0, 0];
        counted.set(`${agent}/${id}/${dataset}`, [b + bytes, r + rows]);
      },
    };
  };
  const meters = createCallMeters([{ id: 'db', ...upstream }], meter);
  return { counted: () => Object.fromEntries(counted), meters, made: () => made };
}

it('counts the bytes of every call under its upstream, with one meter for each agent', () => {
  const { counted, meters, made } = world();
  for (const agent of ['bot', 'bot', 'other']) meters.of(agent, call(), () => []).sent(10);
  expect(counted()).toEqual({ 'bot/db/db': [20, 0], 'other/db/db': [10, 0] });
  expect(made()).toBe(2);
});

it('counts labelled calls under their labels too', () => {
  const { counted, meters } = world({ datasets: [{ label: 'customers', paths: ['/customers/**'] }] });
  meters.of('bot', call('/customers/7'), () => []).sent(10);
  meters.of('bot', call('/orders'), () => []).sent(5);
  expect(counted()).toEqual({ 'bot/db/db': [15, 0], 'bot/db/customers': [10, 0] });
});

it.each<[SqlService | undefined, string[], number]>([
  ['postgrest', ['Content-Range', '0-24/3573'], 25],
  ['postgrest', ['content-range', '100-100/*'], 1],
  ['postgrest', ['Content-Range', '*/0'], 0],
  ['postgrest', ['Content-Range', '9-3/*'], 0],
  ['postgrest', [], 0],
  ['clickhouse', ['X-ClickHouse-Summary', '{"read_rows":"9","result_rows":"7","result_bytes":"1"}'], 7],
  ['clickhouse', ['X-ClickHouse-Summary', '{"result_rows": 3}'], 3],
  ['clickhouse', ['X-ClickHouse-Summary', 'no'], 0],
  ['snowflake', ['Content-Range', '0-24/3573'], 0],
  [undefined, ['Content-Range', '0-24/3573'], 0],
])('%s with %j has %d rows', (sqlService, headers, rows) => {
  const { counted, meters } = world(sqlService && { sqlService });
  const meter = meters.of('bot', call(), () => []);
  meter.head(headers);
  meter.sent(1);
  expect(counted()).toEqual({ 'bot/db/db': [1, rows] });
});
