// Routes by hand, and at random against a matcher that tries every route as a regular expression.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createRouteTrie, type Route } from '../../src/actions/route-trie.ts';

/** `GET /a/{b}?x=1` lines; the value is the line itself. */
function routes(...lines: string[]): Route<string>[] {
  return lines.map((line) => {
    const [method = '', target = ''] = line.split(' ');
    const [template = '', query] = target.split('?');
    const tests = (query ?? '').split('&').filter((text) => text !== '');
    return {
      method,
      template,
      value: line,
      query: tests.map((text) => {
        const [name = '', value] = text.split('=');
        return value === undefined ? { name } : { name, value };
      }),
    };
  });
}

function find(lines: readonly string[], method: string, path: string, query?: string): string[] {
  const { matches, certain } = createRouteTrie(routes(...lines)).find(method, path, query);
  return [certain ? 'certain' : 'unsure', ...matches.map(({ value }) => value)];
}

describe('templates', () => {
  const lines = [
    'GET /users',
    'GET /users/me',
    'GET /users/{id}',
    'GET /users/{id}/keys/{key}',
    'GET /users/me/keys',
    'GET /users/v{version}',
    'GET /users/{id}:{verb}',
    'GET /{any+}',
    'GET /mrap/{name+}/policy',
    'GET /mrap/{name+}',
    'PUT /users/{id}',
  ];

  it.each([
    ['/users', 'GET /users'],
    ['/users/', 'GET /users'],
    ['/users/me', 'GET /users/me'],
    ['/users/7', 'GET /users/{id}'],
    ['/users/v7', 'GET /users/v{version}'],
    ['/users/v', 'GET /users/{id}'],
    ['/users/7:undelete', 'GET /users/{id}:{verb}'],
    ['/users/:undelete', 'GET /users/{id}'],
    ['/users/me/keys', 'GET /users/me/keys'],
    ['/users/me/keys/1', 'GET /users/{id}/keys/{key}'],
    ['/users//keys/1', 'GET /{any+}'],
    ['/Users/7', 'GET /{any+}'],
    ['/mrap/a/b/policy', 'GET /mrap/{name+}/policy'],
    ['/mrap/policy', 'GET /mrap/{name+}'],
    ['/mrap/a/policy/b', 'GET /mrap/{name+}'],
    ['/users%2Fme', 'GET /{any+}'],
  ])('%s', (path, route) => {
    expect(find(lines, 'GET', path)).toEqual(['certain', route]);
  });

  it('goes back where a more literal branch does not know the method', () => {
    expect(find(lines, 'PUT', '/users/me')).toEqual(['certain', 'PUT /users/{id}']);
  });

  it('finds nothing where nothing fits', () => {
    expect(find(lines, 'POST', '/users')).toEqual(['unsure']);
    expect(find(lines, 'PUT', '/users')).toEqual(['unsure']);
    expect(find(lines, 'GET', '/')).toEqual(['unsure']);
    expect(find(lines, 'GET', 'users')).toEqual(['unsure']);
  });

  it('gives the raw text of every parameter', () => {
    const trie = createRouteTrie(routes('GET /a/{x}/b{y}c{z}/{rest+}/end/{last}'));
    expect(trie.find('GET', '/a/1%2F2/bYYcZ/r/s/t/end/l', undefined).matches[0]?.labels).toEqual([
      ['x', '1%2F2'],
      ['y', 'YY'],
      ['z', 'Z'],
      ['rest', 'r/s/t'],
      ['last', 'l'],
    ]);
  });

  it('starts behind the base path', () => {
    const trie = createRouteTrie(routes('GET /users', 'GET /'), '/api/v3');
    expect(trie.find('GET', '/api/v3/users', undefined).matches).toHaveLength(1);
    expect(trie.find('GET', '/api/v3', undefined).matches).toHaveLength(1);
    expect(trie.find('GET', '/users', undefined).matches).toHaveLength(0);
    expect(trie.find('GET', '/api/v33/users', undefined).matches).toHaveLength(0);
  });

  it.each(['users', '/a{b+}', '/{a+}/{b+}'])('refuses %s', (template) => {
    expect(() => createRouteTrie([{ method: 'GET', template, value: '' }])).toThrow(/route template/);
  });
});

describe('query tests', () => {
  const lines = ['POST /u', 'POST /u?op=delete', 'POST /u?op=add&deep', 'POST /u?flag'];

  it.each([
    [undefined, ['certain', 'POST /u']],
    ['other=1', ['certain', 'POST /u']],
    ['op=list', ['certain', 'POST /u']],
    ['op=delete', ['certain', 'POST /u?op=delete']],
    ['x=1&op=delete&y', ['certain', 'POST /u?op=delete']],
    ['op=%64elete', ['certain', 'POST /u?op=delete']],
    ['op=add', ['certain', 'POST /u']],
    ['op=add&deep=', ['certain', 'POST /u?op=add&deep']],
    ['flag', ['certain', 'POST /u?flag']],
    ['flag=no', ['certain', 'POST /u?flag']],
    // Two that both hold, and everything that parsers read differently.
    ['op=delete&flag', ['unsure', 'POST /u?op=delete', 'POST /u?flag']],
    ['op=delete&op=list', ['unsure', 'POST /u', 'POST /u?op=delete']],
    ['OP=delete', ['unsure', 'POST /u', 'POST /u?op=delete']],
    ['%6Fp=delete', ['certain', 'POST /u?op=delete']],
    ['op=%2564elete', ['unsure', 'POST /u', 'POST /u?op=delete']],
    ['a;op=delete', ['unsure', 'POST /u', 'POST /u?op=delete']],
    ['op[]=delete', ['unsure', 'POST /u', 'POST /u?op=delete']],
  ])('%s', (query, found) => {
    expect(find(lines, 'POST', '/u', query)).toEqual(found);
  });

  it('prefers a less literal route whose tests hold, and offers the others where none does', () => {
    expect(find(['GET /a?x', 'GET /{b}'], 'GET', '/a', 'x')).toEqual(['certain', 'GET /a?x']);
    expect(find(['GET /a?x', 'GET /{b}'], 'GET', '/a')).toEqual(['certain', 'GET /{b}']);
    expect(find(['GET /a?x', 'GET /a?y'], 'GET', '/a', 'z')).toEqual(['unsure', 'GET /a?x', 'GET /a?y']);
  });
});

describe('against a naive matcher', () => {
  const segment = fc.constantFrom('a', 'b', 'c', '{x}', '{y}', 'v{z}', '{p}:b');
  const template = fc
    .array(segment, { minLength: 1, maxLength: 4 })
    .chain((parts) => fc.constantFrom(parts, [...parts, '{g+}'], ['{g+}', ...parts]))
    .map((parts) => `/${parts.join('/')}`);
  const path = fc
    .array(fc.constantFrom('a', 'b', 'c', 'vb', 'v', 'a:b', ':b', ''), { minLength: 1, maxLength: 6 })
    .map((parts) => `/${parts.join('/')}`);
  const matches = (route: string, text: string): boolean => {
    const bare = text.length > 1 && text.endsWith('/') ? text.slice(0, -1) : text;
    const source = route.replaceAll(/\{[^}]*\}/g, (name) => (name.endsWith('+}') ? '[^]+' : '[^/]+'));
    return bare.split('/').length >= route.split('/').length && new RegExp(`^${source}$`).test(bare);
  };

  it('finds a route exactly where one matches, and one that matches', () => {
    let hits = 0;
    fc.assert(
      fc.property(fc.uniqueArray(template, { minLength: 1, maxLength: 12 }), path, (templates, text) => {
        const trie = createRouteTrie(templates.map((each) => ({ method: 'GET', template: each, value: each })));
        const found = trie.find('GET', text, undefined).matches.map(({ value }) => value);
        const expected = templates.filter((each) => matches(each, text));
        if (found.length === 0) return expected.length === 0;
        hits++;
        return found.every((each) => expected.includes(each));
      }),
      { numRuns: 3000, seed: 4 },
    );
    expect(hits).toBeGreaterThan(300);
  });

  it('takes bounded time for any number of segments', () => {
    const trie = createRouteTrie(
      routes('GET /{a}/{b}/{c}/x', 'GET /a/{b}/{c}/y', 'GET /a/a/{c}/z', 'GET /{g+}/end', 'GET /a/{g+}/a/a/end'),
    );
    const long = '/a'.repeat(100_000);
    expect(trie.find('GET', long, undefined).matches).toEqual([]);
    expect(trie.find('GET', `${long}/end`, undefined).matches.map(({ value }) => value)).toEqual([
      'GET /a/{g+}/a/a/end',
    ]);
  });
});
