// security.md J, F4, F5: the console under attack by an agent, an outsider, a foreign web page and people who are not entitled.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { connect } from 'node:net';
import { type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import {
  AGENT,
  APPROVER,
  OTHER_AGENT,
  OUTSIDER,
  OWNER,
  rawExchange,
  startGate,
  type TestGate,
} from '../e2e/running-gate.ts';

const RULES = `
  - id: held
    match: {path: "/held/**"}
    effect: hold
    hold: {from: [group:security]}
`;

let upstream: RawUpstream;
let gate: TestGate;
let id: string;
let digest: string;

beforeAll(async () => {
  upstream = await startRawUpstream();
  gate = await startGate({
    upstream: upstream.url,
    rules: RULES,
    upstreamMore: 'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}',
  });
  await gate.call('/api/held/x', { headers: { prefer: 'wait=0' } });
  ({ id, digest } = await gate.held());
});
afterAll(async () => {
  await gate.stop();
  await upstream.close();
});

const vote = (): string => JSON.stringify({ vote: 'approve', reason: 'x', digest });
const raw = (lines: readonly string[], body = ''): Promise<string> =>
  rawExchange(gate.running.console.port, `${[...lines, 'Connection: close'].join('\r\n')}\r\n\r\n${body}`);
const statusOf = (answer: string): number => Number(/^HTTP\/1\.1 (\d{3})/.exec(answer)?.[1] ?? 0);
const post = (fields: readonly string[], body = vote(), path = `/api/v1/approvals/${id}/votes`): Promise<string> =>
  raw([`POST ${path} HTTP/1.1`, ...fields, `Content-Length: ${Buffer.byteLength(body)}`], body);
const host = (): string => `Host: 127.0.0.1:${gate.running.console.port}`;
const JSON_BODY = 'Content-Type: application/json';
const AS = `Authorization: Bearer ${APPROVER}`;

async function stillPending(): Promise<void> {
  const view = (await (await gate.api(`/api/v1/approvals/${id}`)).json()) as { status: string; votes: unknown[] };
  expect([view.status, view.votes]).toEqual(['pending', []]);
  expect(upstream.requests).toEqual([]);
}

describe('a vote does not count', () => {
  it.each<[string, () => readonly string[], string?]>([
    ['of an agent', () => [host(), JSON_BODY, `Authorization: Bearer ${AGENT}`]],
    ['of another agent', () => [host(), JSON_BODY, `Authorization: Bearer ${OTHER_AGENT}`]],
    ['of the owner of the agent', () => [host(), JSON_BODY, `Authorization: Bearer ${OWNER}`]],
    ['of somebody outside the group', () => [host(), JSON_BODY, `Authorization: Bearer ${OUTSIDER}`]],
    ['of nobody', () => [host(), JSON_BODY]],
    ['with a credential in another header', () => [host(), JSON_BODY, `Holdgate-Agent: ${APPROVER}`]],
    [
      'with a credential and another',
      () => [host(), JSON_BODY, `Authorization: Bearer ${OUTSIDER}, Bearer ${APPROVER}`],
    ],
    ['from a page of another origin', () => [host(), JSON_BODY, AS, 'Origin: https://evil.test']],
    ['from a sandboxed page', () => [host(), JSON_BODY, AS, 'Origin: null']],
    ['from another site', () => [host(), JSON_BODY, AS, 'Sec-Fetch-Site: cross-site']],
    ['from a sibling site', () => [host(), JSON_BODY, AS, 'Sec-Fetch-Site: same-site']],
    [
      'from two origins',
      () => [
        host(),
        JSON_BODY,
        AS,
        `Origin: http://127.0.0.1:${gate.running.console.port}`,
        'Origin: https://evil.test',
      ],
    ],
    ['under a name that was bound again', () => ['Host: evil.test', JSON_BODY, AS]],
    ['under a name like ours', () => ['Host: localhost.evil.test', JSON_BODY, AS]],
    ['under ours with user information', () => ['Host: evil@127.0.0.1', JSON_BODY, AS]],
    ['under two names', () => [host(), 'Host: evil.test', JSON_BODY, AS]],
    ['as a plain form', () => [host(), 'Content-Type: text/plain', AS]],
    ['as a form', () => [host(), 'Content-Type: application/x-www-form-urlencoded', AS]],
    ['in UTF-16', () => [host(), 'Content-Type: application/json; charset=utf-16', AS]],
    ['compressed', () => [host(), JSON_BODY, 'Content-Encoding: gzip', AS]],
    [
      'for another digest',
      () => [host(), JSON_BODY, AS],
      JSON.stringify({ vote: 'approve', reason: 'x', digest: 'a'.repeat(64) }),
    ],
    ['without a digest', () => [host(), JSON_BODY, AS], '{"vote":"approve"}'],
    [
      'in which it stands twice',
      () => [host(), JSON_BODY, AS],
      `{"vote":"deny","vote":"approve","digest":"${'a'.repeat(64)}"}`,
    ],
    [
      'with members that nobody knows',
      () => [host(), JSON_BODY, AS],
      '{"vote":"approve","by":"security-oncall@example.com"}',
    ],
    ['with a prototype', () => [host(), JSON_BODY, AS], '{"__proto__":{"vote":"approve"}}'],
    ['in a list', () => [host(), JSON_BODY, AS], '[{"vote":"approve"}]'],
  ])('%s', async (_what, fields, body) => {
    const status = statusOf(await post(fields(), body));
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    await stillPending();
  });

  it.each(['GET', 'HEAD', 'PUT', 'DELETE', 'PATCH', 'OPTIONS'])('by %s', async (method) => {
    const answer = await raw([
      `${method} /api/v1/approvals/${id}/votes?vote=approve&digest=${digest} HTTP/1.1`,
      host(),
      AS,
    ]);
    expect(statusOf(answer)).toBe(405);
    expect(answer).not.toMatch(/access-control-allow/i);
    await stillPending();
  });

  it.each([
    (path: string) => path.replace('/api', '//api'),
    (path: string) => path.replace('/v1', '/./v1'),
    (path: string) => path.replace('/v1', '/x/../v1'),
    (path: string) => path.replace('/v1', '%2fv1'),
    (path: string) => `${path}/`,
    (path: string) => `${path};x`,
    (path: string) => path.toUpperCase(),
    (path: string) => `http://127.0.0.1${path}`,
    (path: string) => path.replace('votes', '%76otes'),
  ])('at a path that only resembles ours', async (mutate) => {
    expect([400, 404]).toContain(
      statusOf(await post([host(), JSON_BODY, AS], vote(), mutate(`/api/v1/approvals/${id}/votes`))),
    );
    await stillPending();
  });
});

describe('what is not theirs', () => {
  it.each([
    '../../../etc/passwd',
    '..%2f..%2fkeys',
    '%00',
    'apr_%',
    "apr_'OR'1'='1",
    `apr_${'A'.repeat(60_000)}`,
    '__proto__',
    'constructor',
    'apr_00000000000000000000000000',
  ])('is not found under an id like %.30s', async (guess) => {
    for (const path of [`/api/v1/approvals/${guess}`, `/api/v1/receipts/${guess}`, `/api/v1/approvals/${guess}/call`]) {
      const answer = await raw([`GET ${path} HTTP/1.1`, host(), AS]);
      expect([400, 404, 431]).toContain(statusOf(answer));
    }
  });

  it('an agent learns nothing of another one, at either port', async () => {
    const theirs = await gate.call(`/.well-known/holdgate/approvals/${id}`, {
      headers: { authorization: `Bearer ${OTHER_AGENT}` },
    });
    const unknown = await gate.call('/.well-known/holdgate/approvals/apr_00000000000000000000000000', {
      headers: { authorization: `Bearer ${OTHER_AGENT}` },
    });
    const strip = async (response: Response): Promise<unknown> => ({
      ...((await response.json()) as object),
      decision_id: '',
    });
    expect(theirs.status).toBe(404);
    expect(await strip(theirs)).toEqual(await strip(unknown));
    const guide = await gate.call('/.well-known/holdgate', {
      headers: { authorization: `Bearer ${OTHER_AGENT}`, accept: 'application/json' },
    });
    expect(await guide.text()).not.toContain(id);
    for (const path of ['/api/v1/approvals', '/api/v1/events', `/api/v1/approvals/${id}`]) {
      expect((await gate.api(path, { as: AGENT })).status).toBe(401);
    }
  });

  it('no answer of the console holds a credential', async () => {
    for (const path of [
      '/api/v1/approvals',
      `/api/v1/approvals/${id}`,
      `/api/v1/approvals/${id}/call`,
      '/metrics',
      '/readyz',
      '/healthz',
      '/openapi.json',
      '/api/v1/keys',
    ]) {
      const text = await (await gate.api(path)).text();
      for (const secret of ['upstream-secret-token', AGENT, APPROVER])
        expect([path, text.includes(secret)]).toEqual([path, false]);
    }
  });
});

describe('what is too much', () => {
  it.each([
    [
      'a large body',
      () => post([host(), JSON_BODY, AS], JSON.stringify({ vote: 'approve', reason: 'x'.repeat(100_000), digest })),
    ],
    ['a deep body', () => post([host(), JSON_BODY, AS], '{"a":'.repeat(3000))],
    ['a long query', () => raw([`GET /api/v1/approvals?${'a=b&'.repeat(3000)} HTTP/1.1`, host(), AS])],
    ['many fields', () => raw(['GET /healthz HTTP/1.1', host(), ...Array.from({ length: 5000 }, () => 'a: b')])],
    [
      'a length that is a lie',
      () => raw([`POST /api/v1/approvals/${id}/votes HTTP/1.1`, host(), JSON_BODY, AS, 'Content-Length: 99999999999']),
    ],
  ])('is refused: %s', async (_what, send) => {
    const status = statusOf(await send());
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(500);
    await stillPending();
  });

  it('one person gets so many streams of events, and everybody else goes on', async () => {
    const sockets = Array.from({ length: 260 }, () => {
      const socket = connect(gate.running.console.port, '127.0.0.1');
      socket
        .on('error', () => undefined)
        .write(`GET /api/v1/events HTTP/1.1\r\n${host()}\r\nAuthorization: Bearer ${OUTSIDER}\r\n\r\n`);
      return new Promise<{ status: number; close: () => void }>((resolve) => {
        socket.once('data', (chunk: Buffer) =>
          resolve({ status: statusOf(chunk.toString('latin1')), close: () => socket.destroy() }),
        );
      });
    });
    const answers = await Promise.all(sockets);
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(10);
    const others = new AbortController();
    expect((await gate.api('/api/v1/events', { signal: others.signal })).status).toBe(200);
    others.abort();
    expect((await gate.api('/api/v1/approvals')).status).toBe(200);
    for (const { close } of answers) close();
    await stillPending();
  });
});
