// Canaries: every secret that passes through a gate, looked for in everything that the gate writes or says. The body of a held
// call is one too as far as the disk goes: it is stored sealed.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startRawUpstream } from './raw-upstream.ts';
import { AGENT, APPROVER, SECOND, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: reads
    match: {method: GET}
    effect: allow
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["group:security"]}
`;
const UPSTREAM_TOKEN = 'upstream-secret-token';
const BODY = 'canary-in-the-body-of-a-held-call';
const ANSWER = 'canary-in-the-answer-to-a-held-call';
const QUERY = 'canary-in-the-query-of-a-held-call';
const OWN = 'canary-upstream-credential-of-the-agent';

describe('secrets', () => {
  let gate: TestGate;
  let said: string;
  const requests: string[] = [];

  beforeAll(async () => {
    const upstream = await startRawUpstream((request, socket) => {
      requests.push(request);
      const echo = /authorization: (.*)\r\n/i.exec(request)?.[1] ?? '';
      const body = `${ANSWER} ${echo}`;
      socket.write(
        `HTTP/1.1 200 OK\r\nX-Echo: ${echo}\r\nSet-Cookie: s=${UPSTREAM_TOKEN}\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
      );
    });
    gate = await startGate({
      upstream: upstream.url,
      rules: RULES,
      more: 'default: deny\nlog: {level: debug}',
      upstreamMore: 'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}',
    });
    const parts: string[] = [];
    const take = async (response: Response): Promise<void> => {
      parts.push(JSON.stringify([...response.headers]), await response.text());
    };
    // Allowed, denied, unauthenticated, malformed, held and run, held and denied, held and left.
    await take(await gate.call('/api/x?q=1'));
    await take(await gate.call('/api/x', { headers: { 'holdgate-agent': AGENT, authorization: `Bearer ${OWN}` } }));
    await take(await gate.call('/api/x', { method: 'DELETE' }));
    await take(await gate.call('/api/x', { headers: { authorization: `Bearer ${AGENT}x` } }));
    parts.push(await gate.raw(`GET /api/x HTTP/1.1\r\nAuthorization: Bearer ${AGENT}\r\nBad Header: 1\r\n\r\n`));
    const post = (body: string): Promise<Response> =>
      gate.call(`/api/x?db_p%61ssword=${QUERY}&a=1`, { method: 'POST', body });
    const waiting = post(BODY);
    const approval = await gate.held();
    // Before the decision, so that the stored call is still there when the files are read below.
    const left = gate.call(`/api/x?token=${QUERY}`, {
      method: 'POST',
      body: `${BODY}-left`,
      headers: { prefer: 'wait=0' },
    });
    await take(await left);
    await take(await gate.vote(approval, 'approve', { as: SECOND }));
    await take(await waiting);
    await take(await gate.vote(approval, 'approve', { as: `${APPROVER}x` }));
    for (const path of [
      '/metrics',
      '/readyz',
      '/api/v1/approvals',
      `/api/v1/approvals/${approval.id}`,
      '/api/v1/receipts',
    ]) {
      await take(await gate.api(path));
    }
    let receipt: Response;
    do receipt = await gate.api(`/api/v1/receipts/${approval.id.replace('apr_', 'rcp_')}`);
    while (receipt.status === 404);
    const { receipt: jws } = (await receipt.json()) as { receipt: string };
    parts.push(Buffer.from(jws.split('.')[1] ?? '', 'base64url').toString());
    await take(await gate.call('/.well-known/holdgate'));
    said = parts.join('\n');
    await gate.running.stop(1000);
    await upstream.close();
  });
  afterAll(() => gate.stop().catch(() => undefined));

  const files = (): { readonly name: string; readonly text: string }[] =>
    readdirSync(join(gate.folder, 'data'), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map(({ parentPath, name }) => ({ name, text: readFileSync(join(parentPath, name), 'latin1') }));
  /** As written, and as base64 and percent-encoding would have it. */
  const spellings = (secret: string): string[] => [
    secret,
    Buffer.from(secret).toString('base64').replace(/=+$/, ''),
    Buffer.from(secret).toString('base64url'),
    Buffer.from(secret).toString('hex'),
  ];

  it('were really in play', () => {
    expect(requests.some((request) => request.includes(UPSTREAM_TOKEN))).toBe(true);
    expect(requests.some((request) => request.includes(BODY))).toBe(true);
    expect(requests.some((request) => request.startsWith(`POST /x?db_p%61ssword=${QUERY}&a=1 `))).toBe(true);
    expect(said).toContain('/x?db_p%61ssword=[redacted]&a=1');
    expect(said).toContain(ANSWER);
    expect(files().map(({ name }) => name)).toContain('holdgate.db');
    expect(gate.log.length).toBeGreaterThan(5);
  });

  it.each([
    ['the credential of an agent', AGENT],
    ['the credential of a person', SECOND],
    ['the credential for the upstream', UPSTREAM_TOKEN],
    ["the agent's own credential for the upstream", OWN],
    ['a password in a query', QUERY],
  ])('%s is in no log line, file or answer', (_name, secret) => {
    for (const spelling of spellings(secret)) {
      expect(gate.log.join('').includes(spelling)).toBe(false);
      expect(said.includes(spelling)).toBe(false);
      for (const { name, text } of files()) expect([name, text.includes(spelling)]).toEqual([name, false]);
    }
  });

  it.each([
    ['the body of a held call', BODY],
    ['the answer to it', ANSWER],
  ])('%s is on disk in sealed form only', (_name, content) => {
    for (const spelling of spellings(content)) {
      expect(gate.log.join('').includes(spelling)).toBe(false);
      for (const { name, text } of files()) expect([name, text.includes(spelling)]).toEqual([name, false]);
    }
  });
});
