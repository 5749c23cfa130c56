// Calls to GitHub made to be misread. Each has to show the strictest thing that GitHub, or a hop in front of it, could make of it, and where it
// can be read in two ways nothing may be called exact.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGithubRecogniser } from '../../../src/actions/github/recogniser.ts';
import { call, type CallParts, recognise } from './calls.ts';

const REPO = '/repos/acme/app';
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const whole = (sent: string, decoded = sent): CallParts => ({
  state: { state: 'whole', bytes: Buffer.from(sent), decoded: Buffer.from(decoded) },
});
const unreadable = (why: 'over-limit' | 'unknown-coding' | 'undecodable' | 'unknown-charset'): CallParts => ({
  state: { state: 'unreadable', why },
});
const override = (value: string, name = 'X-HTTP-Method-Override'): CallParts => ({ headers: [name, value] });
const FORM = 'application/x-www-form-urlencoded';

/** Ambiguous or unknown, and among the readings these. */
const UNSURE: [why: string, line: string, readings: string[], parts?: CallParts][] = [
  ['a method in a header', `GET ${REPO}`, ['repos/delete', 'repos/get'], override('DELETE')],
  ['a method in small letters in a header', `GET ${REPO}`, ['repos/delete'], override('delete')],
  ['a method in another header', `POST ${REPO}`, ['repos/delete'], override('DELETE', 'X-HTTP-Method')],
  ['a method in a third header', `POST ${REPO}`, ['repos/delete'], override('DELETE', 'X-Method-Override')],
  ['two methods in a header', `POST ${REPO}`, ['repos/delete', 'repos/update'], override('PATCH, DELETE')],
  ['many methods in a header', `GET ${REPO}`, ['unknown'], override('A,B,C,D,E,F,G,H')],
  ['a method in the query', `POST ${REPO}?_method=delete`, ['repos/delete']],
  ['a method in the query, escaped', `POST ${REPO}?%5Fmethod=DELETE`, ['repos/delete']],
  ['a method in the query behind a semicolon', `POST ${REPO}?a=1;_method=DELETE`, ['repos/delete']],
  ['a method in a form', `POST ${REPO}`, ['repos/delete'], { body: '_method=DELETE', type: FORM }],
  ['a method in a form, twice', `POST ${REPO}`, ['repos/delete'], { body: '_method=PUT&_method=DELETE', type: FORM }],
  ['a method in a form of no type', `POST ${REPO}`, ['repos/delete'], { body: 'x=1&_method=DELETE', type: '' }],
  [
    'a method in a multipart form',
    `POST ${REPO}`,
    ['repos/delete'],
    {
      body: '--x\r\nContent-Disposition: form-data; name="_method"\r\n\r\nDELETE\r\n--x--\r\n',
      type: 'multipart/form-data; boundary=x',
    },
  ],
  [
    'a form that nobody can read',
    `POST ${REPO}/issues`,
    ['issues/create', 'unknown'],
    { ...unreadable('over-limit'), headers: ['Content-Type', FORM] },
  ],
  [
    'a body of no type that nobody can read',
    `POST ${REPO}/issues`,
    ['issues/create', 'unknown'],
    unreadable('over-limit'),
  ],
  ['a POST where GitHub takes it for a PATCH', `POST ${REPO}`, ['repos/update'], { body: { private: false } }],
  ['a POST to a ref', `POST ${REPO}/git/refs/heads/main`, ['git/update-ref'], { body: { force: true } }],
  ['an escaped slash before the repository', 'DELETE /repos/acme%2Fapp', ['repos/delete']],
  ['an escaped slash behind it', 'DELETE /repos/acme/app%2Fhooks%2F7', ['repos/delete', 'repos/delete-webhook']],
  ['an escaped slash twice over', 'DELETE /repos/acme/app%252Fhooks%252F7', ['repos/delete-webhook', 'repos/delete']],
  ['an overlong slash', 'DELETE /repos/acme/app%c0%afhooks%c0%af7', ['repos/delete-webhook']],
  ['dot segments to a repository', 'DELETE /repos/acme/app/hooks/../../app', ['repos/delete']],
  ['dot segments to a webhook', `DELETE ${REPO}/labels/../hooks/7`, ['repos/delete-webhook']],
  ['escaped dots', `DELETE ${REPO}/labels/%2e%2e/hooks/7`, ['repos/delete-webhook']],
  [
    'dots within a file path',
    `PUT ${REPO}/contents/docs/../.github/workflows/x.yml`,
    ['repos/create-or-update-file-contents'],
  ],
  ['dots for a repository', 'DELETE /repos/acme/..', ['repos/delete']],
  ['one dot', `DELETE ${REPO}/.`, ['repos/delete']],
  ['a double slash in front', 'DELETE //repos/acme/app', ['repos/delete']],
  ['a double slash inside', 'DELETE /repos//acme/app', ['repos/delete']],
  ['a double slash before a hook', `DELETE ${REPO}/hooks//7`, ['repos/delete-webhook']],
  ['a backslash', 'DELETE /repos\\acme\\app', ['repos/delete']],
  ['a path parameter', 'DELETE /repos;x=1/acme/app;y', ['repos/delete']],
  ['a dot at the end', 'DELETE /repos./acme/app', ['repos/delete']],
  ['an escaped question mark', 'DELETE /repos/acme/app%3Fx', ['repos/delete']],
  ['an escaped hash', 'DELETE /repos/acme/app%23/hooks/7', ['repos/delete-webhook', 'repos/delete']],
  ['an escaped NUL', 'DELETE /repos/acme/app%00', ['repos/delete']],
  ['a blank at the end', 'DELETE /repos/acme/app%20', ['repos/delete']],
  ['a word in capitals', 'DELETE /REPOS/acme/app', ['repos/delete']],
  ['a later word in capitals', `DELETE ${REPO}/Hooks/7`, ['repos/delete-webhook']],
  [
    'a word in capitals where a name may stand',
    'DELETE /user/codespaces/SECRETS/TOKEN',
    ['codespaces/delete-secret-for-authenticated-user'],
  ],
  ['an organization nobody can have', 'DELETE /orgs/a%20b', ['orgs/delete']],
  ['a repository nobody can have', 'DELETE /repos/acme/a%26b', ['repos/delete']],
  ['stars for names', 'DELETE /repos/*/*', ['repos/delete']],
  ['an unknown method', `PROPFIND ${REPO}`, ['unknown']],
  ['a method in small letters', `delete ${REPO}`, ['unknown']],
  ['OPTIONS', `OPTIONS ${REPO}`, ['unknown']],
  ['an operation that is newer than the catalogue', `POST ${REPO}/erase`, ['unknown']],
  ['a word where a number belongs', `DELETE ${REPO}/hooks/all`, ['unknown']],
  ['a word that is none of those allowed', 'POST /orgs/acme/everything/enable_all', ['unknown']],
  ['the API of another version', 'DELETE /api/v4/repos/acme/app', ['unknown']],
  ['GraphQL that nobody has read', 'POST /graphql', ['unknown'], unreadable('over-limit')],
  ['the web', 'POST /acme/app/settings/rename', ['unknown'], { host: 'github.com' }],
  ['the API at the host of the web', 'DELETE /repos/acme/app', ['unknown'], { host: 'github.com' }],
  ['a key twice', `PATCH ${REPO}`, ['repos/update'], { body: '{"private":true,"private":false}' }],
  ['an escaped key twice', `PATCH ${REPO}`, ['repos/update'], { body: '{"private":true,"priv\\u0061te":false}' }],
  ['a key in two cases', `PATCH ${REPO}`, ['repos/update'], { body: { private: true, Private: false } }],
  ['a query against the body', `PATCH ${REPO}?private=false`, ['repos/update'], { body: { private: true } }],
  ['a parameter twice in the query', `PATCH ${REPO}?private=true&private=false`, ['repos/update']],
  ['a comment in JSON', `PATCH ${REPO}`, ['repos/update'], { body: '{"private":true /* */}' }],
  ['two documents in JSON', `PATCH ${REPO}`, ['repos/update'], { body: '{"private":true}{"private":false}' }],
  ['deep nesting', `PATCH ${REPO}`, ['repos/update'], { body: `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}` }],
  ['a byte order mark', `PATCH ${REPO}`, ['repos/update'], { body: bytes([0xef, 0xbb, 0xbf], '{"private":true}') }],
  ['UTF-16', `PATCH ${REPO}`, ['repos/update'], { body: Buffer.from('{"private":true}', 'utf16le') }],
  [
    'another charset',
    `PATCH ${REPO}`,
    ['repos/update'],
    { body: { private: true }, type: 'application/json; charset=utf-16' },
  ],
  [
    'two content types',
    `PATCH ${REPO}`,
    ['repos/update'],
    { body: { private: true }, headers: ['content-type', FORM] },
  ],
  ['a form', `PATCH ${REPO}`, ['repos/update'], { body: 'private=false', type: FORM }],
  ['a text that is no JSON', `PATCH ${REPO}`, ['repos/update'], { body: 'private=false', type: 'text/plain' }],
  ['a lone surrogate', `PATCH ${REPO}`, ['repos/update'], { body: '{"name":"\\ud800"}' }],
  ['a body over the limit', `PATCH ${REPO}`, ['repos/update'], unreadable('over-limit')],
  ['an unknown coding', `PATCH ${REPO}`, ['repos/update'], unreadable('unknown-coding')],
  ['a broken coding', `PATCH ${REPO}`, ['repos/update'], unreadable('undecodable')],
  ['an unknown charset', `PATCH ${REPO}`, ['repos/update'], unreadable('unknown-charset')],
  ['a path that git and the API share', `POST ${REPO}/git-receive-pack`, ['git:push:unknown'], { host: 'ghe.example' }],
  [
    'git at the root of the API',
    'POST /repos/app/git-upload-pack',
    ['git:fetch', 'repos/update'],
    { host: 'ghe.example' },
  ],
];

it.each(UNSURE)('%s', (_why, line, readings, parts) => {
  const actions = recognise(line, parts);
  const names = actions.map(({ name }) => name);
  expect(names).toEqual(expect.arrayContaining(readings.map((id) => (id.includes(':') ? id : `github:${id}`))));
  expect(actions.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
});

/** A tag that has to be there, however the call is dressed up. */
const TAGGED: [why: string, line: string, tag: string, parts?: CallParts][] = [
  [
    'a public repository by a key twice',
    `PATCH ${REPO}`,
    'external-sharing',
    { body: '{"private":false,"private":true}' },
  ],
  ['by a key in capitals', `PATCH ${REPO}`, 'external-sharing', { body: { Private: false } }],
  ['by a word for false', `PATCH ${REPO}`, 'external-sharing', { body: { private: 'false' } }],
  ['by a number', `PATCH ${REPO}`, 'external-sharing', { body: { private: 0 } }],
  ['by null', `PATCH ${REPO}`, 'external-sharing', { body: { private: null } }],
  ['by the query', `PATCH ${REPO}?private=false`, 'external-sharing', { body: {} }],
  ['by the query in brackets', `PATCH ${REPO}?private[]=false`, 'external-sharing', { body: {} }],
  ['by a form', `PATCH ${REPO}`, 'external-sharing', { body: 'private=false', type: FORM }],
  ['by a body nobody can read', `PATCH ${REPO}`, 'external-sharing', unreadable('undecodable')],
  ['by a body nobody has read', `PATCH ${REPO}`, 'external-sharing', { state: { state: 'unread' } }],
  ['by a compressed body', `PATCH ${REPO}`, 'external-sharing', whole('gzip', '{"private":false}')],
  ['by a list', `PATCH ${REPO}`, 'external-sharing', { body: [{ private: false }] }],
  ['by visibility in capitals', `PATCH ${REPO}`, 'external-sharing', { body: { visibility: 'PUBLIC' } }],
  ['by an alias', 'PATCH /repositories/5', 'external-sharing', { body: { private: false } }],
  ['by a POST', `POST ${REPO}`, 'external-sharing', { body: { private: false } }],
  ['a public repository by default', 'POST /user/repos', 'external-sharing', { body: { name: 'x' } }],
  ['with an empty body', 'POST /user/repos', 'external-sharing'],
  ['an archived repository', `PATCH ${REPO}`, 'destructive', { body: { archived: 'true' } }],
  [
    'scanning switched off',
    `PATCH ${REPO}`,
    'audit-tamper',
    { body: { security_and_analysis: { secret_scanning: null } } },
  ],
  [
    'scanning switched off by an odd value',
    `PATCH ${REPO}`,
    'audit-tamper',
    { body: { security_and_analysis: 'off' } },
  ],
  ['a workflow', `PUT ${REPO}/contents/.github/workflows/x.yml`, 'code-execution', { body: {} }],
  ['a workflow, escaped', `PUT ${REPO}/contents/.github%2Fworkflows%2Fx.yml`, 'code-execution', { body: {} }],
  ['a workflow behind slashes', `PUT ${REPO}/contents/.github%2F%2Fworkflows/x.yml`, 'code-execution', { body: {} }],
  ['a workflow behind dots', `PUT ${REPO}/contents/docs/../.github/workflows/x.yml`, 'code-execution', { body: {} }],
  ['a workflow in capitals', `PUT ${REPO}/contents/.GitHub/Workflows/x.yml`, 'code-execution', { body: {} }],
  [
    'a workflow in a tree',
    `POST ${REPO}/git/trees`,
    'code-execution',
    { body: { tree: [{ path: './.github/workflows/a' }] } },
  ],
  ['a tree without a path', `POST ${REPO}/git/trees`, 'code-execution', { body: { tree: [{}] } }],
  ['no tree', `POST ${REPO}/git/trees`, 'code-execution', { body: {} }],
  ['a subtree', `POST ${REPO}/git/trees`, 'code-execution', { body: { tree: [{ path: 'x', mode: '040000' }] } }],
  ['a tree that is too long', `POST ${REPO}/git/trees`, 'code-execution', unreadable('over-limit')],
  ['a forced ref', `PATCH ${REPO}/git/refs/heads/x`, 'destructive', { body: { force: 'true' } }],
  ['a forced ref by the query', `PATCH ${REPO}/git/refs/heads/x?force=1`, 'destructive', { body: { sha: 'a' } }],
  ['main by another spelling', `PATCH ${REPO}/git/refs/heads%2Fmain`, 'deployment', { body: { sha: 'a' } }],
  ['main without a prefix', `POST ${REPO}/git/refs`, 'deployment', { body: { ref: 'main' } }],
  ['the default branch', `PUT ${REPO}/contents/a`, 'deployment', { body: { content: '' } }],
  ['a branch that is no text', `PUT ${REPO}/contents/a`, 'deployment', { body: { branch: ['x'] } }],
  [
    'rights of members by the query',
    'PATCH /orgs/acme?default_repository_permission=admin',
    'privilege-escalation',
    { body: {} },
  ],
];

it.each(TAGGED)('%s keeps the tag', (_why, line, tag, parts) => {
  const actions = recognise(line, parts);
  expect(actions.some(({ tags, confidence }) => tags.includes(tag) || confidence === 'unknown')).toBe(true);
});

it('has more than a hundred cases', () => {
  expect(UNSURE.length + TAGGED.length).toBeGreaterThan(100);
});

describe('whatever comes', () => {
  const segment = fc.oneof(
    fc.constantFrom(
      'repos',
      'orgs',
      'acme',
      'app',
      'hooks',
      '7',
      '..',
      '.',
      '',
      '%2F',
      '%2e',
      '%',
      '%zz',
      'git',
      'refs',
      'info',
      'git-receive-pack',
      'contents',
      '*',
    ),
    fc.string({ maxLength: 8 }),
  );
  it('never throws, answers something, and finds no delete of a repository where there is no DELETE', () => {
    const recogniser = createGithubRecogniser();
    const lines = fc.tuple(
      fc.constantFrom('GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'x'),
      fc.array(segment, { maxLength: 9 }),
      fc.string({ maxLength: 20 }),
    );
    fc.assert(
      fc.property(
        lines,
        fc.string({ maxLength: 60 }),
        fc.constantFrom('api.github.com', 'github.com', 'ghe.example'),
        ([method, path, query], body, host) => {
          const made = call(`${method} /${path.join('/').replaceAll('?', '')}?${query}`, { body, host });
          recogniser.needsBody(made);
          recogniser.envelope?.(made);
          const actions = recogniser.recognise(made);
          expect(actions.length).toBeGreaterThan(0);
          if (method === 'GET' && !/method/i.test(query)) {
            expect(actions.filter(({ name }) => name === 'github:repos/delete')).toEqual([]);
          }
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('takes no time to speak of for a long path, a long query and a large body', () => {
    const started = performance.now();
    const parts = {
      body: JSON.stringify(Object.fromEntries(Array.from({ length: 30_000 }, (_x, i) => [`k${i}`, 'v']))),
    };
    recognise(`PATCH ${REPO}?${'a=b&'.repeat(5_000)}`, parts);
    recognise(`PUT ${REPO}/contents/${'a%2F'.repeat(2_000)}`, { body: {} });
    recognise(`GET /${'a/'.repeat(4_000)}`);
    recognise(`PATCH ${REPO}`, { body: '['.repeat(900_000) });
    expect(performance.now() - started).toBeLessThan(3_000);
  });
});
