// Requests of the real botocore, over all services and protocols: each is recognised as exactly the operation that made it. To run the whole
// set (37,000 requests): scripts/catalogue/aws/sample.py /tmp/all.jsonl, then HOLDGATE_AWS_SAMPLE=/tmp/all.jsonl npx vitest run this file.
import { describe, expect, it } from 'vitest';
import { awsCatalogue } from '../../../src/actions/aws/catalogue.ts';
import type { Operation } from '../../../src/actions/aws/catalogue-text.ts';
import { tagsOf } from '../../../src/actions/aws/tags.ts';
import type { Action, ActionLevel } from '../../../src/core/action.ts';
import { callOf, recogniser, type Recorded, recorded } from './calls.ts';

const sample = recorded(process.env['HOLDGATE_AWS_SAMPLE']);
const catalogue = awsCatalogue();
const heads = new Map(catalogue.heads.map((head) => [head.id, head]));

function operationOf({ service, operation }: Recorded): Operation {
  const head = heads.get(service);
  const found = head && catalogue.service(head).operations.get(operation);
  if (!found) throw new Error(`the catalogue lacks ${service} ${operation}`);
  return found;
}

/** Operations of S3 that a newer one has replaced are the same bytes. */
const sameCall = (name: string): string =>
  name.replace(/^((?:Get|Put)Bucket(?:Lifecycle|Notification))$/, '$1Configuration');

/** Exactly its operation, with everything that IAM asks for. A version of an object has actions of its own name. */
function isExact(operation: Operation, actions: readonly Action[]): boolean {
  // What botocore's samples have for SQL is none.
  const own = actions.filter(
    ({ name, provider }) => provider === 'aws' && (name !== 'aws:iam:PassRole' || operation.name === 'PassRole'),
  );
  const found = new Set(own.map(({ name }) => name));
  const needed = operation.actions.filter(
    ({ prefix, name }) => !found.has(`aws:${prefix}:${name}`) && !found.has(`aws:${prefix}:${name}Version`),
  );
  const certain = operation.oneOf ? needed.length < operation.actions.length : needed.length === 0;
  return (
    certain &&
    own.every((action) => sameCall(action.operation) === sameCall(operation.name)) &&
    own.every((action) => action.confidence === 'exact' || (operation.oneOf && action.confidence === 'ambiguous'))
  );
}

const ORDER: readonly ActionLevel[] = ['list', 'read', 'tagging', 'write', 'permissions-management', 'unknown'];

/** Not milder: each level is reached and each tag is there, by an action that a rule cannot take for certainly another one. */
function isNotMilder(operation: Operation, actions: readonly Action[]): boolean {
  if (actions.some(({ confidence }) => confidence === 'unknown')) return true;
  const tags = new Set(actions.flatMap((action) => action.tags));
  return operation.actions.every(
    ({ prefix, name, level }) =>
      actions.some((action) => ORDER.indexOf(action.level) >= ORDER.indexOf(level)) &&
      tagsOf(`${prefix}:${name}`).every((tag) => tags.has(tag)),
  );
}

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
