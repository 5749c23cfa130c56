// APIs by their own documents: OpenAPI 2.0, 3.0 and 3.1, JSON and YAML, with base paths, templates of every sort and their own words for policy.
import { describe, expect, it } from 'vitest';
import { openapiCatalogue } from '../../../src/actions/openapi/catalogue.ts';
import { githubOperations } from '../../../src/actions/github/operations.ts';
import { api, type CallParts, told } from './calls.ts';

const YAML = `
openapi: 3.1.0
info: {title: Billing, version: '1'}
servers:
  - {url: https://billing.example/v1}
paths:
  /invoices:
    get: {operationId: listInvoices, summary: List invoices}
    post: {operationId: createInvoice, summary: Create an invoice, requestBody: {content: {application/json: {}}}}
  /invoices/{id}:
    parameters: [{name: id, in: path, required: true}]
    get: {operationId: getInvoice}
    delete: {summary: Delete an invoice}
  /invoices/export:
    get: {operationId: exportInvoices, x-holdgate-tags: [data-export], x-holdgate-level: list}
  /invoices/{id}/refunds:
    post: {operationId: refund, x-holdgate-tags: [destructive], summary: Give the money back}
  /reports/{name}.{format}:
    get: {operationId: getReport}
  /search:
    x-holdgate-level: read
    post: {operationId: search}
  /files/{path+}:
    get: {operationId: getFile}
`;
const billing = api(YAML);

describe('an operation', () => {
  it.each<[string, string[], CallParts?]>([
    ['GET /v1/invoices', ['listInvoices read - invoices/*']],
    ['GET /v1/invoices/', ['listInvoices read - invoices/*']],
    ['HEAD /v1/invoices', ['listInvoices read - invoices/*']],
    ['POST /v1/invoices', ['createInvoice write - invoices/*'], { body: { amount: 1 } }],
    ['GET /v1/invoices/42', ['getInvoice read - invoices/42']],
    ['GET /v1/invoices/a%2Fb', ['getInvoice read - invoices/a/b']],
    ['DELETE /v1/invoices/42', ['DELETE /invoices/{id} write destructive invoices/42']],
    ['GET /v1/invoices/export', ['exportInvoices list data-export export/*']],
    ['POST /v1/invoices/42/refunds', ['refund write destructive invoices/42'], { body: '' }],
    ['GET /v1/reports/2026.pdf', ['getReport read - reports/pdf']],
    ['POST /v1/search', ['search read - search/*'], { body: {} }],
    ['GET /v1/files/a/b/c.txt', ['getFile read - files/a/b/c.txt']],
    ['GET /v1/nothing', ['!unknown unknown - /']],
    ['PUT /v1/invoices/42', ['!unknown unknown - /']],
    ['GET /invoices', ['!unknown unknown - /']],
  ])('%s', (line, expected, parts) => {
    expect(billing(line, parts).map(told)).toEqual(expected);
  });

  it('has its parameters, without secrets, and a sentence', () => {
    const [action] = billing('POST /v1/invoices/42/refunds?reason=late', {
      body: { amount: 5, card: { password: 'x' } },
    });
    expect(action).toMatchObject({
      provider: 'openapi',
      service: 'billing',
      operation: 'refund',
      name: 'openapi:billing:refund',
      levelSource: 'heuristic',
      summary: 'Give the money back: id 42 (billing, POST /invoices/{id}/refunds)',
    });
    expect(action?.params).toEqual({ id: '42', reason: 'late', amount: 5, card: { password: '[redacted]' } });
    expect(billing('DELETE /v1/invoices/7')[0]?.summary).toBe(
      'Delete an invoice: id 7 (billing, DELETE /invoices/{id})',
    );
  });
});

describe('where the API stands', () => {
  const document = (more: object) => ({
    openapi: '3.0.3',
    paths: { '/users': { get: { operationId: 'users' } } },
    ...more,
  });
  const servers = (...urls: string[]) => document({ servers: urls.map((url) => ({ url })) });
  const variable = {
    servers: [
      {
        url: '{scheme}://x/{version}',
        variables: { scheme: { default: 'https' }, version: { default: 'v1', enum: ['v1', 'v2'] } },
      },
    ],
  };
  const legacy = { swagger: '2.0', basePath: '/api/', paths: { '/users': { get: { operationId: 'users' } } } };
  it.each<[string, object, string, string[], string[]]>([
    ['at the root', servers(), '', ['/users'], ['/v1/users']],
    ['below its server', servers('https://x/v1'), '', ['/v1/users'], ['/users']],
    ['below either server', servers('https://x/v1', '/v2/'), '', ['/v1/users', '/v2/users'], ['/v3/users']],
    ['below every value of a variable', document(variable), '', ['/v1/users', '/v2/users'], ['/users']],
    ['below a base that is the server', servers('https://x/v1'), '/v1', ['/v1/users'], ['/v1/v1/users', '/users']],
    [
      'below a base that leads to the server',
      servers('https://x/v1'),
      '/gw',
      ['/gw/users', '/gw/v1/users'],
      ['/v1/users'],
    ],
    ['below the base path of OpenAPI 2', legacy, '', ['/api/users'], ['/users']],
    ['at a relative server', servers('v1'), '', ['/v1/users'], ['/users']],
  ])('%s', (_where, described, base, there, elsewhere) => {
    const recognise = api(described, base);
    expect(there.flatMap((path) => recognise(`GET ${path}`)).map(told)).toEqual(
      there.map(() => 'users read - users/*'),
    );
    for (const path of elsewhere) expect(recognise(`GET ${path}`).map(told)).toEqual(['!unknown unknown - /']);
  });

  it('is what an operation or a path says of itself', () => {
    const recognise = api({
      openapi: '3.0.0',
      servers: [{ url: '/v1' }],
      paths: {
        '/a': {
          servers: [{ url: '/v2' }],
          get: { operationId: 'a' },
          put: { operationId: 'b', servers: [{ url: '/v3' }] },
        },
      },
    });
    expect([...recognise('GET /v2/a'), ...recognise('PUT /v3/a')].map(({ operation }) => operation)).toEqual([
      'a',
      'b',
    ]);
    expect(recognise('PUT /v2/a').map(({ confidence }) => confidence)).toEqual(['unknown']);
  });
});

it('follows references inside the document', () => {
  const recognise = api(`
openapi: 3.1.0
components: {pathItems: {users: {get: {operationId: users}}}}
paths:
  /users: {$ref: '#/components/pathItems/users'}
  /people: {$ref: '#/paths/~1users'}
`);
  // One operationId at two paths is a fault of the document.
  expect(recognise('GET /users').map(told)).toEqual(['!unknown unknown - /']);
});

it('takes anchors, aliases and merges of YAML', () => {
  const recognise = api(`
swagger: '2.0'
x-common: &common {x-holdgate-tags: [secret-read]}
paths:
  /keys:
    get: {<<: *common, operationId: keys}
`);
  expect(recognise('GET /keys').map(told)).toEqual(['keys read secret-read keys/*']);
});

it('lists what it recognises', () => {
  const entries = [
    ...openapiCatalogue([{ id: 'billing', openapi: { file: 'x', text: YAML } }, { id: 'other' }]).entries(),
  ];
  expect(entries.map(({ name }) => name)).toEqual([
    'openapi:billing:DELETE /invoices/{id}',
    ...[
      'createInvoice',
      'exportInvoices',
      'getFile',
      'getInvoice',
      'getReport',
      'listInvoices',
      'refund',
      'search',
    ].map((name) => `openapi:billing:${name}`),
  ]);
  expect(entries.find(({ name }) => name.endsWith(':exportInvoices'))).toEqual({
    name: 'openapi:billing:exportInvoices',
    level: 'list',
    tags: ['data-export'],
  });
});

describe('a large document: all of GitHub', () => {
  const operations = githubOperations().all;
  const paths: Record<string, Record<string, object>> = {};
  for (const { template, method, id } of operations) {
    const path = template.replaceAll('+}', '}');
    paths[path] = { ...paths[path], [method.toLowerCase()]: { operationId: id } };
  }
  const recognise = api({ openapi: '3.0.3', paths });

  it('gives every operation at its path, first of all that its server may mean', () => {
    let certain = 0;
    const wrong = operations.filter(({ id, method, template }) => {
      const path = template.replaceAll(/\{[^}]*\}/g, 'x1');
      const [first, ...others] = recognise(`${method} ${path}`, { body: {} });
      if (first?.confidence === 'exact' && others.length === 0) certain++;
      return first?.operation !== id;
    });
    expect(wrong.map(({ id }) => id)).toEqual([]);
    expect(certain).toBeGreaterThan(operations.length * 0.8);
  });
});

it.each([
  ['two templates', 'GET /a/b', ['?one read - a/b', '?two read - /a'], ['/a/{x}', '/{x}/b']],
  ['a template that is written out', 'GET /a/b', ['one read - b/*'], ['/a/b', '/{x}/b']],
  ['two names for one parameter', 'GET /a/b', ['?one read - a/b', '?two read - a/b'], ['/a/{x}', '/a/{y}']],
  ['a slash at the end', 'GET /a', ['?one read - a/*', '?two read - a/*'], ['/a', '/a/']],
  ['letter case', 'GET /Users/1', ['?one read - users/1'], ['/users/{id}', '/people/{id}']],
  [
    'letter case that is a template of its own',
    'GET /users/Me',
    ['?one read - users/Me', '?two read - me/*'],
    ['/users/{id}', '/users/me'],
  ],
  ['several segments', 'GET /a/b', ['?one read - a/b', '?two read - /a/b'], ['/a/{x}', '/{path+}']],
])('%s: every operation that may be meant', (_what, line, expected, templates) => {
  const paths = Object.fromEntries(
    templates.map((template, i) => [template, { get: { operationId: i === 0 ? 'one' : 'two' } }]),
  );
  expect(api({ openapi: '3.0.0', paths })(line).map(told)).toEqual(expected);
});
