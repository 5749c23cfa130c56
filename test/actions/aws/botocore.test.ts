// Requests of the real botocore, over all services and protocols: each is recognised as exactly the operation that made it. To run the whole
// set (37,000 requests): scripts/catalogue/aws/sample.py /tmp/all.jsonl, then HOLDGATE_AWS_SAMPLE=/tmp/all.jsonl npx vitest run this file.
import { describe, expect, it } from 'vitest';
import { callOf, recogniser, recorded } from './calls.ts';
import { isExact, isNotMilder, operationOf } from './exactness.ts';

const sample = recorded(process.env['HOLDGATE_AWS_SAMPLE']);
describe('requests of botocore', () => {
  it('are of every service and protocol', () => {
    expect(sample.length).toBeGreaterThanOrEqual(2_000);
    expect(new Set(sample.map(({ service }) => service)).size).toBeGreaterThanOrEqual(420);
    const protocols = new Set(sample.map(({ protocol }) => protocol));
    expect([...protocols].toSorted()).toEqual(['ec2', 'json', 'query', 'rest-json', 'rest-xml', 'smithy-rpc-v2-cbor']);
  });

  it('are recognised as exactly their operation, and never as a milder one', () => {
    const missed: string[] = [];
    const milder: string[] = [];
    for (const each of sample) {
      const operation = operationOf(each);
      const actions = recogniser.recognise(callOf(each));
      if (isExact(operation, actions)) continue;
      const what = `${each.service} ${each.operation} (${each.protocol}): ${actions.map(({ name, confidence }) => `${name} ${confidence}`).join(', ')}`;
      missed.push(what);
      if (!isNotMilder(operation, actions)) milder.push(what);
    }
    expect(milder).toEqual([]);
    expect(missed.length / sample.length, missed.join('\n')).toBeLessThanOrEqual(0.001);
  });

  it('are recognised behind a mount, where only the signature says the service', () => {
    const signed = sample.filter(({ service, headers }) => {
      const authorization = headers.find(([name]) => name === 'Authorization')?.[1] ?? '';
      return authorization.startsWith('AWS4-') && !['s3', 's3control', 's3outposts'].includes(service);
    });
    const missed: string[] = [];
    for (const each of signed) {
      const operation = operationOf(each);
      const actions = recogniser.recognise({ ...callOf(each), host: 'gate.internal:8080' });
      if (isExact(operation, actions)) continue;
      missed.push(`${each.service} ${each.operation}`);
      expect(isNotMilder(operation, actions), `${each.service} ${each.operation}`).toBe(true);
    }
    expect(signed.length).toBeGreaterThan(2_400);
    // A few services sign with one name and share their paths: Lex and its second version, agents of Bedrock.
    expect(missed.length / signed.length, missed.join('\n')).toBeLessThanOrEqual(0.005);
  });

  it('need their body for all but what streams', () => {
    const streaming: string[] = [];
    for (const each of sample) {
      const call = callOf(each);
      if (call.body.state === 'none') continue;
      if (!recogniser.needsBody({ ...call, body: { state: 'unread' } })) streaming.push(each.operation);
    }
    expect(streaming.length).toBeGreaterThan(3);
    for (const name of streaming)
      expect(name).toMatch(/^(Put|Post|Upload|Invoke|Publish|Send|Validate|Update|Import|Create|Recognize|Write)/);
  });

  it('are never certain of an operation that the unread body could change', () => {
    let unread = 0;
    for (const each of sample) {
      const call = callOf(each);
      if (call.body.state === 'none') continue;
      const operation = operationOf(each);
      const actions = recogniser.recognise({ ...call, body: { state: 'unread' } });
      expect(actions.length).toBeGreaterThan(0);
      expect(isNotMilder(operation, actions), `${each.service} ${each.operation}`).toBe(true);
      if (actions.every(({ confidence }) => confidence === 'exact')) {
        expect(operation.streams, `${each.service} ${each.operation}`).toBe(true);
      } else unread++;
    }
    expect(unread).toBeGreaterThan(1_000);
  });
});
