// The real binary between real curl and a real AWS emulator: policy on the form body, a hold, and a client that gives up after
// two seconds and retries. Needs curl and moto_server.
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { type Finished, freePorts, installed, run, startServer, stopServer } from './real-clients.ts';
import { AGENT, APPROVER, writeGate } from './running-gate.ts';

const HOLDGATE = fileURLToPath(new URL('../../bin/holdgate', import.meta.url));
const missing = [
  ...(installed('curl') ? [] : ['curl']),
  ...(installed('moto_server', ['--help']) ? [] : ['moto_server']),
];

// Without a signature's credential scope the emulator does not know which service is meant.
const SCOPE = 'AWS4-HMAC-SHA256 Credential=gate/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0';

const RULES = `
  - id: reads
    match: {method: POST, body: {form: {Action: ["List*", "Get*"]}}}
    effect: allow
  - id: identities
    description: New identities need a second pair of eyes
    match: {method: POST, body: {form: {Action: "Create*"}}}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
    risk: high
  - id: no-deletes
    description: Identities are not deleted by agents.
    match: {method: POST, body: {form: {Action: "Delete*"}}}
    effect: deny
`;

describe.skipIf(missing.length > 0)(
  `curl through the gate to moto${missing.length > 0 ? ` (not installed: ${missing.join(', ')})` : ''}`,
  () => {
    let folder: string;
    let config: string;
    let proxy: string;
    let console_: string;
    let motoUrl: string;
    let moto: ChildProcess | undefined;
    let gate: ChildProcess | undefined;

    beforeAll(async () => {
      folder = mkdtempSync(join(tmpdir(), 'holdgate-moto-'));
      const [motoPort, proxyPort, consolePort] = await freePorts(3);
      motoUrl = `http://127.0.0.1:${motoPort}`;
      proxy = `http://127.0.0.1:${proxyPort}`;
      console_ = `http://127.0.0.1:${consolePort}`;
      config = writeGate(
        folder,
        { upstream: motoUrl, rules: RULES, upstreamMore: `credential: {header: Authorization, value: "${SCOPE}"}` },
        `{proxy: "127.0.0.1:${proxyPort}", console: "127.0.0.1:${consolePort}"}`,
      );
      moto = await startServer('moto_server', ['-H', '127.0.0.1', '-p', String(motoPort)], `${motoUrl}/moto-api/`);
      gate = await startServer(HOLDGATE, ['serve', '--config', config], `${console_}/readyz`);
    }, 60_000);
    afterAll(async () => {
      expect(await stopServer(gate)).toBe(0);
      await stopServer(moto);
      rmSync(folder, { recursive: true, force: true });
    });

    const curl = (action: string, parameters: string, ...more: string[]): Promise<Finished> =>
      run('curl', [
        '-sS',
        '-i',
        ...more,
        '-H',
        `Authorization: Bearer ${AGENT}`,
        '-d',
        `Action=${action}&Version=2010-05-08${parameters}`,
        `${proxy}/api/`,
      ]);
    const users = async (): Promise<string[]> => {
      const response = await fetch(motoUrl, {
        method: 'POST',
        headers: { authorization: SCOPE, 'content-type': 'application/x-www-form-urlencoded' },
        body: 'Action=ListUsers&Version=2010-05-08',
      });
      return [...(await response.text()).matchAll(/<UserName>(.*?)<\/UserName>/g)].map((match) => match[1] ?? '');
    };
    const approvals = async (status: string): Promise<ApprovalView[]> => {
      const response = await fetch(`${console_}/api/v1/approvals?status=${status}`, {
        headers: { authorization: `Bearer ${APPROVER}` },
      });
      return ((await response.json()) as { items: ApprovalView[] }).items;
    };
    const open = async (): Promise<ApprovalView> => {
      for (;;) {
        const [first] = await approvals('open');
        if (first) return first;
        await new Promise((resolve) => setTimeout(resolve, 10));
      }
    };
    const holdgate = (...args: string[]): Promise<Finished> =>
      run(HOLDGATE, [...args, '--config', config], { HOLDGATE_TOKEN: APPROVER });

    it('lets ListUsers through', async () => {
      const { stdout } = await curl('ListUsers', '');
      expect(stdout).toMatch(/^HTTP\/1\.1 200/);
      expect(stdout).toContain('<ListUsersResponse');
    });

    it('denies DeleteUser', async () => {
      const { stdout } = await curl('DeleteUser', '&UserName=alice');
      expect(stdout).toMatch(/^HTTP\/1\.1 403/);
      expect(stdout).toContain('"rule_id":"no-deletes"');
    });

    it('holds CreateUser until somebody approves it on the command line; then the user exists once', async () => {
      const answer = curl('CreateUser', '&UserName=alice');
      const approval = await open();
      expect(approval).toMatchObject({ risk: 'high', rules: ['identities'] });
      expect(await users()).toEqual([]);
      const vote = await holdgate(
        'approvals',
        'approve',
        approval.id,
        '--digest',
        approval.digest,
        '--reason',
        'welcome',
      );
      expect(vote).toMatchObject({ code: 0 });
      const { stdout } = await answer;
      expect(stdout).toMatch(/^HTTP\/1\.1 200/);
      expect(stdout).toContain('<CreateUserResponse');
      expect(await users()).toEqual(['alice']);
    });

    it('gives a denial with its reason to the agent', async () => {
      const answer = curl('CreateUser', '&UserName=mallory');
      const approval = await open();
      expect(await holdgate('approvals', 'deny', approval.id, '--reason', 'not on the list')).toMatchObject({
        code: 0,
      });
      const { stdout } = await answer;
      expect(stdout).toMatch(/^HTTP\/1\.1 403/);
      expect(stdout).toContain('not on the list');
      expect(await users()).toEqual(['alice']);
    });

    it('turns a client that times out after 2 s and retries five times into one approval and one CreateUser', async () => {
      const before = (await approvals('succeeded')).length;
      const answer = curl(
        'CreateUser',
        '&UserName=bob',
        '--max-time',
        '30',
        '-m',
        '2',
        '--retry',
        '5',
        '--retry-delay',
        '1',
        '--retry-all-errors',
      );
      const approval = await open();
      // Vote while it is between attempts or in a later one: the first two were given up.
      await new Promise((resolve) => setTimeout(resolve, 5500));
      expect(await approvals('open')).toHaveLength(1);
      await holdgate('approvals', 'approve', approval.id, '--digest', approval.digest);
      const { stdout } = await answer;
      expect(stdout).toMatch(/HTTP\/1\.1 200/);
      expect(await users()).toEqual(['alice', 'bob']);
      expect((await approvals('succeeded')).length).toBe(before + 1);
    });

    it('lets the real command line watch, show and list', async () => {
      const watching = spawn(HOLDGATE, ['approvals', 'watch', '--config', config], {
        env: { ...process.env, HOLDGATE_TOKEN: APPROVER },
        stdio: ['ignore', 'pipe', 'ignore'],
      });
      const seen = new Promise<string>((resolve) => {
        let text = '';
        watching.stdout.on('data', (chunk: Buffer) => {
          text += chunk.toString('utf8');
          if (text.includes('apr_')) resolve(text);
        });
      });
      const answer = curl('CreateUser', '&UserName=carol');
      const approval = await open();
      expect(await seen).toContain(approval.id);
      watching.kill();
      const { stdout } = await holdgate('approvals', 'show', approval.id, '--json');
      expect(JSON.parse(stdout)).toMatchObject({ id: approval.id, status: 'pending' });
      expect((await holdgate('approvals', 'list')).stdout).toContain(approval.id);
      await holdgate('approvals', 'deny', approval.id, '--reason', 'enough');
      await answer;
    });
  },
);
