// `holdgate agents` without a gate: what it refuses, what it prints, and that the secret it shows is the one that a gate derives.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { verifyLogs } from '../../src/audit/verify-logs.ts';
import { takeWriterLock } from '../../src/audit/writer-lock.ts';
import { openCommandLog } from '../../src/cli/agents/command-log.ts';
import { checkAgentKeys } from '../../src/cli/doctor/agent-keys.ts';
import { loadConfig } from '../../src/config/load.ts';
import type { Config } from '../../src/config/types.ts';
import { agentKeyContext, agentKeySecret, dataKeyOf } from '../../src/core/agent-key.ts';
import { DATA_FILE, dataKeysText, newDataKey } from '../../src/signers/data-keys.ts';
import { initKeys } from '../../src/signers/init-keys.ts';
import { createJwsVerifier } from '../../src/signers/jws-verifier.ts';
import { loadKeys } from '../../src/signers/load-keys.ts';
import { createSealer } from '../../src/signers/sealer.ts';
import { systemClock } from '../../src/system-clock.ts';
import { agentsCommand, issueKey } from '../e2e/agent-key.ts';

let folder: string;
let config: string;
const AWS = 'credential: {aws: {access_key_id: "${env:ID}", secret_access_key: "${env:SECRET}"}}';

function write(agents: string): void {
  writeFileSync(
    config,
    `version: 1\ndata_dir: data\nagents:\n${agents}people: [{email: a@example.com}]\n` +
      `upstreams: {aws: {kind: aws, base: "https://sts.amazonaws.com", mount: /aws, ${AWS}}}\n`,
  );
}

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hg-agents-cli-'));
  config = join(folder, 'holdgate.yaml');
  mkdirSync(join(folder, 'policies'));
  write('  - {id: deploy-bot, owner: o@example.com}\n  - {id: off, owner: o@example.com, disabled: true}\n');
  mkdirSync(join(folder, 'data'), { mode: 0o700 });
  await initKeys(join(folder, 'data', 'keys'), Date.UTC(2026, 0, 1));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const loaded = (): Config => {
  const result = loadConfig(config, { ID: 'AKIAUPSTREAM', SECRET: 'secret-of-the-upstream' });
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.config;
};

describe('holdgate agents aws-key', () => {
  it('prints what an SDK reads from its environment, and the secret nowhere else', async () => {
    const { out, err, exit } = await agentsCommand(config, 'aws-key', 'deploy-bot');
    expect(exit).toBe('ok');
    expect(out).toMatch(/^AWS_ACCESS_KEY_ID=HGAK[A-Z2-7]{16}\nAWS_SECRET_ACCESS_KEY=holdgate[A-Za-z0-9+/]{32}\n$/);
    expect(err).toContain('only time');
    expect(err).not.toContain(/KEY=(holdgate.*)/.exec(out)?.[1]);
    const listed = await agentsCommand(config, 'aws-keys');
    expect(listed.out).toMatch(/^HGAK[A-Z2-7]{16} {2}created .* good +deploy-bot\n$/);
  });

  it('needs neither the environment of the gate nor its policies', async () => {
    expect(loadConfig(config, {}).ok).toBe(false);
    expect((await issueKey(config, 'deploy-bot')).access_key_id).toMatch(/^HGAK/);
  });

  it('makes a secret that the data keys give again, another one for every key and agent', async () => {
    const key = await issueKey(config, 'deploy-bot');
    const again = await issueKey(config, 'deploy-bot');
    expect(again.secret_access_key).not.toBe(key.secret_access_key);
    const sealer = await createSealer({ folder: join(folder, 'data', 'keys'), allowCreate: false });
    const derive = (agent: string): string => {
      const id = key.access_key_id;
      return agentKeySecret(sealer.derive(dataKeyOf(id), agentKeyContext(id, agent)));
    };
    expect(derive('deploy-bot')).toBe(key.secret_access_key);
    expect(derive('other')).not.toBe(key.secret_access_key);
  });

  it.each([
    ['deploy-bit', 'noInput', 'did you mean "deploy-bot"?'],
    ['off', 'negative', 'is disabled'],
  ])('refuses the agent %s', async (agent, exit, words) => {
    const said = await agentsCommand(config, 'aws-key', agent);
    expect(said).toMatchObject({ out: '', exit });
    expect(said.err).toContain(words);
  });

  it('says to start the gate first where there are no keys yet', async () => {
    rmSync(join(folder, 'data', 'keys'), { recursive: true });
    const said = await agentsCommand(config, 'aws-key', 'deploy-bot');
    expect(said).toMatchObject({ out: '', exit: 'noInput' });
    expect(said.err).toContain('start the gate once');
  });

  it('says what is wrong with the configuration', async () => {
    writeFileSync(config, 'version: 2\n');
    expect(await agentsCommand(config, 'aws-keys')).toMatchObject({ out: '', exit: 'badConfig' });
    writeFileSync(config, 'version: 2\nnope: 1\n');
    const { err } = await agentsCommand(config, 'aws-keys');
    expect(err.trimEnd().split('\n')).toEqual([
      expect.stringMatching(/holdgate\.yaml:1:10: expected version 1/),
      expect.stringMatching(/holdgate\.yaml:2:1: unknown key "nope"/),
    ]);
  });
});

describe('holdgate agents revoke-aws-key', () => {
  it('takes back what was issued, and says so where nothing was', async () => {
    const { access_key_id: id } = await issueKey(config, 'deploy-bot');
    expect((await agentsCommand(config, 'revoke-aws-key', id)).out).toContain(`Revoked ${id}`);
    expect((await agentsCommand(config, 'aws-keys')).out).toContain('revoked 20');
    for (const unknown of ['HGAKAAAAAAAAAAAAAAAA', 'AKIAIOSFODNN7EXAMPLE', '\u001b[2J']) {
      const said = await agentsCommand(config, 'revoke-aws-key', unknown);
      expect(said).toMatchObject({ out: '', exit: 'noInput' });
      expect(said.err).not.toContain('\u001b');
    }
  });
});

describe('the log of commands', () => {
  const commands = (): string => join(folder, 'data', 'audit', 'commands');
  const lines = (): { entry?: Record<string, unknown> }[] =>
    readFileSync(join(commands(), '000001.jsonl'), 'utf8')
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { entry?: Record<string, unknown> });

  const entries = (): Record<string, unknown>[] => lines().flatMap(({ entry }) => (entry ? [entry] : []));

  it('has who issued and revoked which key of which agent and when, signed, and no secret', async () => {
    vi.stubEnv('SUDO_USER', 'o\u001bperator');
    const { access_key_id: key, secret_access_key: secret } = await issueKey(config, 'deploy-bot');
    vi.unstubAllEnvs();
    await agentsCommand(config, 'revoke-aws-key', key);
    await agentsCommand(config, 'revoke-aws-key', key);
    const agent = { id: 'deploy-bot', owner: 'o@example.com' };
    const actor = { kind: 'os-user', user: userInfo().username, uid: userInfo().uid, host: hostname() };
    const at = expect.any(Number) as number;
    expect(entries()).toEqual([
      { at, type: 'agent-key:aws:issued', agent, key, actor: { ...actor, sudo_user: 'o⟦U+001B⟧perator' } },
      { at, type: 'agent-key:aws:revoked', agent, key, actor },
      { at, type: 'agent-key:aws:revoked', agent, key, actor, since: at },
    ]);
    expect(readFileSync(join(commands(), '000001.jsonl'), 'utf8')).not.toContain(secret);
    const { keys } = JSON.parse(readFileSync(join(folder, 'data', 'keys', 'public.json'), 'utf8')) as {
      keys: unknown[];
    };
    const { logs, missing } = await verifyLogs(join(folder, 'data', 'audit'), {
      verify: await createJwsVerifier(keys),
    });
    expect([missing, logs.map(({ folder: at_, check }) => [at_, check.findings, check.entries])]).toEqual([
      [],
      [[commands(), [], 3]],
    ]);
    expect(lines().at(-1)).toHaveProperty('checkpoint');
  });

  it('is there before a key is: without it none is issued', async () => {
    mkdirSync(join(folder, 'data', 'audit'));
    writeFileSync(commands(), '');
    const said = await agentsCommand(config, 'aws-key', 'deploy-bot');
    expect(said).toMatchObject({ out: '', exit: 'cannotWrite' });
    expect(said.err).toMatch(/^.*no key was issued: the audit log cannot take it: .*commands/);
    expect((await agentsCommand(config, 'aws-keys')).out).toBe('No access key was issued.\n');
  });

  it('keeps no key good: it is revoked, and the command says that the log does not know', async () => {
    const { access_key_id: key } = await issueKey(config, 'deploy-bot');
    rmSync(commands(), { recursive: true });
    writeFileSync(commands(), '');
    const said = await agentsCommand(config, 'revoke-aws-key', key);
    expect(said).toMatchObject({ out: expect.stringContaining(`Revoked ${key}`) as string, exit: 'cannotWrite' });
    expect(said.err).toMatch(/the audit log has no entry of this: .*run the command again/);
    expect((await agentsCommand(config, 'aws-keys')).out).toContain('revoked 20');
  });

  it('says that a key was not issued where the store did not take it', async () => {
    writeFileSync(join(folder, 'data', 'holdgate.db'), 'not a database, and long enough to be looked at as one');
    const said = await agentsCommand(config, 'aws-key', 'deploy-bot');
    expect(said).toMatchObject({ out: '', exit: 'unavailable' });
    expect(entries().map(({ type }) => type)).toEqual(['agent-key:aws:issued', 'agent-key:aws:not-issued']);
    const [first, second] = entries();
    expect(second).toMatchObject({
      key: first?.['key'],
      why: expect.stringContaining('holdgate.db') as string,
    });
  });

  it('is waited for while another command writes to it', async () => {
    mkdirSync(commands(), { recursive: true });
    const lock = takeWriterLock(commands());
    const { signer } = await loadKeys({ own: join(folder, 'data', 'keys'), allowCreate: false, clock: systemClock });
    const heard: string[] = [];
    const warn = (message: string): void => {
      heard.push(message);
      lock.release();
    };
    const log = await openCommandLog({ audit: join(folder, 'data', 'audit'), signer, clock: systemClock, warn });
    await log.write({ at: 1, type: 'agent-key:aws:issued' });
    await log.close();
    expect(heard).toEqual([expect.stringContaining('waiting for it')]);
  });
});

describe('the doctor', () => {
  const look = async (): Promise<string[]> =>
    (await checkAgentKeys(loaded(), systemClock)).map(({ status, detail }) => `${status}: ${detail}`);

  it('looks at access keys only where the gate signs', async () => {
    const config_ = loaded();
    const plain = { ...config_, upstreams: config_.upstreams.map((each) => ({ ...each, credential: undefined })) };
    expect(await checkAgentKeys(plain, systemClock)).toEqual([]);
  });

  it('warns where nobody can sign, and counts who can', async () => {
    expect(await look()).toEqual([expect.stringMatching(/^warn: .*no agent has a key/)]);
    await issueKey(config, 'deploy-bot');
    await issueKey(config, 'deploy-bot');
    expect(await look()).toEqual(['ok: 2 good, of 1 agents']);
  });

  it('names keys that nobody can use any more', async () => {
    const { access_key_id: id } = await issueKey(config, 'deploy-bot');
    write('  - {id: another, owner: o@example.com}\n');
    expect(await look()).toEqual([`warn: ${id} belong to agents that are disabled or no longer configured`]);
    const file = join(folder, 'data', 'keys', DATA_FILE);
    writeFileSync(file, dataKeysText([newDataKey(9, {})]), { mode: 0o600 });
    expect(await look()).toEqual([expect.stringMatching(new RegExp(`^fail: ${id} cannot be derived`))]);
  });
});
