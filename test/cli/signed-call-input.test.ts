// What people ask about calls that agents will sign: the service and region count, the signature itself is not asked after.
import { describe, expect, it } from 'vitest';
import { createSurroundings } from '../../src/cli/policy/call-input.ts';
import type { Config } from '../../src/config/types.ts';
import type { Call } from '../../src/core/call.ts';
import { presigned, signed, type SignedRequest } from '../e2e/signing-client.ts';

const KEY = { access_key_id: 'AKIAIOSFODNN7EXAMPLE', secret_access_key: 'any' };

const upstream = (base: string, servicesBelow?: string): Config['upstreams'][number] => ({
  id: 'aws',
  kind: 'aws',
  scheme: 'https',
  hostname: base,
  port: 443,
  authority: base,
  servicesBelow,
  basePath: '',
  mount: '/api',
  hosts: [],
  // The commands of policy authors do not look at secrets.
  credential: undefined,
  agent_credentials: 'strip',
  allow_private: false,
  ca: undefined,
  wait: undefined,
  timeouts: { connect: 1, head: 1, idle: 1 },
});

function callOf({ method, target, headers, body }: SignedRequest, one: Config['upstreams'][number]): Call | string {
  const config = { upstreams: [one], agents: [], issuers: [], limits: { inspect_body: 1000 } } as unknown as Config;
  const pairs = headers.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, headers[i + 1] ?? '']] : []));
  const url = `http://gate.test${target}`;
  const result = createSurroundings(config).toCall({ method, url, headers: pairs, body, upstream: undefined });
  return result.ok ? result.call : result.message;
}

describe('a signed call, as policy authors ask about it', () => {
  it('is the call that the gate would see', () => {
    const call = callOf(signed(KEY, { target: '/api/bucket?acl', region: 'eu-west-1' }), upstream('s3.test'));
    expect(call).toMatchObject({
      host: 's3.test',
      path: '/bucket',
      query: 'acl',
      signedFor: { service: 's3', region: 'eu-west-1' },
    });
    expect(JSON.stringify(call)).not.toMatch(/AKIA|X-Amz-Date/);
  });

  it('loses what presigned it', () => {
    const call = callOf(presigned(KEY, { target: '/api/bucket/key?versionId=2' }), upstream('s3.test'));
    expect(call).toMatchObject({ query: 'versionId=2', signedFor: { service: 's3', region: 'us-east-1' } });
  });

  it('goes to the host of its service where the upstream is all of AWS', () => {
    const all = upstream('{service}.{region}.amazonaws.com', 'amazonaws.com');
    expect(callOf(signed(KEY, { service: 'sts', region: 'eu-west-1' }), all)).toMatchObject({
      host: 'sts.eu-west-1.amazonaws.com',
    });
    expect(callOf(signed(KEY, { service: 'nothing' }), all)).toContain('No service of AWS');
    expect(callOf({ ...signed(KEY), headers: ['Host', 'gate.test'] }, all)).toContain('is not signed');
  });
});
