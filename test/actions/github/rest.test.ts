// What calls to GitHub's REST API are recognised as: what they are done to, the tags they earn, their parameters, sentences and aliases.
import { describe, expect, it } from 'vitest';
import { createGithubRecogniser } from '../../../src/actions/github/recogniser.ts';
import { call, type CallParts, recognise, told } from './calls.ts';

const REPO = '/repos/Acme/App';

describe('what a call earns by its parameters', () => {
  it.each<[string, string[], CallParts?]>([
    [`PATCH ${REPO}`, ['github:repos/update write - acme/app'], { body: { description: 'x', private: true } }],
    [`PATCH ${REPO}`, ['github:repos/update write external-sharing acme/app'], { body: { private: false } }],
    [`PATCH ${REPO}`, ['github:repos/update write external-sharing acme/app'], { body: { visibility: 'public' } }],
    [`PATCH ${REPO}`, ['github:repos/update write destructive acme/app'], { body: { archived: true } }],
    [
      `PATCH ${REPO}`,
      ['github:repos/update write audit-tamper acme/app'],
      { body: { security_and_analysis: { secret_scanning: { status: 'disabled' } } } },
    ],
    [
      `PATCH ${REPO}`,
      ['github:repos/update write - acme/app'],
      { body: { security_and_analysis: { secret_scanning: { status: 'enabled' } } } },
    ],
    ['PATCH /orgs/acme', ['github:orgs/update write - acme'], { body: { billing_email: 'x@example.com' } }],
    [
      'PATCH /orgs/acme',
      ['github:orgs/update permissions-management privilege-escalation acme'],
      { body: { default_repository_permission: 'admin' } },
    ],
    [
      'POST /orgs/acme/repos',
      ['github:repos/create-in-org write - acme'],
      { body: { name: 'x', visibility: 'internal' } },
    ],
    [
      'POST /repos/acme/app/pulls/5/reviews',
      ['github:pulls/create-review write deployment acme/app'],
      { body: { event: 'APPROVE' } },
    ],
    [
      'POST /repos/acme/app/pulls/5/reviews',
      ['github:pulls/create-review write - acme/app'],
      { body: { event: 'COMMENT' } },
    ],
    ['POST /repos/acme/app/pulls/5/reviews', ['github:pulls/create-review write - acme/app'], { body: { body: 'x' } }],
    ['POST /orgs/acme/repos', ['github:repos/create-in-org write external-sharing acme'], { body: { name: 'x' } }],
    ['POST /user/repos', ['github:repos/create-for-authenticated-user write - *'], { body: { private: true } }],
    [
      `PUT ${REPO}/contents/.github/workflows/ci.yml`,
      ['github:repos/create-or-update-file-contents write code-execution acme/app'],
      { body: { message: 'm', content: 'eA==', branch: 'topic' } },
    ],
    [
      `PUT ${REPO}/contents/README.md`,
      ['github:repos/create-or-update-file-contents write deployment acme/app'],
      { body: { message: 'm', content: 'eA==' } },
    ],
    [
      `PUT ${REPO}/contents/a/action.yml`,
      ['github:repos/create-or-update-file-contents write code-execution acme/app'],
      { body: { branch: 'refs/heads/topic' } },
    ],
    [
      `POST ${REPO}/git/trees`,
      ['github:git/create-tree write - acme/app'],
      { body: { tree: [{ path: 'src/a', mode: '100644', sha: 'x' }] } },
    ],
    [
      `POST ${REPO}/git/trees`,
      ['github:git/create-tree write code-execution acme/app'],
      { body: { tree: [{ path: '.github//workflows/x.yml', mode: '100644' }] } },
    ],
    [
      `POST ${REPO}/git/trees`,
      ['github:git/create-tree write code-execution acme/app'],
      { body: { tree: [{ path: '.github', mode: '040000', sha: 'x' }] } },
    ],
    [`POST ${REPO}/git/refs`, ['github:git/create-ref write - acme/app'], { body: { ref: 'refs/heads/x', sha: 'a' } }],
    [`POST ${REPO}/git/refs`, ['github:git/create-ref write deployment acme/app'], { body: { ref: 'refs/tags/v1' } }],
    [`PATCH ${REPO}/git/refs/heads/main`, ['github:git/update-ref write deployment acme/app'], { body: { sha: 'a' } }],
    [
      `PATCH ${REPO}/git/refs/heads/topic`,
      ['github:git/update-ref write destructive acme/app'],
      { body: { sha: 'a', force: true } },
    ],
    [`DELETE ${REPO}/git/refs/tags/v1`, ['github:git/delete-ref write destructive,deployment acme/app']],
    [`POST ${REPO}/merges`, ['github:repos/merge write - acme/app'], { body: { base: 'topic', head: 'main' } }],
    [
      `POST ${REPO}/merges`,
      ['github:repos/merge write deployment acme/app'],
      { body: { base: 'main', head: 'topic' } },
    ],
    [`PUT ${REPO}/pulls/7/merge`, ['github:pulls/merge write deployment acme/app'], { body: {} }],
    ['DELETE /repos/acme/app', ['github:repos/delete write destructive acme/app']],
    [`GET ${REPO}/tarball/main`, ['github:repos/download-tarball-archive read data-export acme/app']],
    [`GET ${REPO}/zipball`, ['github:repos/download-zipball-archive read data-export acme/app']],
    [`GET ${REPO}/contents`, ['github:repos/get-content read - acme/app']],
    [`GET ${REPO}/contents/`, ['github:repos/get-content read - acme/app']],
    [`HEAD ${REPO}`, ['github:repos/get read - acme/app']],
    ['POST /markdown', ['github:markdown/render read - *'], { body: { text: 'x' } }],
    ['GET /search/code?q=x+org:acme', ['github:search/code list - *']],
    [
      'POST /app/installations/5/access_tokens',
      ['github:apps/create-installation-access-token write credential-issue 5'],
      { body: {} },
    ],
  ])('%s %j', (line, expected, parts) => {
    expect(recognise(line, parts).map(told)).toEqual(expected);
  });

  it('is about the account that a repository goes to, too', () => {
    const body = { new_owner: 'Eve' };
    expect(recognise(`POST ${REPO}/transfer`, { body }).map(({ resource }) => resource)).toEqual([
      { type: 'repo', id: 'acme/app', namespace: 'acme' },
      { type: 'org', id: 'eve', namespace: 'eve' },
    ]);
    expect(recognise(`POST ${REPO}/forks`, { body: {} }).map(({ resource }) => resource.id)).toEqual(['acme/app']);
  });
});

describe('paths by number, which GitHub hands out in its links', () => {
  it.each([
    ['GET /repositories/1296269/issues?page=2', 'github:issues/list-for-repo list - *'],
    ['DELETE /repositories/1296269', 'github:repos/delete write destructive *'],
    ['GET /organizations/9919/repos?page=2', 'github:repos/list-for-org list - *'],
    ['GET /organizations/9919/team/7/members?page=2', 'github:teams/list-members-legacy list - 7'],
    ['GET /user/583231/repos?page=2', 'github:repos/list-for-user list - *'],
  ])('%s', (line, expected) => {
    expect(recognise(line).map(told)).toEqual([expected]);
  });
});

describe('files beside the API', () => {
  it.each([
    [
      'github.com',
      'GET /Acme/app/archive/refs/heads/main.tar.gz',
      'github:repos/download-tarball-archive read data-export acme/app',
    ],
    [
      'github.com',
      'GET /acme/app/archive/refs/tags/v1.zip',
      'github:repos/download-zipball-archive read data-export acme/app',
    ],
    [
      'codeload.github.com',
      'GET /acme/app/tar.gz/refs/heads/main',
      'github:repos/download-tarball-archive read data-export acme/app',
    ],
    [
      'codeload.github.com',
      'HEAD /acme/app/legacy.zip/main',
      'github:repos/download-zipball-archive read data-export acme/app',
    ],
    ['raw.githubusercontent.com', 'GET /acme/app/main/docs/a%20b.md', 'github:repos/get-content read - acme/app'],
    ['github.com', 'GET /acme/app/blob/main/a/b.ts', 'github:repos/get-content read - acme/app'],
    ['github.com', 'GET /acme/app/pull/5.diff', 'github:pulls/get read - acme/app'],
    ['github.com', 'GET /acme/app/commit/abc.patch', 'github:repos/get-commit read - acme/app'],
    ['github.com', 'GET /acme/app/releases/download/v1/app.tgz', 'github:repos/get-release-asset read - acme/app'],
    ['gist.githubusercontent.com', 'GET /octocat/abc/raw/x.txt', 'github:gists/get read - abc'],
    ['github.com', 'POST /acme/app/archive/main.zip', '!github:unknown unknown - -'],
    ['github.com', 'GET /acme/app/settings', '!github:unknown unknown - -'],
    ['raw.githubusercontent.com', 'GET /acme/app/main/../../../x/y/main/z', '!github:unknown unknown - -'],
    ['raw.githubusercontent.com', 'GET /acme/app%2Fmain/x/y', '!github:unknown unknown - -'],
  ])('%s %s', (host, line, expected) => {
    expect(recognise(line, { host }).map(told)).toEqual([expected]);
  });
});

describe('uploads', () => {
  it.each([
    ['uploads.github.com', '/repos/acme/app/releases/5/assets?name=a.tgz'],
    ['ghe.example', '/api/uploads/repos/acme/app/releases/5/assets?name=a.tgz'],
  ])('at %s are streamed, and are what they are', (host, path) => {
    const upload = call(`POST ${path}`, { host, state: { state: 'unread' } });
    const recogniser = createGithubRecogniser();
    expect(recogniser.needsBody(upload)).toBe(false);
    const [action] = recogniser.recognise(upload);
    expect(action && told(action)).toBe('github:repos/upload-release-asset write deployment acme/app');
    expect(action?.summary).toBe('Upload asset a.tgz to release 5 of acme/app');
  });
});

it('names parameters as GitHub does, without secrets and files', () => {
  const [action] = recognise(`POST ${REPO}/hooks?x=1`, {
    body: { name: 'web', events: ['push'], config: { url: 'https://evil.example', secret: 'hunter2' } },
  });
  expect(action?.params).toEqual({
    x: '1',
    owner: 'Acme',
    repo: 'App',
    name: 'web',
    events: ['push'],
    config: { url: 'https://evil.example', secret: '[redacted]' },
  });
  const [secret] = recognise(`PUT ${REPO}/actions/secrets/TOKEN`, { body: { encrypted_value: 'abc', key_id: '1' } });
  expect(secret?.params).toMatchObject({ encrypted_value: '[redacted]', key_id: '1', secret_name: 'TOKEN' });
  const [file] = recognise(`PUT ${REPO}/contents/a`, { body: { content: 'aHVudGVyMg==', message: 'm' } });
  expect(file?.params).toMatchObject({ content_length: 12, message: 'm', path: 'a' });
  expect(JSON.stringify([action, secret, file])).not.toMatch(/hunter2|abc|aHVudGVyMg/);
});

describe('the sentence', () => {
  it.each<[string, string, CallParts?]>([
    [`DELETE ${REPO}`, 'Delete repository acme/app'],
    [`PATCH ${REPO}`, 'Change settings of repository acme/app: make it public', { body: { visibility: 'public' } }],
    [
      `PUT ${REPO}/collaborators/eve`,
      'Invite eve to repository acme/app with permission admin',
      { body: { permission: 'admin' } },
    ],
    [
      `POST ${REPO}/hooks`,
      'Send events of repository acme/app to https://x (push, pull)',
      { body: { config: { url: 'https://x' }, events: ['push', 'pull'] } },
    ],
    ['DELETE /repos/a/b/branches/feature%2Fx/protection', 'Remove the protection of branch feature/x in a/b'],
    [
      `PUT ${REPO}/pulls/7/merge`,
      'Merge pull request 7 of acme/app by squash, whatever its head is by then',
      { body: { merge_method: 'squash' } },
    ],
    [`PUT ${REPO}/pulls/7/merge`, 'Merge pull request 7 of acme/app at abc', { body: { sha: 'abc' } }],
    ['PUT /orgs/acme/memberships/eve', 'Make eve a member of organization acme as admin', { body: { role: 'admin' } }],
    ['GET /repositories/5/tarball/main', 'Download the source of a repository at main as a tar archive'],
    [
      `POST ${REPO}/actions/workflows/ci.yml/dispatches`,
      'Run workflow ci.yml of acme/app on main',
      { body: { ref: 'main' } },
    ],
    [`GET ${REPO}/issues/5`, 'Get an issue: acme/app, issue_number 5'],
    ['GET /user', 'Get the authenticated user'],
    ['GET /gists/abc', 'Get a gist: abc'],
    [`PUT ${REPO}/collaborators/e%E2%80%AEve`, 'Invite e⟦U+202E⟧ve to repository acme/app', { body: {} }],
    [`POST ${REPO}/transfer`, 'Transfer a repository: acme/app', { body: { new_owner: ['a', {}] } }],
  ])('%s: %s', (line, summary, parts) => {
    const [action] = recognise(line, parts);
    if (summary.startsWith('Transfer')) expect(action?.summary).toMatch(/^Transfer/);
    else expect(action?.summary).toBe(summary);
  });
});

it('claims the hosts of GitHub and no others', () => {
  const recogniser = createGithubRecogniser();
  const claimed = (host: string): boolean => recogniser.claims(call('GET /', { host }));
  const own = [
    'api.github.com',
    'uploads.github.com',
    'github.com',
    'gist.github.com',
    'api.octocorp.ghe.com',
    'octocorp.ghe.com',
    'api.github.com:8443',
  ];
  expect(own.filter((host) => !claimed(host))).toEqual([]);
  const others = ['github.com.evil.example', 'notgithub.com', 'api.github.com.evil.example', 'ghe.com', 'ghe.example'];
  expect(others.filter(claimed)).toEqual([]);
});

it('asks for the body of whatever may change something, but for files', () => {
  const recogniser = createGithubRecogniser();
  const needs = (line: string): boolean => recogniser.needsBody(call(line));
  expect([needs(`PATCH ${REPO}`), needs(`DELETE ${REPO}`), needs('POST /nowhere'), needs('POST /graphql')]).toEqual([
    true,
    true,
    true,
    true,
  ]);
  expect([
    needs(`GET ${REPO}`),
    needs(`POST ${REPO}/releases/1/assets?name=a`),
    needs(`POST ${REPO}/git/blobs`),
  ]).toEqual([false, false, false]);
});
