// The receivers of docs/, run as a reader runs them: behind a real gate's webhook, before a local PagerDuty and a mail server, and against
// posts that nobody should believe.
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { secretBytes, webhookHeaders } from '../../src/channels/webhook/sign.ts';
import {
  type FakeIncident,
  type FakePagerDuty,
  startFakePagerDuty,
} from '../../src/cli/demo/pagerduty/fake-pagerduty.ts';
import { systemClock } from '../../src/system-clock.ts';
import { until } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { startGate, type TestGate } from './running-gate.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    risk: critical
    hold: {approvals: 1, from: ["group:security"]}
`;
const KEY = secretBytes(SECRET) ?? Buffer.alloc(0);
const TLS = new URL('../fixtures/tls/', import.meta.url);

interface Receiver {
  readonly url: string;
  readonly said: string[];
  stop(): Promise<void>;
}

async function receiver(script: string, env: Readonly<Record<string, string>>): Promise<Receiver> {
  const file = fileURLToPath(new URL(`../../docs/${script}`, import.meta.url));
  const child: ChildProcess = spawn(process.execPath, [file], {
    env: { HOLDGATE_WEBHOOK_SECRET: SECRET, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const said: string[] = [];
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => said.push(chunk.toString()));
  const gone = once(child, 'exit');
  const url = await until(() => {
    if (child.exitCode !== null) throw new Error(said.join(''));
    return /listening on (\S+)/.exec(said.join(''))?.[1];
  });
  return {
    url,
    said,
    async stop() {
      child.kill();
      await gone;
    },
  };
}

/** A message of a gate, or nearly one. */
function post(
  to: Receiver,
  {
    id = 'msg_1',
    skew = 0,
    body = '',
    headers = {},
    method = 'POST',
  }: Readonly<{
    id?: string;
    /** ms beside the time of now. */
    skew?: number;
    body?: string;
    headers?: Readonly<Record<string, string>>;
    method?: string;
  }>,
): Promise<Response> {
  const signed = webhookHeaders(KEY, id, Date.now() + skew, body);
  return fetch(to.url, { method, headers: { ...signed, ...headers }, ...(method === 'POST' && { body }) });
}

const message = (status: string, type = 'approval.opened'): string =>
  JSON.stringify({
    type,
    data: {
      approval: {
        id: 'apr_1',
        status,
        agent: 'bot',
        owner: 'o@example.com',
        risk: 'high',
        summary: 'x\r\nBcc: evil@example.com\r\n\r\n.\r\nRCPT TO:<evil@example.com>',
        votes: [],
        expires_at: '2026-01-01T00:00:00.000Z',
      },
      approval_url: null,
    },
  });

interface Mail {
  readonly to: string[];
  /** Subject and text, decoded. */
  readonly subject: string;
  readonly text: string;
  readonly raw: string;
}

interface MailServer {
  readonly port: number;
  readonly mails: Mail[];
  /** Commands that came, without messages. */
  readonly commands: string[];
  /** Refuses every message for now. */
  busy: boolean;
  close(): Promise<void>;
}

async function mailServer(secure = false): Promise<MailServer> {
  const sockets = new Set<Socket>();
  const talk = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    let rest = '';
    let data: string[] | undefined;
    let to: string[] = [];
    socket.write('220 mail.test ESMTP\r\n');
    socket.setEncoding('latin1').on('data', (chunk) => {
      const lines = (rest + String(chunk)).split('\r\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (data && line !== '.') {
          data.push(line.replace(/^\./, ''));
          continue;
        }
        if (data) {
          if (server.busy) socket.write('451 try again later\r\n');
          else {
            server.mails.push(mailOf(to, data));
            socket.write('250 taken\r\n');
          }
          data = undefined;
          to = [];
          continue;
        }
        server.commands.push(line);
        if (line.startsWith('RCPT TO:')) to.push(line.slice('RCPT TO:'.length));
        if (line === 'DATA') data = [];
        socket.write(
          line.startsWith('EHLO')
            ? '250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN\r\n'
            : line === 'DATA'
              ? '354 go\r\n'
              : line.startsWith('AUTH')
                ? '235 ok\r\n'
                : '250 ok\r\n',
        );
      }
    });
  };
  const pem = (name: string): Buffer => readFileSync(new URL(name, TLS));
  const listener: Server = secure
    ? createTlsServer({ cert: pem('loopback.pem'), key: pem('loopback.key') }, talk)
    : createServer(talk);
  await new Promise<void>((resolve) => listener.listen(0, '127.0.0.1', resolve));
  const server: MailServer = {
    port: (listener.address() as AddressInfo).port,
    mails: [],
    commands: [],
    busy: false,
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => listener.close(resolve));
    },
  };
  return server;
}

function mailOf(to: string[], lines: readonly string[]): Mail {
  const end = lines.indexOf('');
  const head = lines.slice(0, end).join('\n').replaceAll('\n ', '');
  const subject = /^Subject: (.*)$/m.exec(head)?.[1] ?? '';
  return {
    to,
    subject: [...subject.matchAll(/=\?UTF-8\?B\?([^?]*)\?=/g)]
      .map(([, each = '']) => Buffer.from(each, 'base64').toString())
      .join(''),
    text: Buffer.from(lines.slice(end + 1).join(''), 'base64').toString(),
    raw: lines.join('\n'),
  };
}

describe('a webhook', () => {
  let upstream: RawUpstream;
  let gate: TestGate;
  let folder: string;
  const started: Receiver[] = [];

  const run = async (script: string, env: Readonly<Record<string, string>>): Promise<Receiver> => {
    const found = await receiver(script, env);
    started.push(found);
    return found;
  };
  const gateFor = async ({ url }: Receiver): Promise<void> => {
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      folder,
      more: `channels: {webhooks: {ops: {url: "${url}/", secret: ${SECRET}, allow_private: true}}}
notify: {default: webhook:ops}`,
    });
  };
  const held = (): Promise<Response> =>
    gate.call('/api/things', { method: 'POST', body: 'x', headers: { 'holdgate-justification': 'because' } });

  beforeEach(async () => {
    upstream = await startRawUpstream();
    folder = mkdtempSync(join(tmpdir(), 'holdgate-recipes-'));
  });
  afterEach(async () => {
    await Promise.all(started.splice(0).map((each) => each.stop()));
    await upstream.close();
    rmSync(folder, { recursive: true, force: true });
  });

  describe('to PagerDuty', () => {
    let pagerDuty: FakePagerDuty;
    const start = (more: Readonly<Record<string, string>> = {}): Promise<Receiver> =>
      run('webhook-pagerduty.mjs', {
        PAGERDUTY_ROUTING_KEY: pagerDuty.routingKey,
        PAGERDUTY_URL: pagerDuty.eventsUrl,
        ...more,
      });

    beforeEach(async () => {
      pagerDuty = await startFakePagerDuty(systemClock);
    });
    afterEach(() => pagerDuty.close());

    it('opens an incident with the approval, and resolves it once that is decided', async () => {
      await gateFor(await start());
      try {
        const calling = held();
        const approval = await gate.held();
        const opened: FakeIncident = await until(() => pagerDuty.incidents.get(approval.id));
        expect(opened).toMatchObject({
          status: 'triggered',
          severity: 'critical',
          actions: expect.arrayContaining(['trigger']) as unknown,
        });
        expect(opened.summary).toMatch(/^critical risk: deploy-bot asks for approval: /);
        await gate.vote(approval, 'approve');
        expect((await calling).status).toBe(200);
        await until(() => (opened.status === 'resolved' ? true : undefined));
        expect(opened.actions.at(-1)).toBe('resolve');
        expect([...pagerDuty.incidents.keys()]).toEqual([approval.id]);
        expect(pagerDuty.faults).toEqual([]);
      } finally {
        await gate.stop();
      }
    });

    it('that was away is told once it is back', async () => {
      pagerDuty.down = { status: 503 };
      const page = await start();
      await gateFor(page);
      try {
        const calling = held().catch(() => undefined);
        const approval = await gate.held();
        await until(() => (page.said.join('').includes('PagerDuty answered 503') ? true : undefined));
        pagerDuty.down = undefined;
        await until(() => pagerDuty.incidents.get(approval.id));
        await gate.vote(approval, 'deny');
        await until(() => (pagerDuty.incidents.get(approval.id)?.status === 'resolved' ? true : undefined));
        await calling;
      } finally {
        await gate.stop();
      }
    });

    it.each<[string, Parameters<typeof post>[1], number]>([
      [
        'a body that was changed',
        { headers: { 'webhook-signature': webhookHeaders(KEY, 'msg_1', Date.now(), 'x')['webhook-signature'] ?? '' } },
        401,
      ],
      ['another id than the signed one', { headers: { 'webhook-id': 'msg_2' } }, 401],
      ['no signature', { headers: { 'webhook-signature': '' } }, 401],
      ['a signature of another scheme only', { headers: { 'webhook-signature': 'v1a,AAAA' } }, 401],
      ['an old time', { skew: -301_000 }, 401],
      ['a time to come', { skew: 310_000 }, 401],
      ['a time that is none', { headers: { 'webhook-timestamp': 'now' } }, 401],
      ['an id with a dot', { id: 'msg.1' }, 401],
      ['another method', { method: 'GET' }, 405],
      ['a body over a mebibyte', { body: ' '.repeat(1024 * 1024 + 1) }, 413],
    ])('is not told by %s', async (_name, wrong, status) => {
      const page = await start();
      const answer = await post(page, { body: message('pending'), ...wrong }).catch((error: unknown) => error);
      // The body may still be on its way when the answer ends the connection.
      if (answer instanceof Response) expect(answer.status).toBe(status);
      else expect(status).toBe(413);
      expect(pagerDuty.incidents.size).toBe(0);
      expect(pagerDuty.asked).toEqual([]);
    });

    it('is told once, however often the same message comes, also after a restart', async () => {
      const seen = { SEEN_FILE: join(folder, 'seen') };
      const page = await start(seen);
      const body = message('pending');
      const answers = await Promise.all([post(page, { body }), post(page, { body }), post(page, { body })]);
      expect(answers.map(({ status }) => status)).toEqual([204, 204, 204]);
      await page.stop();
      expect((await post(await start(seen), { body, skew: 1000 })).status).toBe(204);
      expect(pagerDuty.asked).toEqual(['POST /v2/enqueue']);
    });

    it('takes either of two signatures while a secret is exchanged', async () => {
      const page = await start();
      const body = message('pending');
      const signed = webhookHeaders(KEY, 'msg_1', Date.now(), body)['webhook-signature'] ?? '';
      expect((await post(page, { body, headers: { 'webhook-signature': `v1,AAAA ${signed}` } })).status).toBe(204);
    });
  });

  describe('to a mailbox', () => {
    const mailTo = (url: string, more: Readonly<Record<string, string>> = {}): Promise<Receiver> =>
      run('webhook-email.mjs', {
        MAIL_FROM: 'holdgate@example.com',
        MAIL_TO: 'ann@example.com, bob@example.com',
        SMTP_URL: url,
        ...more,
      });

    it('tells of the approval and of its end, and of nothing between', async () => {
      const server = await mailServer();
      await gateFor(await mailTo(`smtp://127.0.0.1:${server.port}`));
      try {
        const calling = held();
        const approval = await gate.held();
        const opened = await until(() => server.mails[0]);
        expect(opened.to).toEqual(['<ann@example.com>', '<bob@example.com>']);
        expect(opened.subject).toMatch(/^\[critical\] Approval needed: /);
        expect(opened.text).toContain(`holdgate approvals show ${approval.id}`);
        expect(opened.raw).toContain(`References: <${approval.id}@holdgate.invalid>`);
        await gate.vote(approval, 'approve', { reason: 'grüß Gott' });
        expect((await calling).status).toBe(200);
        const ended = await until(() => server.mails[1]);
        expect(ended.subject).toMatch(/Decided: /);
        expect(ended.text).toContain('approve   security-oncall@example.com: grüß Gott');
        expect(server.mails).toHaveLength(2);
      } finally {
        await gate.stop();
        await server.close();
      }
    });

    it('holds what an agent writes inside of its mail', async () => {
      const server = await mailServer();
      const mails = await mailTo(`smtp://127.0.0.1:${server.port}`);
      expect((await post(mails, { body: message('pending') })).status).toBe(204);
      const [mail] = server.mails;
      expect(mail?.to).toEqual(['<ann@example.com>', '<bob@example.com>']);
      expect(mail?.raw).not.toMatch(/evil/);
      expect(mail?.text).toContain('Bcc: evil@example.com');
      expect(server.commands.filter((line) => line.includes('evil'))).toEqual([]);
      await server.close();
    });

    it('is tried again while the mail server is busy, and then it is one mail', async () => {
      const server = await mailServer();
      const mails = await mailTo(`smtp://127.0.0.1:${server.port}`);
      server.busy = true;
      expect((await post(mails, { body: message('pending') })).status).toBe(503);
      server.busy = false;
      expect((await post(mails, { body: message('pending') })).status).toBe(204);
      expect((await post(mails, { body: message('pending') })).status).toBe(204);
      expect(server.mails).toHaveLength(1);
      await server.close();
    });

    it('goes over TLS with a password, and a password over nothing else', async () => {
      const server = await mailServer(true);
      const ca = { NODE_EXTRA_CA_CERTS: fileURLToPath(new URL('ca.pem', TLS)) };
      const mails = await mailTo(`smtps://holdgate:p%40ss@127.0.0.1:${server.port}`, ca);
      const answer = await post(mails, { body: message('pending') });
      expect([answer.status, mails.said.join('')]).toEqual([204, expect.not.stringContaining('not done') as unknown]);
      expect(server.commands).toContain(`AUTH PLAIN ${Buffer.from('\0holdgate\0p@ss').toString('base64')}`);
      expect(server.mails).toHaveLength(1);
      await server.close();
      const plain = await mailServer();
      const open = await mailTo(`smtp://holdgate:p%40ss@127.0.0.1:${plain.port}`);
      expect((await post(open, { body: message('pending') })).status).toBe(503);
      expect(plain.commands.join('\n')).not.toMatch(/AUTH/);
      await plain.close();
    });
  });
});
