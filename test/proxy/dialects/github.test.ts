// Refusals as GitHub says them, raised by the real Octokit, and those of git in its own protocol (that git prints them is tested with git
// itself, test/e2e/git.test.ts).
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Octokit } from '@octokit/core';
import { retry } from '@octokit/plugin-retry';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { type ProblemType, problems } from '../../../src/core/problems.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';

const call = (line: string, host = 'api.github.com'): Call => {
  const [method = '', path = ''] = line.split(' ');
  return {
    method,
    upstream: 'github',
    scheme: 'https',
    host,
    path,
    query: undefined,
    headers: [],
    body: { state: 'none' },
  };
};

type Words = Parameters<typeof nativeRefusal>[3];
const PUSH = 'POST /acme/app.git/git-receive-pack';

describe('Octokit', () => {
  let type: ProblemType = 'denied-by-person';
  let words: Words = { detail: '' };
  let asked = 0;
  const server = createServer((req, res) => {
    asked++;
    req.resume();
    const refusal = nativeRefusal('github', call('DELETE /repos/acme/app'), type, words);
    const status = refusal?.status ?? problems[type].status;
    res.writeHead(status, { 'Content-Type': refusal?.contentType ?? '', 'Retry-After': '1' }).end(refusal?.body);
  });
  let octokit: Octokit;

  beforeAll(async () => {
    await once(server.listen(0, '127.0.0.1'), 'listening');
    const baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    octokit = new (Octokit.plugin(retry))({ baseUrl, retry: { retryAfterBaseValue: 1 } });
  });
  afterAll(() => new Promise((resolve) => server.close(resolve)));

  const remove = (): Promise<unknown> => {
    asked = 0;
    return octokit.request('DELETE /repos/{owner}/{repo}', { owner: 'acme', repo: 'app' });
  };

  it('raises its own error with the words of whoever said no, and asks once', async () => {
    [type, words] = ['denied-by-person', { detail: 'Denied by ann: "not now".', approvalId: 'apr_1' }];
    await expect(remove()).rejects.toMatchObject({
      name: 'HttpError',
      status: 403,
      message: 'Denied by ann: "not now". (approval apr_1) [denied-by-person]',
    });
    expect(asked).toBe(1);
  });

  it('asks again by itself while nobody has decided', async () => {
    [type, words] = ['approval-pending', { detail: 'A person has to approve this.', retryAfter: 2 }];
    await expect(remove()).rejects.toMatchObject({ status: 429 });
    expect(asked).toBe(4);
  });
});

describe('git', () => {
  const said = (line: string, detail: string, envelope?: Words['envelope'], family: 'git' | 'github' = 'git') =>
    nativeRefusal(family, call(line, 'github.com'), 'denied-by-person', { detail, ...(envelope && { envelope }) });

  it('reads why each ref was rejected', () => {
    const refusal = said(PUSH, 'Not now.', { batch: false, ids: ['refs/heads/main', 'refs/tags/v1'] }, 'github');
    expect(refusal).toMatchObject({ status: 200, contentType: 'application/x-git-receive-pack-result' });
    expect(refusal?.body).toBe(
      [
        '0021\u0002Not now. [denied-by-person]\n',
        '0013\u0001000eunpack ok\n',
        '0038\u00010033ng refs/heads/main Not now. [denied-by-person]\n',
        '0035\u00010030ng refs/tags/v1 Not now. [denied-by-person]\n',
        '0009\u00010000',
        '0000',
      ].join(''),
    );
  });

  it('reads that the push as a whole was, where its refs were not read', () => {
    expect(said(PUSH, 'Not now.')?.body).toContain('unpack Not now. [denied-by-person]\n');
  });

  it('gets the status alone while it still sends: it would post the rest of its pack once more', () => {
    const refusal = nativeRefusal('git', call(PUSH), 'body-too-large', { detail: 'Too long.' });
    expect([refusal?.status, refusal?.body]).toEqual([undefined, 'Too long. [body-too-large]\n']);
  });

  it('gets one line, cut to what a client takes', () => {
    const body = said(PUSH, `Not\n\nnow: ${'ä'.repeat(2000)}`, { batch: false, ids: ['refs/heads/main'] })?.body ?? '';
    expect(body).toContain('Not now: ä');
    expect(Buffer.byteLength(body)).toBeLessThan(1_300);
  });

  it('reads an error of the protocol for a fetch, plain text for the list of refs, JSON for large files', () => {
    expect(said('POST /acme/app/git-upload-pack', 'No.')).toMatchObject({
      status: 200,
      contentType: 'application/x-git-upload-pack-result',
      body: '001fERR No. [denied-by-person]\n',
    });
    const list = said('GET /acme/app/info/refs', 'No.');
    expect([list?.status, list?.contentType, list?.body]).toEqual([
      undefined,
      'text/plain; charset=utf-8',
      'No. [denied-by-person]\n',
    ]);
    expect(said('POST /acme/app/info/lfs/objects/batch', 'No.')).toEqual({
      contentType: 'application/vnd.git-lfs+json',
      body: '{"message":"No. [denied-by-person]"}',
    });
  });

  it('leaves other calls at a git server to problem details, and says GitHub no in JSON', () => {
    expect(said('GET /api/v4/projects', 'No.')).toBeUndefined();
    expect(said('GET /acme/app', 'No.', undefined, 'github')?.body).toBe(
      '{"message":"No. [denied-by-person]","status":"403"}',
    );
  });
});
