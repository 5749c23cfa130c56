// Pushes made to be misread: whatever git, or a hop in front of it, could make of the bytes has to show, and what is in doubt is not exact.
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createGitRecogniser } from '../../../src/actions/git/recogniser.ts';
import { pktLine } from '../../../src/actions/git/pkt-line.ts';
import { A, B, call, type CallParts, configured, elsewhere, github, PACK, push, ZERO } from './calls.ts';

const PUSH = 'POST /acme/app.git/git-receive-pack';
const MAIN = `${A} ${B} refs/heads/main`;
const CAPS = '\0 report-status';
const raw = (...lines: string[]): Buffer => Buffer.concat([Buffer.from(lines.join('')), PACK]);
const body = (bytes: string | Uint8Array): CallParts => ({ body: bytes });

/** Not exact, and among the names these. */
const UNSURE: [why: string, line: string, names: string[], parts?: CallParts][] = [
  ['no body', PUSH, ['git:push:unknown']],
  ['an empty body', PUSH, ['git:push:unknown'], body('')],
  ['no pkt-lines', PUSH, ['git:push:unknown'], body('hello')],
  ['a length that is no number', PUSH, ['git:push:unknown'], body('zzzzhello')],
  ['a length of three', PUSH, ['git:push:unknown'], body('0003')],
  ['a length beyond the body', PUSH, ['git:push:unknown'], body(`ffff${MAIN}`)],
  ['commands without an end', PUSH, ['git:push:unknown'], body(pktLine(`${MAIN}${CAPS}`))],
  ['a cut command', PUSH, ['git:push:unknown'], body(`${pktLine(`${MAIN}${CAPS}`)}00`)],
  [
    'a line that is no command',
    PUSH,
    ['git:push:refs/heads/main', 'git:push:unknown'],
    body(raw(pktLine(`${MAIN}${CAPS}`), pktLine('hello'), '0000')),
  ],
  [
    'a short object name',
    PUSH,
    ['git:push:unknown'],
    body(raw(pktLine(`${'a'.repeat(39)} ${B} refs/heads/main`), '0000')),
  ],
  [
    'commands behind the flush of a probe',
    PUSH,
    ['git:push:unknown'],
    body(raw('0000', pktLine(`${MAIN}${CAPS}`), '0000')),
  ],
  ['two blanks', PUSH, ['git:push:unknown'], body(raw(pktLine(`${A}  ${B} refs/heads/main`), '0000'))],
  ['a tab', PUSH, ['git:push:unknown'], body(raw(pktLine(`${A}\t${B}\trefs/heads/main`), '0000'))],
  [
    'a certificate without an end',
    PUSH,
    ['git:push:unknown'],
    body(raw(pktLine('push-cert\0 x'), pktLine(`${MAIN}\n`), '0000')),
  ],
  ['a ref that git refuses', PUSH, [`git:push:refs/heads/../main`], body(push([`${A} ${B} refs/heads/../main`]))],
  ['a ref with a blank', PUSH, ['git:push:refs/heads/main x'], body(push([`${A} ${B} refs/heads/main x`]))],
  ['a ref without a prefix', PUSH, ['git:push:main'], body(push([`${A} ${B} main`]))],
  [
    'a ref with a control character',
    PUSH,
    ['git:push:refs/heads/\u001bmain'],
    body(push([`${A} ${B} refs/heads/\u001bmain`])),
  ],
  ['a ref with a star', PUSH, ['git:push:refs/heads/*'], body(push([`${A} ${B} refs/heads/*`]))],
  [
    'a ref that is not UTF-8',
    PUSH,
    ['git:push:unknown'],
    body(
      Buffer.concat([
        Buffer.from('0066'),
        Buffer.from(`${A} ${B} refs/heads/m`),
        Buffer.from([0xff, 0xfe, 0xff]),
        Buffer.from('0000'),
      ]),
    ),
  ],
  [
    'more refs than anybody reads',
    PUSH,
    ['git:push:unknown'],
    body(push(Array.from({ length: 1_001 }, (_x, i) => `${A} ${B} refs/heads/b${i}`))),
  ],
  [
    'endless shallow lines',
    PUSH,
    ['git:push:unknown'],
    body(raw(pktLine(`shallow ${A}`).repeat(4_001), pktLine(MAIN), '0000')),
  ],
  [
    'options without an end',
    PUSH,
    ['git:push:unknown'],
    body(raw(pktLine(`${MAIN}\0 push-options`), '0000', pktLine('ci.skip'))),
  ],
  ['a body nobody has read', PUSH, ['git:push:unknown'], { state: { state: 'unread' } }],
  ['a body over the limit', PUSH, ['git:push:unknown'], { state: { state: 'unreadable', why: 'over-limit' } }],
  [
    'a broken coding',
    PUSH,
    ['git:push:unknown'],
    { state: { state: 'unreadable', why: 'undecodable', bytes: push([MAIN]) } },
  ],
  [
    'an unknown coding',
    PUSH,
    ['git:push:unknown'],
    { state: { state: 'unreadable', why: 'unknown-coding', bytes: push([MAIN]) } },
  ],
  [
    'a method in a header',
    'POST /acme/app.git/git-upload-pack',
    ['git:fetch'],
    { headers: ['X-HTTP-Method-Override', 'DELETE'] },
  ],
  ['another method', 'PUT /acme/app.git/git-receive-pack', ['git:unknown'], body(push([MAIN]))],
  ['GET', 'GET /acme/app.git/git-receive-pack', ['git:unknown']],
  ['WebDAV', 'PROPFIND /acme/app.git/info/refs', ['git:unknown']],
  [
    'the end of the path in capitals',
    'POST /acme/app.git/Git-Receive-Pack',
    ['git:push:refs/heads/main'],
    body(push([MAIN])),
  ],
  ['an escaped slash', 'POST /acme/app.git%2Fgit-receive-pack', ['git:push:refs/heads/main'], body(push([MAIN]))],
  ['an escaped letter', 'POST /acme/app.git/git-receive-pac%6b', ['git:push:refs/heads/main'], body(push([MAIN]))],
  ['dot segments', 'POST /acme/x/../app.git/git-receive-pack', ['git:push:refs/heads/main'], body(push([MAIN]))],
  ['a double slash', 'POST /acme/app.git//git-receive-pack', ['git:push:refs/heads/main'], body(push([MAIN]))],
  ['a slash at the end', 'POST /acme/app.git/git-receive-pack/', ['git:push:refs/heads/main'], body(push([MAIN]))],
  ['a path parameter', 'POST /acme/app.git/git-receive-pack;x', ['git:push:refs/heads/main'], body(push([MAIN]))],
  ['a backslash', 'POST /acme/app.git\\git-receive-pack', ['git:push:refs/heads/main'], body(push([MAIN]))],
  [
    'large files of no operation',
    'POST /acme/app.git/info/lfs/objects/batch',
    ['git:lfs-upload', 'git:lfs-download'],
    body('{}'),
  ],
  [
    'large files of two operations',
    'POST /acme/app.git/info/lfs/objects/batch',
    ['git:lfs-upload', 'git:lfs-download'],
    body('{"operation":"download","operation":"upload"}'),
  ],
  [
    'large files of an operation in capitals',
    'POST /acme/app.git/info/lfs/objects/batch',
    ['git:lfs-upload'],
    body('{"operation":"download","Operation":"upload"}'),
  ],
  [
    'large files in a body nobody can read',
    'POST /acme/app.git/info/lfs/objects/batch',
    ['git:lfs-upload'],
    { state: { state: 'unreadable', why: 'over-limit' } },
  ],
  ['another request of large files', 'POST /acme/app.git/info/lfs/erase', ['git:unknown'], body('{}')],
];

it.each(UNSURE)('%s', (_why, line, names, parts) => {
  for (const actions of [configured(line, parts), github(line, parts)]) {
    const ofGit = actions.filter(({ provider }) => provider === 'git');
    expect(ofGit.map(({ name }) => name)).toEqual(expect.arrayContaining(names));
    expect(ofGit.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
  }
  // Where nobody knows who answers, it is a plain call as well.
  expect(elsewhere(line, parts).some(({ provider }) => provider === 'http')).toBe(true);
});

/** Every ref that git would take has to be there. */
const REFS: [why: string, refs: string[], bytes: Buffer][] = [
  [
    'the same ref twice',
    ['refs/heads/main', 'refs/heads/main'],
    push([`${A} ${B} refs/heads/main`, `${A} ${ZERO} refs/heads/main`]),
  ],
  ['a line break at the end', ['refs/heads/main'], push([`${MAIN}\n`])],
  [
    'lengths in capitals',
    ['refs/heads/main'],
    raw(
      pktLine(MAIN).replace(/^..../, (digits) => digits.toUpperCase()),
      '0000',
    ),
  ],
  [
    'commands behind a certificate',
    ['refs/heads/cert', 'refs/heads/main'],
    raw(
      pktLine('push-cert\0 x'),
      pktLine(`${A} ${B} refs/heads/cert\n`),
      pktLine('push-cert-end\n'),
      pktLine(MAIN),
      '0000',
    ),
  ],
  [
    'a command in a certificate behind the signature',
    ['refs/heads/late'],
    raw(
      pktLine('push-cert\0 x'),
      pktLine('-----BEGIN\n'),
      pktLine(`${A} ${B} refs/heads/late\n`),
      pktLine('push-cert-end\n'),
      '0000',
    ),
  ],
  [
    'shallow lines between commands',
    ['refs/heads/a', 'refs/heads/main'],
    raw(pktLine(`${A} ${B} refs/heads/a${CAPS}`), pktLine(`shallow ${A}`), pktLine(MAIN), '0000'),
  ],
  [
    'capabilities behind a later command',
    ['refs/heads/a', 'refs/heads/main'],
    raw(pktLine(`${A} ${B} refs/heads/a`), pktLine(`${MAIN}${CAPS}`), '0000'),
  ],
  ['an end by a delimiter', ['refs/heads/main'], raw(pktLine(MAIN), '0001')],
  [
    'something behind the end',
    ['refs/heads/main'],
    raw(pktLine(MAIN), '0000', pktLine(`${A} ${B} refs/heads/never`), '0000'),
  ],
  ['names in capitals', ['refs/heads/main'], push([`${'A'.repeat(40)} ${'B'.repeat(40)} refs/heads/main`])],
];

it.each(REFS)('%s', (_why, refs, bytes) => {
  const actions = configured(PUSH, body(bytes));
  expect(actions.map(({ name }) => name)).toEqual(refs.map((ref) => `git:push:${ref}`));
});

it('sees a deletion for what it is, in either sort of name', () => {
  for (const zero of [ZERO, '0'.repeat(64)]) {
    const [action] = configured(PUSH, body(push([`${zero.replaceAll('0', 'a')} ${zero} refs/heads/x`])));
    expect(action?.tags).toEqual(['destructive']);
  }
});

describe('whatever comes', () => {
  it('never throws, and answers something', () => {
    const recogniser = createGitRecogniser(true);
    const piece = fc.oneof(
      fc.constantFrom('0000', '0001', '0003', pktLine(MAIN), pktLine('push-cert\0'), pktLine('push-cert-end'), 'ffff'),
      fc.string({ maxLength: 12 }),
    );
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 12 }),
        fc.constantFrom(PUSH, 'POST /a/git-upload-pack', 'POST /a/info/lfs/objects/batch'),
        (pieces, line) => {
          const made = call(line, { body: pieces.join('') });
          recogniser.envelope?.(made);
          expect(recogniser.recognise(made).length).toBeGreaterThan(0);
        },
      ),
      { numRuns: 3_000 },
    );
  });

  it('takes no time to speak of for a body of a megabyte', () => {
    const started = performance.now();
    configured(PUSH, body('0005x'.repeat(200_000)));
    configured(PUSH, body(pktLine(`${A} ${B} refs/heads/${'x'.repeat(60_000)}`).repeat(16)));
    configured(PUSH, body(push(Array.from({ length: 1_000 }, (_x, i) => `${A} ${B} refs/heads/b${i}`))));
    expect(performance.now() - started).toBeLessThan(2_000);
  });
});
