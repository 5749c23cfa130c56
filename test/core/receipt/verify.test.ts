import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Granted, Opened } from '../../../src/core/approval/events.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { canonicalJson } from '../../../src/core/canonical-json.ts';
import { openedOf } from '../../../src/core/receipt/question.ts';
import { RECEIPT_TYP, receiptPayload, receiptStatement } from '../../../src/core/receipt/statement.ts';
import { verifyReceipt } from '../../../src/core/receipt/verify.ts';
import {
  approvalOf,
  covered,
  endings,
  granted,
  granter,
  granting,
  jwks,
  opened,
  receiptOf,
  signed,
  verify,
  voted,
} from './receipt-fixture.ts';

interface Small {
  verifyReceipt(jws: string, keys: unknown): { readonly findings: readonly string[] };
}
const SMALL = join(import.meta.dirname, '../../../docs/verify-receipt.mjs');
const small = (await import(SMALL)) as Small;

const names = async (jws: string): Promise<string[]> =>
  [...new Set((await verifyReceipt(jws, verify)).findings.map((finding) => finding.name))].toSorted();
const smallNames = (jws: string): string[] => small.verifyReceipt(jws, jwks).findings.toSorted();
const none = { credential: undefined, audit: undefined };

type Json = null | boolean | number | string | Json[] | { [name: string]: Json };
const payloadOf = (jws: string): Json =>
  JSON.parse(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString()) as Json;
const resigned = (value: Json): string => signed(canonicalJson(value), RECEIPT_TYP);

/** The statement with one member set by path. */
function changed(name: string, path: readonly (string | number)[], to: (old: Json) => Json): string {
  const root = structuredClone(payloadOf(receiptOf(name)));
  let at = root as Record<string | number, Json>;
  for (const step of path.slice(0, -1)) at = at[step] as Record<string | number, Json>;
  const last = path.at(-1) ?? '';
  at[last] = to(at[last] ?? null);
  return resigned(root);
}

/** Every path to a value inside. */
function* paths(value: Json, at: readonly (string | number)[] = []): Generator<readonly (string | number)[]> {
  if (at.length > 0) yield at;
  if (typeof value !== 'object' || value === null) return;
  for (const [key, item] of Object.entries(value))
    yield* paths(item, [...at, Array.isArray(value) ? Number(key) : key]);
}

const wrongs = (old: Json): Json[] => {
  if (typeof old === 'string') {
    const other = /^\d{4}-/.test(old) ? new Date(Date.parse(old) + 1_000_000).toISOString() : `${old.slice(0, -1)}0`;
    return [other, '', null];
  }
  if (typeof old === 'number') return [old + 1, 0, -1, '1'];
  if (typeof old === 'boolean') return [!old];
  if (Array.isArray(old)) return [[], [...old, ...old], null];
  return [null, {}];
};

describe('a receipt', () => {
  it.each(Object.keys(endings))('of an approval that ended "%s" verifies in both verifiers', async (name) => {
    expect(await names(receiptOf(name))).toEqual([]);
    expect(smallNames(receiptOf(name))).toEqual([]);
  });

  it('gives back exactly the event that was voted on', () => {
    const statement = receiptStatement(approvalOf('succeeded'), none);
    expect(openedOf(statement)).toEqual(opened);
    const { justification: _, ...without } = opened;
    const bare = receiptStatement(
      fold([
        { ...without, uninspected: 'over-limit' },
        { type: 'cancelled', at: opened.at, why: 'w' },
      ]),
      none,
    );
    expect(openedOf(bare)).toEqual({ ...without, uninspected: 'over-limit' });
    expect(bare.justification).toBeNull();
  });

  it('is not made of an approval that is still open', () => {
    expect(() => receiptStatement(fold([opened]), none)).toThrow(/pending/);
  });

  it('names what is wrong when the gate itself signs something that may not have happened', async () => {
    const deny = voted('two@example.com', 'deny', 1500);
    const approvalWith = (votes: readonly unknown[]): string => {
      const statement = receiptStatement({ ...approvalOf('succeeded'), votes: votes as [] }, none);
      return signed(receiptPayload(statement), RECEIPT_TYP);
    };
    const { votes } = approvalOf('succeeded');
    const cases: [string[], string][] = [
      [['claim-quorum', 'quorum'], approvalWith(votes.slice(0, 1))],
      [['claim-quorum', 'quorum', 'vote-twice'], approvalWith([votes[0], votes[0]])],
      [['sent-after-denial'], approvalWith([...votes, deny])],
      [['self-approval'], approvalWith([...votes, voted('owner@example.com', 'approve', 2100)])],
      [['self-approval'], approvalWith([...votes, voted('deploy-bot', 'approve', 2100)])],
      [['vote-not-eligible'], approvalWith([...votes, voted('x@example.com', 'approve', 2100, { groups: [] })])],
      [['claim-time', 'vote-time'], approvalWith([...votes, voted('x@example.com', 'approve', 900_000)])],
      [['vote-digest'], approvalWith([...votes, voted('x@example.com', 'approve', 2100, { digest: '0'.repeat(64) })])],
      [['vote-statement'], approvalWith([...votes, { ...votes[0], by: 'x@example.com' }])],
      [['vote-proof'], approvalWith([votes[0], { ...votes[1], proof: signed('{}', 'other+json') }])],
      [['claim-policy'], changed('succeeded', ['claim', 'effect'], () => 'deny')],
      [['claim-access-key'], changed('granting', ['claim', 'access_key_stands'], () => null)],
      [['claim-access-key'], changed('succeeded', ['claim', 'access_key_stands'], () => true)],
      [['shape'], changed('granting', ['claim', 'access_key_stands'], () => false)],
      [['claim-access-key', 'vote-statement'], changed('granting', ['call', 'access_key'], () => null)],
      [['claim-digest'], changed('succeeded', ['claim', 'content_sha256'], () => '0'.repeat(64))],
      [['claim-quorum'], changed('succeeded', ['claim', 'eligible', 0, 'groups'], () => [])],
      [['outcome'], changed('succeeded', ['outcome', 'http_status'], () => 500)],
      [['outcome'], changed('upstream error', ['outcome', 'http_status'], () => 200)],
      [['status'], changed('succeeded', ['outcome'], () => null)],
      [['id'], changed('denied', ['id'], () => 'rcp_other')],
      // Nobody was asked in their place, or only after the vote.
      [['claim-quorum', 'quorum', 'vote-not-eligible'], changed('escalated', ['escalations'], () => [])],
      [
        ['vote-not-eligible'],
        changed('escalated', ['escalations', 0, 'at'], () => new Date(opened.at + 1800).toISOString()),
      ],
      [['times'], changed('escalated', ['escalations', 0, 'at'], () => new Date(opened.at + 499).toISOString())],
      [['shape'], changed('denied', ['note'], () => 'an unknown member')],
      [['vote-statement'], changed('succeeded', ['call', 'url'], () => 'https://billing.example.com/other')],
      [['vote-statement'], changed('succeeded', ['votes', 1, 'reason'], () => 'not fine')],
    ];
    for (const [expected, jws] of cases) {
      expect(await names(jws)).toEqual(expected);
      expect(smallNames(jws)).toEqual(expected);
    }
  });

  it('names what is wrong with a grant', async () => {
    const by = (event: Partial<Granted>): string => {
      const statement = receiptStatement({ ...approvalOf('granted'), granted: { ...granted, ...event } }, none);
      return signed(receiptPayload(statement), RECEIPT_TYP);
    };
    const one = granter('one@example.com', 2_900_000);
    const at = (path: readonly (string | number)[], to: Json): string => changed('granted', path, () => to);
    const cases: [string[], string][] = [
      [['claim-time', 'grant-time'], by({ at: granted.until, until: granted.until })],
      [['claim-quorum', 'grant-quorum', 'grant-votes', 'quorum'], by({ votes: [one], until: one.at + 3_600_000 })],
      [['claim-quorum', 'grant-quorum', 'grant-votes', 'quorum'], by({ votes: [one, one], until: one.at + 3_600_000 })],
      [['claim-grant', 'grant-offer', 'grant-uses'], by({ use: 4 })],
      [['grant-votes'], by({ grant: 'grt_other' })],
      [['claim-grant', 'grant-offer', 'grant-time'], by({ until: granted.until + 1 })],
      [['claim-grant'], at(['claim', 'grant'], null)],
      [['claim-grant'], at(['claim', 'grant', 'offer', 'uses'], 1)],
      [['claim-grant'], at(['claim', 'grant', 'offer', 'covers'], 'call')],
      [['claim-grant'], at(['claim', 'grant', 'offer'], null)],
      [['shape'], at(['claim', 'grant', 'stands'], false)],
      [['claim-grant', 'claim-quorum', 'quorum'], at(['granted'], null)],
      [['grant-scope', 'vote-statement'], at(['granted', 'source', 'call', 'upstream'], 'other')],
      [['grant-scope'], at(['call', 'agent'], 'other-bot')],
      [['grant-scope'], at(['actions', 0, 'resource', 'id'], 'db')],
      [['grant-scope'], at(['flags', 0, 'id'], 'impersonation')],
      [['grant-scope'], at(['flags', 0, 'evidence'], 'force: always')],
      [['grant-scope'], at(['call', 'url'], 'https://billing.example.com/refunds/2')],
      [[], at(['call', 'url'], 'https://billing.example.com/refunds')],
      [[], at(['policy_digest'], '0'.repeat(64))],
      [['grant-offer', 'grant-scope'], at(['actions', 0, 'resource', 'id'], '*')],
      [['grant-offer', 'grant-scope'], at(['actions', 0, 'resource', 'type'], 'tool')],
      [['grant-offer', 'grant-scope'], at(['actions', 0, 'resource', 'id'], '')],
      [['grant-offer'], at(['actions', 0, 'params'], { dry_run: 'All' })],
      [[], at(['actions', 0, 'params'], { dryRun: false })],
      [[], at(['actions', 0, 'params'], null)],
      [['grant-scope'], at(['actions', 0, 'params'], { images: ['app=other'] })],
      [['grant-scope'], at(['rules'], ['other'])],
      [['grant-offer'], at(['reason'], 'ambiguous')],
      [['grant-offer'], at(['terms', 'grant'], null)],
      [['shape'], at(['actions', 0, 'tags'], 'deployment')],
      [['vote-statement'], at(['granted', 'votes', 0, 'reason'], 'said nothing')],
      [['vote-grant', 'vote-statement'], changed('granting', ['votes', 1, 'grant_ms'], () => 3_600_001)],
      [['vote-grant', 'vote-statement'], changed('granting', ['votes', 0, 'grant_ms'], () => null)],
    ];
    for (const [expected, jws] of cases) {
      expect(await names(jws)).toEqual(expected);
      expect(smallNames(jws)).toEqual(expected);
    }
  });

  it('names what a grant of any target does not cover', async () => {
    const offer = { for: 3_600_000, uses: 3, covers: 'actions' } as const;
    const source: Opened = { ...granting, terms: { ...granting.terms, grant: offer } };
    const votes = [
      granter('one@example.com', 2_900_000, {}, source),
      granter('boss@example.com', 2_800_000, { groups: [], reason: 'go on' }, source),
    ];
    const [action] = covered.actions;
    if (!action) throw new Error('no action');
    const on = (id: string): Opened['actions'][number] => ({ ...action, resource: { ...action.resource, id } });
    const cases: [string[], Partial<Opened>][] = [
      [[], { actions: [on('db')], url: 'https://billing.example.com/other' }],
      [[], { actions: [on('db')], flags: (source.flags ?? []).map((flag) => ({ ...flag, evidence: 'db' })) }],
      [['grant-scope'], { actions: [on('db'), on('web')] }],
      [['grant-scope'], { actions: [on('*')] }],
      [['grant-scope'], { actions: [on('db')], policyDigest: '0'.repeat(64) }],
    ];
    for (const [expected, over] of cases) {
      const { claim, ...approval } = approvalOf('granted');
      if (!claim) throw new Error('no claim');
      const statement = receiptStatement(
        {
          ...approval,
          opened: { ...covered, terms: source.terms, ...over },
          granted: { ...granted, source, votes },
          claim: { ...claim, grantNow: { stands: true, offer } },
        },
        none,
      );
      const jws = signed(receiptPayload(statement), RECEIPT_TYP);
      expect(await names(jws)).toEqual(expected);
      expect(smallNames(jws)).toEqual(expected);
    }
  });

  describe('that is changed in one place, signed again or not', () => {
    let tried = 0;
    let refused = 0;

    it.each(Object.keys(endings))('is refused by both verifiers for the same findings ("%s")', async (name) => {
      const root = payloadOf(receiptOf(name));
      for (const path of paths(root)) {
        const old = path.reduce<Json>((at, step) => (at as Record<string | number, Json>)[step] ?? null, root);
        for (const wrong of wrongs(old)) {
          if (canonicalJson(wrong) === canonicalJson(old)) continue;
          const jws = changed(name, path, () => wrong);
          const found = await names(jws);
          expect(smallNames(jws), `${path.join('.')} = ${JSON.stringify(wrong)}`).toEqual(found);
          tried++;
          if (found.length > 0) refused++;
          if (tried % 5 > 0) continue;
          const [head, , signature] = receiptOf(name).split('.');
          const forged = `${head}.${jws.split('.')[1]}.${signature}`;
          expect(smallNames(forged)).toEqual(['signature']);
          expect(await names(forged)).toEqual(['signature']);
        }
      }
    });

    it('was tried over 1,000 times, and is mostly refused', () => {
      expect(tried).toBeGreaterThan(1000);
      // What is left is the gate's own word, which nothing else in a receipt contradicts (an outcome's size, say).
      expect(refused / tried).toBeGreaterThan(0.7);
    });
  });

  it('is refused by both after any character of the token changed', async () => {
    const jws = receiptOf('denied');
    for (let i = 0; i < jws.length; i += 7) {
      const flipped = jws.slice(0, i) + (jws[i] === 'A' ? 'B' : 'A') + jws.slice(i + 1);
      expect(smallNames(flipped)).toEqual(['signature']);
      expect(await names(flipped)).toEqual(['signature']);
    }
    for (const odd of ['', '..', `${jws}.`, `${jws}=`, ` ${jws}`]) {
      expect(smallNames(odd)).toEqual(['signature']);
      expect(await names(odd)).toEqual(['signature']);
    }
  });

  it('must be canonical JSON in UTF-8, signed as a receipt', async () => {
    const statement = payloadOf(receiptOf('denied'));
    const cases: [string, string][] = [
      ['payload', signed(JSON.stringify(statement, null, 1), RECEIPT_TYP)],
      ['payload', signed(`\ufeff${canonicalJson(statement)}`, RECEIPT_TYP)],
      ['payload', signed('no json', RECEIPT_TYP)],
      ['shape', signed('[]', RECEIPT_TYP)],
      ['shape', signed('null', RECEIPT_TYP)],
      ['signature', signed(canonicalJson(statement), 'holdgate-vote+json')],
    ];
    for (const [expected, jws] of cases) {
      expect(await names(jws)).toEqual([expected]);
      expect(smallNames(jws)).toEqual([expected]);
    }
  });
});

describe('docs/verify-receipt.mjs', () => {
  it('is under 300 lines and imports nothing but Node', () => {
    const text = readFileSync(SMALL, 'utf8');
    expect(text.split('\n').length).toBeLessThan(300);
    expect([...text.matchAll(/from '([^']+)'/g)].every((match) => match[1]?.startsWith('node:'))).toBe(true);
  });

  it('runs from the command line with exit codes 0, 1 and 2', () => {
    const folder = mkdtempSync(join(tmpdir(), 'hg-receipt-'));
    try {
      const [good, bad, keys] = ['good', 'bad', 'keys'].map((name) => join(folder, name));
      writeFileSync(good ?? '', `${receiptOf('succeeded')}\n`);
      writeFileSync(bad ?? '', receiptOf('succeeded').slice(0, -2));
      writeFileSync(keys ?? '', JSON.stringify(jwks));
      expect(execFileSync(process.execPath, [SMALL, good ?? '', keys ?? '']).toString()).toContain('"valid": true');
      expect(spawnSync(process.execPath, [SMALL, bad ?? '', keys ?? '']).status).toBe(1);
      writeFileSync(good ?? '', JSON.stringify({ receipt: receiptOf('succeeded') }));
      expect(spawnSync(process.execPath, [SMALL, good ?? '', keys ?? '']).status).toBe(0);
      expect(spawnSync(process.execPath, [SMALL]).status).toBe(2);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
