import { expect, test, vi } from 'vitest';
import { createResolver, type Lookup } from '../../../src/proxy/address/resolve.ts';

const target = { hostname: 'api.test', port: 443, allow_private: false };
const answering =
  (...addresses: string[]): Lookup =>
  () =>
    Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

test('a name gives all its addresses, in order and without repetitions', async () => {
  const resolver = createResolver({ lookup: answering('2606:4700::1', '1.1.1.1', '1.1.1.1') });
  expect(await resolver.resolve(target)).toEqual({ ok: true, addresses: ['2606:4700::1', '1.1.1.1'] });
});

test.each([
  ['first', ['10.0.0.1', '1.1.1.1']],
  ['last', ['1.1.1.1', '2606:4700::1', '::ffff:127.0.0.1']],
  ['no address at all', ['1.1.1.1', 'oops']],
])('one bad answer refuses the name: %s', async (_name, addresses) => {
  expect(await createResolver({ lookup: answering(...addresses) }).resolve(target)).toMatchObject({
    ok: false,
    failure: 'address-refused',
  });
});

test('private answers are allowed where the upstream says so, metadata never', async () => {
  const open = { ...target, allow_private: true };
  expect(await createResolver({ lookup: answering('10.0.0.1', 'fd00::1') }).resolve(open)).toMatchObject({ ok: true });
  expect(await createResolver({ lookup: answering('10.0.0.1', '169.254.169.254') }).resolve(open)).toEqual({
    ok: false,
    failure: 'address-refused',
    detail: 'api.test resolves to 169.254.169.254, which is metadata',
  });
});

test('literals are judged without asking anybody', async () => {
  const lookup = vi.fn(answering('1.1.1.1'));
  const resolver = createResolver({ lookup });
  expect(await resolver.resolve({ ...target, hostname: '8.8.8.8' })).toEqual({ ok: true, addresses: ['8.8.8.8'] });
  expect(await resolver.resolve({ ...target, hostname: '2606:4700:0:0::1' })).toEqual({
    ok: true,
    addresses: ['2606:4700::1'],
  });
  expect(await resolver.resolve({ ...target, hostname: '127.0.0.1' })).toMatchObject({ failure: 'address-refused' });
  expect(await resolver.resolve({ ...target, hostname: '::ffff:a9fe:a9fe' })).toMatchObject({
    failure: 'address-refused',
  });
  expect(lookup).not.toHaveBeenCalled();
});

test.each(['0x7f.1', '2130706433', '0177.0.0.1', '127.1', '①②⑦.⓪.⓪.①', 'LOCALHOST', 'api.test.', 'fe80::1%lo', ''])(
  '%j never reaches the system’s resolver, which would read an address into it',
  async (hostname) => {
    const lookup = vi.fn(answering('1.1.1.1'));
    expect(await createResolver({ lookup }).resolve({ ...target, hostname })).toMatchObject({
      ok: false,
      failure: 'address-refused',
    });
    expect(lookup).not.toHaveBeenCalled();
  },
);

test('a name that does not resolve or has no address is unreachable', async () => {
  const failing: Lookup = () => Promise.reject(Object.assign(new Error('getaddrinfo'), { code: 'ENOTFOUND' }));
  expect(await createResolver({ lookup: failing }).resolve(target)).toEqual({
    ok: false,
    failure: 'unreachable',
    detail: 'api.test does not resolve (ENOTFOUND)',
  });
  expect(await createResolver({ lookup: answering() }).resolve(target)).toMatchObject({ failure: 'unreachable' });
});

const open = { hostname: 'api.test', port: 8080, allow_private: true };

test.each([
  ['the listen address', '127.0.0.1', ['127.0.0.1'], true],
  ['the listen address in another dress', '127.0.0.1', ['::ffff:127.0.0.1'], true],
  ['a loopback address of a listener on all', '0.0.0.0', ['127.9.9.9'], true],
  ['an interface address of a listener on all', '::', ['10.1.2.3'], true],
  ['another machine', '0.0.0.0', ['10.1.2.4'], false],
  ['another loopback address', '127.0.0.1', ['127.0.0.2'], false],
])('an upstream at %s (listening on %s)', async (_name, host, addresses, refused) => {
  const resolver = createResolver({
    lookup: answering(...addresses),
    own: [{ host, port: 8080 }],
    interfaces: () => ['10.1.2.3'],
  });
  expect((await resolver.resolve(open)).ok).toBe(!refused);
  expect(await resolver.resolve({ ...open, port: 8082 })).toMatchObject({ ok: true });
});
