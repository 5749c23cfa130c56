// Where previews are asked: where the held call goes, and nowhere else.
import { expect, it } from 'vitest';
import type { SignedFor } from '../../src/core/call.ts';
import { Secret } from '../../src/core/secret.ts';
import type { Upstream } from '../../src/core/upstream.ts';
import { createReadClient } from '../../src/proxy/read-client.ts';
import { createManualClock } from '../ports/manual-clock.ts';

const secret = new Secret('key');
const credential = { aws: { accessKeyId: secret, secretAccessKey: secret, sessionToken: undefined } };
const upstream = (more: Partial<Upstream>): Upstream =>
  ({
    id: 'aws',
    kind: 'aws',
    scheme: 'https',
    hostname: 'sts.us-east-1.amazonaws.com',
    authority: 'sts.us-east-1.amazonaws.com',
    port: 443,
    basePath: '',
    hosts: [],
    preview: { credential, dryRun: false },
    ...more,
  }) as Upstream;
const ALL = upstream({
  hostname: '{service}.{region}.amazonaws.com',
  authority: '{service}.{region}.amazonaws.com',
  servicesBelow: 'amazonaws.com',
});

async function connectedTo(to: Upstream, host: string, signedFor?: SignedFor): Promise<string | undefined> {
  let hostname: string | undefined;
  const client = createReadClient({
    upstreams: [to],
    clock: createManualClock(),
    version: '1',
    pools: {
      connect(asked) {
        hostname = asked.hostname;
        return Promise.resolve({ ok: false, failure: 'refused', detail: '' } as never);
      },
      injected: () => '',
      scrubber: () => undefined,
    },
  });
  const request = { method: 'GET', host, path: '/', query: undefined, ...(signedFor && { signedFor }) } as const;
  const answer = await client.read('aws', request, new AbortController().signal);
  expect(answer.outcome).toBe('failed');
  return hostname;
}

const iam: SignedFor = { service: 'iam', region: 'us-east-1' };
const s3: SignedFor = { service: 's3', region: 'eu-west-1' };

it.each<[Upstream, string, SignedFor | undefined, string | undefined]>([
  [upstream({}), 'sts.us-east-1.amazonaws.com', undefined, 'sts.us-east-1.amazonaws.com'],
  [upstream({}), 'evil.example.com', undefined, undefined],
  [upstream({}), 'x.sts.us-east-1.amazonaws.com', undefined, undefined],
  [ALL, 'iam.amazonaws.com', iam, 'iam.amazonaws.com'],
  [ALL, 'sts.us-east-1.amazonaws.com', iam, undefined],
  [ALL, 'evil.example.com', iam, undefined],
  [ALL, 'iam.amazonaws.com', undefined, undefined],
  [ALL, 'bucket.s3.eu-west-1.amazonaws.com', s3, undefined],
  [{ ...ALL, hosts: ['*.aws.test'] }, 'bucket.s3.eu-west-1.amazonaws.com', s3, 's3.eu-west-1.amazonaws.com'],
  [{ ...ALL, hosts: ['*.aws.test'] }, 'evil.example.com', s3, undefined],
])('%#: for a call to %s', async (to, host, signedFor, expected) => {
  expect(await connectedTo(to, host, signedFor)).toBe(expected);
});
