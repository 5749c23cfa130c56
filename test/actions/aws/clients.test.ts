// Requests of the AWS SDKs for JavaScript v3 and for Go v2, over hosts of every kind, mounts and protocols: recognised as their operation, or
// held where the catalogue is older than the SDK. To record anew: scripts/catalogue/aws/sample-js.mjs; HOLDGATE_AWS_SAMPLE names a whole set.
import { describe, expect, it } from 'vitest';
import { awsCatalogue } from '../../../src/actions/aws/catalogue.ts';
import { serviceHost } from '../../../src/actions/aws/service-host.ts';
import type { Action } from '../../../src/core/action.ts';
import { callOf, recogniser, type Recorded, recorded } from './calls.ts';
import { isExact, isNotMilder, operationOf } from './exactness.ts';

const sample = recorded(process.env['HOLDGATE_AWS_SAMPLE'] ?? new URL('data/clients.jsonl.gz', import.meta.url));
const catalogue = awsCatalogue();
const known = ({ service, operation }: Recorded): boolean =>
  catalogue.heads.some(({ id }) => id === service) &&
  catalogue.heads.some((head) => head.id === service && catalogue.service(head).operations.has(operation));

const said = ({ client, service, operation, method, url }: Recorded, actions: readonly Action[]): string =>
  `${client ?? ''} ${service} ${operation}: ${method} ${url} → ${actions.map(({ name, confidence }) => `${name} ${confidence}`).join(', ')}`;

/** Signed for a relative of S3, at a host that may only know S3. */
const isAtStranger = ({ operation, url }: Recorded): boolean =>
  operation === 'ListDirectoryBuckets' && url.startsWith('http://127.0.0.1');

describe('requests of other SDKs', () => {
  it('are of many services, hosts and protocols', () => {
    expect(sample.length).toBeGreaterThanOrEqual(1_000);
    expect(new Set(sample.map(({ service }) => service)).size).toBeGreaterThanOrEqual(100);
    expect(new Set(sample.map(({ client }) => client))).toEqual(new Set(['js', 'go']));
    const hosts = sample.map(({ url }) => url);
    for (const kind of [/[-/]fips/, /\.api\.aws/, /\.com\.cn/, /127\.0\.0\.1/, /\/operation\//])
      expect(hosts.filter((url) => kind.test(url)).length).toBeGreaterThan(10);
    expect(sample.filter(known).length / sample.length).toBeGreaterThan(0.9);
  });

  it('are recognised as exactly their operation, and never as a milder one', () => {
    const missed: string[] = [];
    const milder: string[] = [];
    const all = sample.filter(known);
    for (const each of all) {
      const operation = operationOf(each);
      const actions = recogniser.recognise(callOf(each));
      if (isExact(operation, actions)) continue;
      if (!isAtStranger(each)) missed.push(said(each, actions));
      if (!isNotMilder(operation, actions)) milder.push(said(each, actions));
    }
    expect(milder).toEqual([]);
    expect(missed.length / all.length, missed.join('\n')).toBeLessThanOrEqual(0.001);
  });

  it('are never taken for something else where the SDK is newer than the catalogue', () => {
    const taken: string[] = [];
    for (const each of sample.filter((one) => !known(one))) {
      const actions = recogniser.recognise(callOf(each));
      const sure = actions.filter(
        ({ confidence, operation }) => confidence === 'exact' && operation !== each.operation,
      );
      if (sure.length > 0 || actions.length === 0) taken.push(said(each, actions));
    }
    expect(taken).toEqual([]);
  });

  it('find their host again where one upstream is all of AWS, or none', () => {
    const wrong: string[] = [];
    let found = 0;
    // The hosts of a region, but not those of one account, one bucket, one kind of operation, or of an operation that is not known.
    const usual =
      /^https:\/\/(?!\d{12}\.|(?:stream|sync|data|query)-|(?:ingest|query|cell1)\.timestream|search-)[^/]*\.us-east-1\.amazonaws\.com\//;
    for (const each of sample.filter((one) => usual.test(one.url) && !/fips|dualstack/.test(one.url) && known(one))) {
      const made = callOf(each);
      const authorization = each.headers.find(([name]) => /^authorization$/i.test(name))?.[1] ?? '';
      const [, region = '', service = ''] = /Credential=[^/]+\/\d+\/([^/]+)\/([^/]+)\//.exec(authorization) ?? [];
      if (region !== 'us-east-1') continue;
      const host = serviceHost({ ...made, host: 'gate', signedFor: { region, service } }, 'amazonaws.com');
      if (host.ok && (made.host === host.host || made.host.endsWith(`.${host.host}`))) found++;
      else if (host.ok) wrong.push(`${each.service} ${each.operation}: ${made.host}, not ${host.host}`);
    }
    expect(wrong).toEqual([]);
    expect(found).toBeGreaterThan(800);
  });
});
