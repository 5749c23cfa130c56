// The commands against a real console over the fake gate.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Command } from 'commander';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { registerApprovals } from '../../../src/cli/approvals/register.ts';
import { sampleCall, START } from '../../console/fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from '../../console/running-console.ts';
import { type FakeTerminal, fakeTerminal } from './fake-terminal.ts';

let running: RunningConsole;
let folder: string;
beforeEach(async () => {
  running = await runConsole();
  folder = mkdtempSync(join(tmpdir(), 'holdgate-approvals-'));
});
afterEach(async () => {
  await running.close();
  rmSync(folder, { recursive: true });
});

interface Run {
  readonly credential?: string;
  /** What the human answers; without it nobody sits there. */
  readonly answer?: string;
  readonly env?: Record<string, string>;
}

function start(
  args: readonly string[],
  { credential, answer, env }: Run = {},
): { terminal: FakeTerminal; done: Promise<void> } {
  const terminal = fakeTerminal(
    env ?? { HOLDGATE_URL: running.url, HOLDGATE_TOKEN: credential ?? credentials.approver },
    answer,
  );
  const program = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  registerApprovals(program, terminal);
  return { terminal, done: program.parseAsync(['approvals', ...args], { from: 'user' }).then(() => undefined) };
}

async function run(args: readonly string[], options: Run = {}): Promise<FakeTerminal> {
  const { terminal, done } = start(args, options);
  await done;
  return terminal;
}

const votes = async (id = 'apr_1') => (await running.gate.get(id))?.votes.map(({ by, vote }) => [by, vote]);

describe('approvals list', () => {
  it('shows what is open, or what is asked for', async () => {
    running.gate.hold('apr_1');
    running.gate.apply(running.gate.hold('apr_2').id, { type: 'cancelled', at: START, why: 'gone' });
    const open = await run(['list']);
    expect(open.output()).toMatch(/^1 open approval\n/);
    expect(open.output()).toContain('apr_1');
    expect(open.exited()).toBeUndefined();
    expect((await run(['list', '--status', 'all'])).output()).toMatch(/^2 approvals\n/);
    expect((await run(['list', '--status', 'cancelled'])).output()).toContain('cancelled: gone; nothing was sent');
    expect((await run(['list', '--agent', 'other'])).output()).toBe('No open approvals.\n');
  });

  it('says how to see the next page', async () => {
    running.gate.hold('apr_1');
    running.gate.hold('apr_2');
    const page = await run(['list', '--limit', '1']);
    expect(page.output()).toMatch(/^1 or more open approval/);
    expect(page.errors()).toBe('There are more: add --cursor 1');
    expect((await run(['list', '--limit', '1', '--cursor', '1'])).output()).toContain('apr_1');
  });

  it('prints the API answer with --json', async () => {
    running.gate.hold('apr_1', sampleCall(), { summary: 'a\u202eb' });
    const { output } = await run(['list', '--json']);
    expect(output()).not.toContain('\u202e');
    expect(JSON.parse(output())).toMatchObject({ items: [{ id: 'apr_1', summary: 'a\u202eb' }], next: null });
  });

  it('calls a wrong status or limit a usage fault', async () => {
    for (const args of [
      ['--status', 'opn'],
      ['--limit', '0'],
    ]) {
      expect((await run(['list', ...args])).exited()).toBe('usage');
    }
  });
});

describe('approvals show', () => {
  it('shows the call and what can be done', async () => {
    const { opened } = running.gate.hold('apr_1');
    const { output } = await run(['show', 'apr_1']);
    expect(output()).toContain(opened.digest);
    expect(output()).toContain('"amount": 400000');
    expect(output()).toContain('holdgate approvals approve apr_1');
  });

  it('offers nothing to who cannot vote, and says why', async () => {
    running.gate.hold('apr_1');
    const { output } = await run(['show', 'apr_1'], { credential: credentials.owner });
    expect(output()).toContain('  you       You cannot vote on this: deploy-bot asks for you.');
    expect(output()).not.toContain('approvals approve');
  });

  it('says when something is cut, and shows all of it with --full', async () => {
    const bytes = Buffer.from('x'.repeat(100_000));
    running.gate.hold('apr_1', sampleCall({ body: { state: 'whole', bytes, decoded: bytes } }));
    const short = await run(['show', 'apr_1']);
    expect(short.errors()).toContain('holdgate approvals show apr_1 --full');
    expect(short.output()).not.toContain('approvals approve');
    const full = await run(['show', 'apr_1', '--full']);
    expect(full.output().match(/x/g)?.length).toBeGreaterThanOrEqual(100_000);
    expect(full.errors()).toBe('');
  });

  it('prints the API answer with --json', async () => {
    running.gate.hold('apr_1');
    const { output } = await run(['show', 'apr_1', '--json']);
    expect(JSON.parse(output())).toMatchObject({ id: 'apr_1', can_vote: { allowed: true }, call: { method: 'POST' } });
  });

  it.each([
    ['apr_none', 'noInput'],
    ['../me', 'usage'],
    ['', 'usage'],
  ] as const)('ends "%s" with %s', async (id, exit) => {
    expect((await run(['show', id])).exited()).toBe(exit);
  });
});

describe('approvals approve', () => {
  it('shows the call, asks, votes on the digest that it showed, and leaves only denying to offer', async () => {
    const { opened } = running.gate.hold('apr_1');
    const terminal = await run(['approve', 'apr_1', '--reason', 'checked'], { answer: 'y' });
    expect(terminal.questions).toEqual(['Approve exactly this call? [y/N] ']);
    expect(terminal.output()).toContain(opened.digest);
    expect(terminal.output()).toContain('Recorded: approved by security-oncall@example.com, not sent yet');
    expect((await running.gate.get('apr_1'))?.votes[0]).toMatchObject({ vote: 'approve', reason: 'checked' });
    const shown = (await run(['show', 'apr_1'])).output();
    expect(shown.match(/holdgate approvals \w+/g)).toEqual(['holdgate approvals deny']);
  });

  it.each(['', 'n', 'no', 'yep', 'sure'])('takes "%s" for a no', async (answer) => {
    running.gate.hold('apr_1');
    expect((await run(['approve', 'apr_1'], { answer })).exited()).toBe('negative');
    expect(await votes()).toEqual([]);
  });

  it('needs --yes or --digest where nobody can be asked, before it asks the console', async () => {
    const { opened } = running.gate.hold('apr_1');
    const refused = await run(['approve', 'apr_1']);
    expect([refused.exited(), refused.output()]).toEqual(['usage', '']);
    expect((await run(['approve', 'apr_1', '--digest', 'f'.repeat(64)])).exited()).toBe('negative');
    expect(await votes()).toEqual([]);
    expect((await run(['approve', 'apr_1', '--digest', opened.digest])).exited()).toBeUndefined();
    running.gate.hold('apr_2');
    expect((await run(['approve', 'apr_2', '--yes'])).exited()).toBeUndefined();
    expect([await votes('apr_1'), await votes('apr_2')]).toEqual([
      [['security-oncall@example.com', 'approve']],
      [['security-oncall@example.com', 'approve']],
    ]);
  });

  it('does not approve what was cut off, with --yes neither; --full or the digest make it possible', async () => {
    const bytes = Buffer.from('x'.repeat(100_000));
    const long = sampleCall({ body: { state: 'whole', bytes, decoded: bytes } });
    for (const id of ['apr_1', 'apr_2']) running.gate.hold(id, long);
    const cut = await run(['approve', 'apr_1', '--yes']);
    expect([cut.exited(), await votes()]).toEqual(['negative', []]);
    expect(cut.errors()).toContain('holdgate approvals approve apr_1 --full');
    expect((await run(['approve', 'apr_1'], { answer: 'y' })).questions).toEqual([]);
    await run(['approve', 'apr_1', '--full'], { answer: 'y' });
    expect(await votes()).toHaveLength(1);
    const { digest } = (await running.gate.get('apr_2'))!.opened;
    await run(['approve', 'apr_2', '--digest', digest]);
    expect(await votes('apr_2')).toHaveLength(1);
  });

  it('grants with the approval what is offered, if it is asked to', async () => {
    const { terms } = running.gate.hold('apr_0').opened;
    const grant = { for: 3_600_000, uses: 5, covers: 'call' } as const;
    for (const id of ['apr_1', 'apr_2', 'apr_3']) running.gate.hold(id, undefined, { terms: { ...terms, grant } });
    const asked = await run(['approve', 'apr_1', '--grant', '30m'], { answer: 'y' });
    expect(asked.questions[0]).toMatch(
      /^Approve this call, and grant: deploy-bot may do exactly this call .*30m at most/,
    );
    expect(asked.output()).toContain('with --grant an approval lets calls like this through');
    await run(['approve', 'apr_2', '--grant', 'all', '--yes']);
    const given = async (id: string) => (await running.gate.get(id))?.votes.map((vote) => vote.grant);
    expect([await given('apr_1'), await given('apr_2')]).toEqual([[1_800_000], [3_600_000]]);
    const more = await run(['approve', 'apr_3', '--grant', '2h', '--yes']);
    expect([more.exited(), await given('apr_3')]).toEqual(['noPermission', []]);
    const none = await run(['approve', 'apr_0', '--grant', 'all', '--yes']);
    expect([none.exited(), await given('apr_0')]).toEqual(['negative', []]);
    expect((await run(['approve', 'apr_3', '--grant', 'soon', '--yes'])).exited()).toBe('usage');
  });

  it('does not vote on a call that changed between the look and the vote', async () => {
    const { opened } = running.gate.hold('apr_1');
    const vote = running.gate.vote.bind(running.gate);
    running.gate.vote = (input) => {
      expect(input.digest).toBe(opened.digest);
      return vote({ ...input, digest: '0'.repeat(64) });
    };
    const terminal = await run(['approve', 'apr_1', '--yes']);
    expect([terminal.exited(), terminal.errors()]).toEqual(['negative', 'holdgate: Refused: digest-mismatch.']);
  });

  it('does not even ask who cannot approve; a forced try is refused and explained by the console', async () => {
    running.gate.hold('apr_1');
    const asked = await run(['approve', 'apr_1'], { answer: 'y', credential: credentials.outsider });
    expect([asked.questions, asked.exited()]).toEqual([[], 'noPermission']);
    const forced = await run(['approve', 'apr_1', '--yes'], { credential: credentials.owner });
    expect([forced.exited(), forced.errors()]).toEqual([
      'noPermission',
      'holdgate: You cannot vote on this: it was started for you.',
    ]);
    expect(await votes()).toEqual([]);
  });

  it('ends with "negative" when somebody was faster', async () => {
    running.gate.hold('apr_1');
    await run(['deny', 'apr_1', '--reason', 'no'], { credential: credentials.second });
    const late = await run(['approve', 'apr_1', '--yes']);
    expect([late.exited(), late.errors()]).toEqual(['negative', 'holdgate: It is decided already.']);
  });

  it('says what is still needed after one of two', async () => {
    const { terms } = running.gate.hold('apr_0').opened;
    const quorums = [{ rule: 'r', approvals: 2, from: ['group:security'] }];
    running.gate.hold('apr_1', sampleCall(), { terms: { ...terms, quorums } });
    expect((await run(['approve', 'apr_1', '--yes'])).output()).toContain('(1 of 2 from group:security)');
  });
});

describe('approvals deny', () => {
  it('denies with the reason, without a question', async () => {
    running.gate.hold('apr_1');
    const terminal = await run(['deny', 'apr_1', '--reason', 'wrong customer'], { answer: 'n' });
    expect(terminal.output()).toContain('Recorded: denied by security-oncall@example.com: wrong customer');
    expect(terminal.questions).toEqual([]);
  });

  it('needs a reason', async () => {
    running.gate.hold('apr_1');
    await expect(run(['deny', 'apr_1'])).rejects.toThrow('--reason');
    expect((await run(['deny', 'apr_1', '--reason', ' '])).exited()).toBe('negative');
  });
});

describe('approvals annotate', () => {
  it('refuses what is not indeterminate, and an outcome that does not exist', async () => {
    running.gate.hold('apr_1');
    expect((await run(['annotate', 'apr_1', '--outcome', 'done', '--note', 'x'])).exited()).toBe('negative');
    expect((await run(['annotate', 'apr_1', '--outcome', 'maybe', '--note', 'x'])).exited()).toBe('usage');
  });
});

describe('the connection', () => {
  const token = { HOLDGATE_TOKEN: credentials.approver };

  it('is read from the options first, then from the environment', async () => {
    const config = join(folder, 'holdgate.yaml');
    writeFileSync(config, `listen: {console: "127.0.0.1:${running.port}"}\nunknown: "\${env:NOT_SET}"\n`);
    expect((await run(['list', '--config', config], { env: token })).exited()).toBeUndefined();
    const wrong = { ...token, HOLDGATE_URL: 'http://127.0.0.1:1' };
    expect((await run(['list', '--url', running.url], { env: wrong })).exited()).toBeUndefined();
    expect((await run(['list', '--config', config], { env: wrong })).exited()).toBeUndefined();
    const unreachable = await run(['list'], { env: wrong });
    expect(unreachable.errors()).toBe('holdgate: The console at http://127.0.0.1:1 cannot be reached: bad port.');
  });

  it('takes the credential from a file, and warns if others may read it', async () => {
    const file = join(folder, 'token');
    writeFileSync(file, `${credentials.approver}\n`, { mode: 0o600 });
    const env = { HOLDGATE_URL: running.url };
    const silent = await run(['list', '--token-file', file], { env });
    expect([silent.exited(), silent.errors()]).toEqual([undefined, '']);
    chmodSync(file, 0o644);
    expect((await run(['list', '--token-file', file], { env })).errors()).toBe(
      `warning: others on this machine may read ${file}; chmod 600 it`,
    );
  });

  it('refuses a credential on the command line without sending or repeating it', async () => {
    const terminal = await run(['list', '--token', 'hg_on_the_command_line']);
    expect([terminal.exited(), terminal.output()]).toEqual(['usage', '']);
    expect(terminal.errors()).toContain('HOLDGATE_TOKEN or --token-file');
    expect(terminal.errors()).not.toContain('hg_on_the_command_line');
  });

  it.each([
    ['no credential', { HOLDGATE_URL: 'http://127.0.0.1:8081' }, 'noPermission'],
    ['an address that is none', { ...token, HOLDGATE_URL: 'localhost:8081' }, 'usage'],
    ['another scheme', { ...token, HOLDGATE_URL: 'file:///etc/passwd' }, 'usage'],
  ] as const)('ends with %s', async (_name, env, exit) => {
    expect((await run(['list'], { env })).exited()).toBe(exit);
  });

  it.each([
    ['two lines', 'hg_secret\nhg_more'],
    ['a sign that no head of a request carries', 'hg_secret\u2028'.concat('x')],
    ['a space', 'hg_secret more'],
  ])('neither sends nor repeats a credential of %s', async (_name, text) => {
    const file = join(folder, 'odd-token');
    writeFileSync(file, text, { mode: 0o600 });
    for (const terminal of [
      await run(['list'], { env: { HOLDGATE_URL: running.url, HOLDGATE_TOKEN: text } }),
      await run(['list', '--token-file', file], { env: { HOLDGATE_URL: running.url } }),
    ]) {
      expect(terminal.exited()).toBe('noPermission');
      expect(terminal.errors()).toMatch(/holds no credential: expected one line of letters, digits and signs/);
      expect(terminal.errors()).not.toContain('secret');
    }
  });

  it.each([
    'http://ann:secret@gate:8081/',
    'http://gate/?token=secret',
    'ftp://ann:secret@gate',
    'http://ann:secret@:x',
  ])('does not repeat what may be a secret in the address %s', async (url) => {
    const terminal = await run(['list', '--url', url], { env: token });
    expect(terminal.exited()).toBe('usage');
    expect(terminal.errors()).not.toContain('secret');
  });

  it('says what is wrong with a file of a credential that cannot be read', async () => {
    const said = async (file: string): Promise<string> =>
      (await run(['list', '--token-file', file], { env: { HOLDGATE_URL: running.url } })).errors();
    expect(await said(join(folder, 'gone'))).toBe(
      `holdgate: --token-file ${join(folder, 'gone')}: no such file or folder`,
    );
    expect(await said(folder)).toMatch(/: is a folder; expected a file$/);
  });

  it('ends with noInput where a named file is missing, and with its position where it is not YAML', async () => {
    expect((await run(['list', '--config', join(folder, 'none')], { env: token })).exited()).toBe('noInput');
    const config = join(folder, 'broken.yaml');
    writeFileSync(config, 'a: [\n');
    expect((await run(['list', '--config', config], { env: token })).errors()).toContain('broken.yaml:2:1');
  });

  it('tells a person that their credential is not accepted, and that a store is gone', async () => {
    expect((await run(['list'], { credential: credentials.agent })).exited()).toBe('noPermission');
    running.gate.broken = true;
    const gone = await run(['list']);
    expect([gone.exited(), gone.errors()]).toEqual(['unavailable', 'holdgate: The store does not answer right now.']);
  });

  it('never follows a redirect with the credential, and knows what is not a console', async () => {
    const seen: (string | undefined)[] = [];
    const server: Server = createServer((request, response) => {
      seen.push(request.url);
      if (request.url === '/elsewhere') response.end('caught');
      else response.writeHead(307, { Location: '/elsewhere' }).end();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo;
    const env = { ...token, HOLDGATE_URL: `http://127.0.0.1:${port}` };
    const terminal = await run(['list'], { env });
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
    expect(terminal.exited()).toBe('unavailable');
    expect(terminal.errors()).toContain('not from a Holdgate console');
    expect(seen).toEqual(['/api/v1/approvals?status=open']);
  });
});
