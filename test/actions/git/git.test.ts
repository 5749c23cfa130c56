// What git asks for over HTTP: pushes ref by ref, fetches, large files; at GitHub, at a configured server, and where nobody knows.
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { A, B, call, type CallParts, configured, elsewhere, github, PACK, push, told, ZERO } from './calls.ts';
import { createGitRecogniser } from '../../../src/actions/git/recogniser.ts';
import { pktLine } from '../../../src/actions/git/pkt-line.ts';

const PUSH = 'POST /acme/app.git/git-receive-pack';
const UPDATE = `${A} ${B} refs/heads/main`;

describe('requests of git', () => {
  it.each<[string, string[], CallParts?]>([
    ['GET /acme/app.git/info/refs?service=git-upload-pack', ['git:list-refs list - acme/app']],
    ['GET /acme/app/info/refs?service=git-receive-pack', ['git:list-refs list - acme/app']],
    ['POST /acme/app.git/git-upload-pack', ['git:fetch read - acme/app']],
    ['POST /acme/app/git-upload-archive', ['git:archive read data-export acme/app']],
    ['POST /group/sub/app.git/git-upload-pack', ['git:fetch read - group/sub/app']],
    [PUSH, ['git:push:refs/heads/main write deployment acme/app'], { body: push([UPDATE]) }],
    [PUSH, ['git:push:refs/heads/topic write - acme/app'], { body: push([`${ZERO} ${A} refs/heads/topic`]) }],
    [
      PUSH,
      ['git:push:refs/heads/topic write destructive acme/app', 'git:push:refs/tags/v1 write deployment acme/app'],
      { body: push([`${A} ${ZERO} refs/heads/topic`, `${ZERO} ${B} refs/tags/v1\n`]) },
    ],
    [PUSH, ['git:list-refs list - acme/app'], { body: '0000' }],
    ['GET /acme/app.git/info/lfs/locks?path=a', ['git:lfs-list-locks list - acme/app']],
    ['POST /acme/app.git/info/lfs/locks/verify', ['git:lfs-list-locks list - acme/app'], { body: '{}' }],
    ['POST /acme/app.git/info/lfs/locks', ['git:lfs-lock write - acme/app'], { body: '{}' }],
    ['POST /acme/app.git/info/lfs/locks/7/unlock', ['git:lfs-unlock write - acme/app'], { body: '{}' }],
    [
      'POST /acme/app.git/info/lfs/objects/batch',
      ['git:lfs-upload write - acme/app'],
      { body: '{"operation":"upload","objects":[{"oid":"x","size":5}]}' },
    ],
    [
      'POST /acme/app.git/info/lfs/objects/batch',
      ['git:lfs-download read - acme/app'],
      { body: '{"operation":"download","objects":[]}' },
    ],
  ])('%s', (line, expected, parts) => {
    expect(configured(line, parts).map(told)).toEqual(expected);
    expect(github(line, parts).map(told)).toEqual(expected);
    // Somebody else may answer there: it may be git, and it is a plain call too.
    const both = elsewhere(line, parts);
    expect(both.slice(0, -1).map(told)).toEqual(expected.map((each) => `?${each}`));
    expect(both.at(-1)?.name).toBe(`http:${line.split('?')[0]?.replace(' ', ':git.example')}`);
  });

  it.each(['gitlab.com', 'bitbucket.org:443', 'dev.azure.com', 'acme.visualstudio.com'])(
    'at %s are nothing else',
    (host) => {
      const at = (line: string, parts: CallParts = {}): string[] =>
        createGitRecogniser(false)
          .recognise({ ...call(line, parts), host })
          .map(told);
      expect(at('POST /acme/_git/app/git-upload-pack')).toEqual(['git:fetch read - acme/_git/app']);
      expect(at(PUSH, { body: push([UPDATE]) })).toEqual(['git:push:refs/heads/main write deployment acme/app']);
      expect(at('POST /acme/app.git//git-upload-pack').length).toBeGreaterThan(1);
      expect(at('POST /api/v4/projects')).toEqual([expect.stringContaining('http:POST:')]);
    },
  );

  it.each([
    ['gitlab.com', 'POST /api/v4/projects/1/repository/files/git-upload-pack?branch=main&content=x&commit_message=m'],
    ['gitlab.com', 'POST /%61pi/v4/projects/1/repository/files/git-upload-pack'],
    ['gitlab.com', 'POST /acme/app/-/create/main/git-upload-pack'],
    ['codeberg.org', 'POST /api/v1/repos/acme/app/contents/git-upload-pack'],
    ['bitbucket.org', 'POST /!api/2.0/repositories/acme/app/refs/tags/git-upload-pack'],
    ['dev.azure.com', 'POST /acme/app/_apis/build/git-upload-pack'],
  ])('of the API of %s may be something else: %s', (host, line) => {
    const found = createGitRecogniser(false).recognise({ ...call(line), host });
    expect(found.map(({ provider }) => provider)).toContain('http');
  });

  it.each(['gitlab.com.example', 'xgitlab.com', 'gitlab.com:8443'])('at %s may be something else', (host) => {
    const found = createGitRecogniser(false).recognise({ ...call('POST /acme/app.git/git-upload-pack'), host });
    expect(found.map(({ provider }) => provider)).toEqual(['git', 'http']);
  });

  it('tells what becomes of each ref', () => {
    const body = push([UPDATE, `${B} ${ZERO} refs/heads/old`, `${ZERO} ${A} refs/tags/v1.0`], ' report-status atomic');
    const actions = configured(PUSH, { body });
    expect(actions.map(({ summary }) => summary)).toEqual([
      'Push to branch main of acme/app: aaaaaaaaaa to bbbbbbbbbb (a forced push cannot be told from a plain one)',
      'Delete branch old of acme/app (was bbbbbbbbbb)',
      'Create tag v1.0 in acme/app at aaaaaaaaaa',
    ]);
    expect(actions[0]?.params).toEqual({ ref: 'refs/heads/main', change: 'update', old: A, new: B, atomic: true });
    expect(actions[0]?.resource).toEqual({ type: 'repo', id: 'acme/app', namespace: 'acme' });
  });

  it('reads shallow lines, certificates, options and the names of SHA-256', () => {
    const long = 'c'.repeat(64);
    const shallow = pktLine(`shallow ${A}`);
    const certificate = [
      pktLine('push-cert\0 report-status push-options\n'),
      pktLine('certificate version 0.1\n'),
      pktLine('pusher A U Thor <a@example.com>\n'),
      pktLine('\n'),
      pktLine(`${'0'.repeat(64)} ${long} refs/heads/signed\n`),
      pktLine('-----BEGIN PGP SIGNATURE-----\n'),
      pktLine('push-cert-end\n'),
    ].join('');
    const options = `${pktLine('ci.skip\n')}${pktLine('repo.private=false')}0000`;
    const body = Buffer.concat([Buffer.from(`${shallow}${certificate}0000${options}`), PACK]);
    const [action, ...more] = configured(PUSH, { body });
    expect(more).toEqual([]);
    expect(action && told(action)).toBe('git:push:refs/heads/signed write external-sharing acme/app');
    expect(action?.params).toMatchObject({ push_options: ['ci.skip', 'repo.private=false'], new: long });
    expect(action?.summary).toContain('with options ci.skip, repo.private=false');
  });

  it('takes the commands from the beginning of a body that is too long to be inspected', () => {
    const bytes = Buffer.concat([push([UPDATE]), Buffer.alloc(2_000_000, 1)]);
    const state = { state: 'unreadable', why: 'over-limit', bytes } as const;
    expect(configured(PUSH, { state }).map(told)).toEqual(['git:push:refs/heads/main write deployment acme/app']);
    // Compressed, the beginning is no list of commands.
    expect(configured(PUSH, { state, headers: ['Content-Encoding', 'gzip'] }).map(told)).toEqual([
      '!git:push:unknown unknown - acme/app',
    ]);
  });

  it('reads what is compressed', () => {
    const decoded = push([UPDATE]);
    const state = { state: 'whole', bytes: gzipSync(decoded), decoded } as const;
    const headers = ['Content-Encoding', 'gzip'];
    expect(configured(PUSH, { state, headers }).map(told)).toEqual([
      'git:push:refs/heads/main write deployment acme/app',
    ]);
  });

  it('keeps names of repositories apart by case where the server may, and folds them at GitHub', () => {
    const line = 'POST /Acme/App.git/git-upload-pack';
    expect(github(line).map(told)).toEqual(['git:fetch read - acme/app']);
    expect(configured(line).map(told)).toEqual(['?git:fetch read - Acme/App', '?git:fetch read - acme/app']);
  });

  it('asks for the body of what the body says', () => {
    const recogniser = createGitRecogniser(true);
    expect(recogniser.needsBody(call(PUSH))).toBe(true);
    expect(recogniser.needsBody(call('POST /acme/app.git/git-upload-pack'))).toBe(false);
    expect(recogniser.needsBody(call('POST /api/v4/projects'))).toBe(false);
    expect(recogniser.claims(call(PUSH))).toBe(true);
    expect(recogniser.claims(call('GET /info/refs'))).toBe(false);
  });

  it('reads what is no request of git as plain HTTP at a git server, and as unknown at GitHub', () => {
    expect(configured('GET /api/v4/projects').map(({ name }) => name)).toEqual([
      'http:GET:git.example/api/v4/projects',
    ]);
    expect(github('POST /acme/app/settings').map(told)).toEqual(['!github:unknown unknown - -']);
  });

  it('takes the base of the upstream from the name of the repository', () => {
    expect(configured('POST /scm/acme/app.git/git-upload-pack', {}, '/scm').map(told)).toEqual([
      'git:fetch read - acme/app',
    ]);
  });
});
