import { describe, expect, it } from 'vitest';
import { createRouter } from '../../../src/proxy/intake/router.ts';
import type { Upstream } from '../../../src/core/upstream.ts';

const upstream = (id: string, more: Partial<Upstream>): Upstream => ({
  id,
  scheme: 'https',
  hostname: `${id}.example.com`,
  port: 443,
  authority: `${id}.example.com`,
  basePath: '',
  mount: undefined,
  hosts: [],
  credential: undefined,
  agent_credentials: 'strip',
  allow_private: false,
  ca: undefined,
  wait: undefined,
  timeouts: { connect: 1000, head: 1000, idle: 1000 },
  ...more,
});

const router = createRouter([
  upstream('billing', { mount: '/billing', hosts: ['billing.internal'] }),
  upstream('deep', { mount: '/billing/v2', basePath: '/api/v2' }),
  upstream('s3', { hosts: ['s3.internal:8080', '*.s3.internal:8080'] }),
  upstream('aws', { mount: '/aws', basePath: '/v1', hosts: ['*.gate.internal:8080'] }),
  upstream('scoped', { hosts: ['scoped.internal'], basePath: '/tenants/acme' }),
]);
const routed = (authority: string, path: string): string | undefined => {
  const route = router.byHost(authority, path) ?? router.byMount(path);
  return typeof route === 'object' ? `${route.upstream.id} ${route.path}` : route;
};

describe('names below a host', () => {
  const host = (authority: string): string | undefined => {
    const route = router.byHost(authority, '/k');
    return typeof route === 'object' ? route.host : route;
  };
  it.each([
    ['s3.internal:8080', 's3.example.com'],
    ['bucket.s3.internal:8080', 'bucket.s3.example.com'],
    ['my.bucket.s3.internal:8080', 'my.bucket.s3.example.com'],
    ['bucket.s3.internal', undefined],
    ['buckets3.internal:8080', undefined],
    ['bucket.billing.internal', undefined],
    ['billing.internal', 'billing.example.com'],
  ])('%s is %s to the upstream', (authority, expected) => {
    expect(host(authority)).toBe(expected);
  });

  it.each([
    ['/aws/key', 'aws /v1/key bucket.aws.example.com'],
    ['/aws', 'aws /v1/ bucket.aws.example.com'],
    ['/aws/', 'aws /v1/ bucket.aws.example.com'],
    ['/awsx', 'outside'],
    ['/key', 'outside'],
    ['/v1/key', 'outside'],
  ])('below a mount, %s is %s', (path, expected) => {
    const route = router.byHost('bucket.gate.internal:8080', path);
    expect(typeof route === 'object' ? `${route.upstream.id} ${route.path} ${route.host}` : route).toBe(expected);
  });
});

describe('createRouter', () => {
  it.each([
    ['127.0.0.1:8080', '/billing/x', 'billing /x'],
    ['127.0.0.1:8080', '/billing', 'billing /'],
    ['127.0.0.1:8080', '/billing/', 'billing /'],
    ['127.0.0.1:8080', '/billing/v2/x', 'deep /api/v2/x'],
    ['127.0.0.1:8080', '/billingx', undefined],
    ['127.0.0.1:8080', '/', undefined],
    ['127.0.0.1:8080', '/Billing/x', undefined],
    ['billing.internal', '/billing/x', 'billing /billing/x'],
    ['billing.internal:443', '/x', 'billing /x'],
    ['billing.internal:8443', '/x', undefined],
    ['scoped.internal', '/tenants/acme/x', 'scoped /tenants/acme/x'],
    ['scoped.internal', '/tenants/acme', 'scoped /tenants/acme'],
    ['scoped.internal', '/tenants/acmex', 'outside'],
    ['scoped.internal', '/tenants/other', 'outside'],
  ])('%s %s goes to %s', (authority, path, expected) => {
    expect(routed(authority, path)).toBe(expected);
  });
});
