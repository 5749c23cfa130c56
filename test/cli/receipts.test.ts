import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerReceipts } from '../../src/cli/receipts.ts';
import { endings, jwks, receiptOf } from '../core/receipt/receipt-fixture.ts';
import { type FakeTerminal, fakeTerminal } from './approvals/fake-terminal.ts';

let folder: string;
let key: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hg-receipts-'));
  key = join(folder, 'public.json');
  writeFileSync(key, JSON.stringify(jwks));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

async function run(args: readonly string[], env: Record<string, string> = {}): Promise<FakeTerminal> {
  const terminal = fakeTerminal(env);
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerReceipts(program, terminal);
  for (const command of program.commands.flatMap((child) => child.commands)) {
    command.exitOverride().configureOutput({ writeErr: () => undefined });
  }
  await program.parseAsync(args, { from: 'user' });
  return terminal;
}
function file(text: string): string {
  const path = join(folder, 'receipt');
  writeFileSync(path, text);
  return path;
}

describe('holdgate receipts verify', () => {
  it('says who asked, what, who approved, when, and what became of it', async () => {
    const terminal = await run(['receipts', 'verify', file(`${receiptOf('succeeded')}\n`), '--key', key]);
    expect(terminal.exited()).toBeUndefined();
    expect(terminal.output()).toMatchInlineSnapshot(`
      "VALID rcp_01JQ0000000000000000000001
        call      POST https://billing.example.com/refunds?x=é
                  42 bytes, sha256 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa
        does      Refund 10 €
        asked     deploy-bot, owner owner@example.com, for asker@example.com
                  2026-03-03 04:05:06 UTC
        held by   Refunds need two people
                  policy cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
        needed    2 of group:security, boss@example.com (rule refunds)
        decided   one@example.com approved 2026-03-03 04:05:07 UTC by api
                  boss@example.com approved 2026-03-03 04:05:08 UTC by api: fine
        outcome   ran and succeeded
                  sent 2026-03-03 04:05:09 UTC, ended 2026-03-03 04:05:10 UTC
                  HTTP 201, 7 bytes, sha256 eeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeeee
        with      credential: static, scope none
        claimed   the agent's own words, not verified:
                  │ the customer asked
      "
    `);
  });

  it.each(Object.keys(endings))('finds words for an approval that ended "%s"', async (name) => {
    const terminal = await run(['receipts', 'verify', file(receiptOf(name)), '--key', key]);
    expect(terminal.output()).toMatch(/^VALID rcp_/);
    expect(terminal.output()).not.toMatch(/undefined|\[object/);
  });

  it('reads what "receipts show --json" prints', async () => {
    const terminal = await run([
      'receipts',
      'verify',
      file(JSON.stringify({ receipt: receiptOf('denied') })),
      '--key',
      key,
      '--json',
    ]);
    expect(JSON.parse(terminal.output())).toMatchObject({ valid: true, findings: [], statement: { status: 'denied' } });
  });

  it('exits with "negative" and the findings for a receipt that is not valid', async () => {
    const terminal = await run([
      'receipts',
      'verify',
      file(`${receiptOf('succeeded').slice(0, -4)}AAAA`),
      '--key',
      key,
    ]);
    expect(terminal.exited()).toBe('negative');
    expect(terminal.output()).toMatch(/^NOT VALID .*\n {2}signature: no key that you trust/);
    const json = await run(['receipts', 'verify', file('{"receipt":1}'), '--key', key, '--json']);
    expect(json.exited()).toBe('negative');
    expect(JSON.parse(json.output())).toMatchObject({
      valid: false,
      findings: [{ name: 'signature' }],
      statement: null,
    });
  });

  it('exits with "noInput" without a readable receipt or key', async () => {
    const good = file(receiptOf('succeeded'));
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{"keys":[]}');
    const nothing = join(folder, 'nothing');
    const other = join(folder, 'other.pem');
    writeFileSync(other, 'secret of another program');
    for (const [args, said] of [
      [[nothing, '--key', key], `${nothing}: no such file or folder`],
      [[folder, '--key', key], `${folder}: is a folder; expected a file`],
      [[good, '--key', nothing], `${nothing}: no such file or folder`],
      [[good, '--key', bad], `${bad}: expected a JWK set: {"keys":[…]}`],
      [[good, '--key', other], `${other}: is not JSON; expected the gate's public.json`],
    ] as const) {
      const terminal = await run(['receipts', 'verify', ...args]);
      expect(terminal.exited()).toBe('noInput');
      expect(terminal.output()).toBe('');
      expect(terminal.errors()).toBe(`holdgate: ${said}`);
    }
  });

  it('is wrong use without a key', async () => {
    await expect(run(['receipts', 'verify', 'x'])).rejects.toMatchObject({
      code: 'commander.missingMandatoryOptionValue',
    });
  });
});

describe('holdgate receipts show', () => {
  let server: Server;
  let url: string;
  let seen: { readonly url: string | undefined; readonly authorization: string | undefined }[];
  beforeEach(async () => {
    seen = [];
    server = createServer((request, response) => {
      seen.push({ url: request.url, authorization: request.headers.authorization });
      const found = request.url === '/api/v1/receipts/rcp_01JQ0000000000000000000001';
      response.writeHead(found ? 200 : 404, {
        'content-type': found ? 'application/json' : 'application/problem+json',
      });
      response.end(
        JSON.stringify(
          found ? { receipt: receiptOf('succeeded') } : { reason: 'not-found', detail: 'There is no such receipt.' },
        ),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  });
  afterEach(() => new Promise((resolve) => server.close(resolve)));
  const env = { HOLDGATE_TOKEN: 'hg_canary' };

  it('prints the statement and how to verify it', async () => {
    const terminal = await run(['receipts', 'show', 'rcp_01JQ0000000000000000000001', '--url', url], env);
    expect(terminal.output()).toContain('(not verified here)');
    expect(terminal.output()).toContain('POST https://billing.example.com/refunds');
    expect(terminal.errors()).toContain('receipts verify -');
    expect(seen).toEqual([
      { url: '/api/v1/receipts/rcp_01JQ0000000000000000000001', authorization: 'Bearer hg_canary' },
    ]);
    expect(terminal.output() + terminal.errors()).not.toContain('hg_canary');
  });

  it('prints with --json what verify reads', async () => {
    const terminal = await run(['receipts', 'show', 'rcp_01JQ0000000000000000000001', '--url', url, '--json'], env);
    const verified = await run(['receipts', 'verify', file(terminal.output()), '--key', key]);
    expect(verified.output()).toMatch(/^VALID/);
  });

  it('says what is wrong with an id, a missing receipt, a missing credential', async () => {
    expect((await run(['receipts', 'show', 'apr_1', '--url', url], env)).exited()).toBe('usage');
    expect((await run(['receipts', 'show', 'rcp_../../x', '--url', url], env)).exited()).toBe('usage');
    const missing = await run(['receipts', 'show', 'rcp_2', '--url', url], env);
    expect([missing.exited(), missing.errors()]).toEqual(['noInput', 'holdgate: There is no such receipt.']);
    expect((await run(['receipts', 'show', 'rcp_2', '--url', url])).exited()).toBe('noPermission');
  });
});
