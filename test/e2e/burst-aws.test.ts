// What an infrastructure tool does, with the real boto3 and an AWS emulator: forty users at once, one message in Slack, one click, forty users.
import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { channelsYaml, slackHands, until } from './channel-hands.ts';
import { systemClock } from '../../src/system-clock.ts';
import { freePort, installed, run, startServer, stopServer } from './real-clients.ts';
import { AGENT, startGate, type TestGate } from './running-gate.ts';

const missing = [
  ...(installed('python3', ['-c', 'import boto3']) ? [] : ['boto3']),
  ...(installed('moto_server', ['--help']) ? [] : ['moto_server']),
];
const BURST = fileURLToPath(new URL('aws-burst.py', import.meta.url));
const COUNT = 40;
const RULES = `
  - id: users
    match: {action: "aws:iam:CreateUser"}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;

describe.skipIf(missing.length > 0)(
  `a burst of AWS calls${missing.length > 0 ? ` (skipped, not installed: ${missing.join(', ')})` : ''}`,
  () => {
    const hands = slackHands('socket');
    let moto: ChildProcess | undefined;
    let gate: TestGate | undefined;

    beforeAll(async () => {
      const port = await freePort();
      const upstream = `http://127.0.0.1:${port}`;
      moto = await startServer('moto_server', ['-H', '127.0.0.1', '-p', String(port)], `${upstream}/moto-api/`);
      await hands.open(systemClock);
      gate = await startGate({
        upstream,
        upstreamMore: 'kind: aws, agent_credentials: pass',
        rules: RULES,
        more: channelsYaml(hands),
      });
      await hands.ready(gate);
    });
    afterAll(async () => {
      await gate?.stop();
      await hands.close();
      await stopServer(moto);
    });

    it('is one message, one click, and as many users', async () => {
      if (!gate) throw new Error('no gate');
      const { port } = gate.running.proxy;
      const running = run('python3', [BURST, 'http://api.test', String(COUNT)], {
        HTTP_PROXY: `http://deploy-bot:${AGENT}@127.0.0.1:${port}`,
        AWS_ACCESS_KEY_ID: 'AKIAIOSFODNN7EXAMPLE',
        AWS_SECRET_ACCESS_KEY: 'secret',
        AWS_DEFAULT_REGION: 'us-east-1',
        AWS_CONFIG_FILE: '/dev/null',
        AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      });
      const messages = () => hands.slack().messages.filter(({ thread }) => thread === undefined);
      const names = Array.from({ length: COUNT }, (_, i) => `Create user user-${String(i).padStart(2, '0')}`);
      const message = await until(() =>
        messages().find(({ blocks }) => names.every((name) => JSON.stringify(blocks).includes(name))),
      );
      expect(messages()).toHaveLength(1);
      expect(JSON.stringify(message.blocks)).toContain('body UserName: user-39');
      await hands.slack().click('U0FIRST', message, 'holdgate_approve');
      const { stdout, stderr } = await running;
      const made = stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as { readonly status: number; readonly user?: string });
      expect(
        made.map(({ status, user }) => `${status} ${user}`),
        stderr,
      ).toEqual(names.map((name) => `200 ${name.slice('Create user '.length)}`));
      const { items } = (await (await gate.api('/api/v1/approvals?limit=100')).json()) as { items: ApprovalView[] };
      expect(items.filter(({ status }) => status === 'succeeded')).toHaveLength(COUNT);
      expect(new Set(items.map(({ receipt_id: id }) => id)).size).toBe(COUNT);
    });
  },
);
