// The real botocore against our signer and our verifier: byte for byte, over thousands of requests where the machine has it, and over
// a recorded sample of them in any case.
import { spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { sha256Hex } from '../../../src/proxy/sigv4/canonical-request.ts';
import { presentedSignature } from '../../../src/proxy/sigv4/presented.ts';
import { authorization } from '../../../src/proxy/sigv4/sign.ts';
import { type Scope, signingKey } from '../../../src/proxy/sigv4/signature.ts';
import { checkSignedHead, isSignedWith } from '../../../src/proxy/sigv4/verify.ts';
import { installed } from '../../e2e/real-clients.ts';

interface Signed {
  readonly service: string;
  readonly region: string;
  readonly accessKeyId: string;
  readonly secret: string;
  readonly now: number;
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: string;
  readonly presigned: boolean;
}

const at = (name: string): string => fileURLToPath(new URL(name, import.meta.url));
const read = (text: string): Signed[] =>
  text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Signed);

/** What became of one request. */
function judge(signed: Signed): { readonly verified: boolean; readonly signedAlike: boolean } {
  const mark = signed.target.indexOf('?');
  const [path, query] =
    mark < 0 ? [signed.target, undefined] : [signed.target.slice(0, mark), signed.target.slice(mark + 1)];
  const request = { method: signed.method, path, query, headers: signed.headers };
  const result = presentedSignature(request.headers, query);
  if (result.state !== 'one') return { verified: false, signedAlike: false };
  const { presented } = result;
  const head = checkSignedHead(request, presented, signed.now + 60_000);
  if (!head.ok) return { verified: false, signedAlike: false };
  // Without a header that says so botocore signs either the body or the word for none.
  const { payload } = head;
  const texts = payload.mode === 'body' ? [sha256Hex(Buffer.from(signed.body)), 'UNSIGNED-PAYLOAD'] : [payload.text];
  const key = signingKey(signed.secret, presented.scope);
  const text = texts.find((each) => isSignedWith(key, request, presented, each));
  if (text === undefined || signed.presigned) return { verified: text !== undefined, signedAlike: signed.presigned };
  const headers = request.headers.filter((_, i) => request.headers[i - (i % 2)]?.toLowerCase() !== 'authorization');
  const { accessKeyId, region, service, now } = signed;
  const keyOf = (scope: Scope): Uint8Array => signingKey(signed.secret, scope);
  const terms = { accessKeyId, keyOf, region, service, now, payload: text };
  const alsoSigned = new Set(presented.signedHeaders);
  const theirs = request.headers[request.headers.findIndex((name) => name.toLowerCase() === 'authorization') + 1];
  const spellings = ['sent', 'decoded'] as const;
  const ours = spellings.map((spelling) => authorization({ ...request, headers }, { ...terms, spelling, alsoSigned }));
  return { verified: true, signedAlike: ours.every((each) => each === theirs) };
}

function expectAlike(all: readonly Signed[]): void {
  const failed = all.filter((each) => {
    const { verified, signedAlike } = judge(each);
    return !verified || !signedAlike;
  });
  expect(failed.slice(0, 3)).toEqual([]);
}

describe('against botocore', () => {
  it('verifies and signs a recorded sample alike', () => {
    const sample = read(readFileSync(at('botocore-sample.jsonl'), 'utf8'));
    expect(sample).toHaveLength(60);
    expectAlike(sample);
  });

  const there = installed('python3', ['-c', 'import botocore.auth']);
  it.skipIf(!there)(`verifies and signs 2,500 requests alike${there ? '' : ' (python3 has no botocore)'}`, () => {
    const { stdout } = spawnSync('python3', [at('botocore_requests.py'), '2500', '20261121'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
    });
    const all = read(stdout);
    expect(all).toHaveLength(2500);
    expect(all.filter(({ presigned }) => presigned).length).toBeGreaterThan(300);
    expectAlike(all);
  });
});
