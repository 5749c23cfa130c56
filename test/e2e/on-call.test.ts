// Only who is on call may vote, as the schedule says it now, be it PagerDuty's or anybody's; while it cannot be asked, whom the configuration
// names instead.
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type FakePagerDuty, startFakePagerDuty } from '../../src/cli/demo/pagerduty/fake-pagerduty.ts';
import { systemClock } from '../../src/system-clock.ts';
import { until } from './channel-hands.ts';
import { type RawUpstream, startRawUpstream } from './raw-upstream.ts';
import { SECOND, startGate, type TestGate } from './running-gate.ts';

const RULES = `
  - id: asked
    match: {method: POST}
    effect: hold
    hold: {approvals: 1, from: ["oncall:platform"]}
`;
const ON_CALL = 'Second-Oncall@example.com';

interface Rota {
  readonly name: string;
  open(): Promise<void>;
  /** YAML of the source. */
  source(): string;
  /** Undefined: it cannot be asked. */
  says(emails: readonly string[] | undefined): void;
  close(): Promise<void>;
}

function httpRota(): Rota {
  let server: Server;
  let onCall: readonly string[] | undefined;
  return {
    name: 'anything that answers with JSON',
    async open() {
      server = createServer((_req, res) => {
        res.writeHead(onCall ? 200 : 503, { 'content-type': 'application/json' });
        res.end(JSON.stringify({ on_call: onCall }));
      });
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    },
    source: () => `http: {url: "http://127.0.0.1:${(server.address() as AddressInfo).port}/now", allow_private: true}`,
    says: (emails) => void (onCall = emails),
    close: async () => void (await new Promise((resolve) => server.close(resolve))),
  };
}

let pagerDuty: FakePagerDuty;
const pagerDutyRota = (): Rota => ({
  name: 'PagerDuty',
  open: async () => void (pagerDuty = await startFakePagerDuty(systemClock)),
  source: () => `pagerduty: {schedules: PPLATFORM, token: "${pagerDuty.token}", api_url: "${pagerDuty.apiUrl}"}`,
  says(emails) {
    pagerDuty.down = emails ? undefined : { status: 429, retryAfter: 30 };
    pagerDuty.schedules.set('PPLATFORM', emails ?? []);
  },
  close: () => pagerDuty.close(),
});

let upstream: RawUpstream;
let gate: TestGate;

const start = async (source: string): Promise<void> => {
  gate = await startGate({
    upstream: upstream.url,
    rules: RULES,
    more: `on_call: {platform: {${source}, fallback: security-oncall@example.com}}`,
  });
};
const post = (): Promise<Response> => gate.call('/api/things', { method: 'POST', body: 'x' });

beforeEach(async () => {
  upstream = await startRawUpstream();
});
afterEach(async () => {
  await gate.stop();
  await upstream.close();
});

describe.each([httpRota(), pagerDutyRota()])('a schedule of $name', (rota) => {
  beforeEach(() => rota.open());
  afterEach(() => rota.close());

  it('lets who is on call vote, and nobody else', async () => {
    rota.says([ON_CALL]);
    await start(rota.source());
    const calling = post();
    const approval = await gate.held();
    const refused = await gate.vote(approval, 'approve');
    expect(refused.status).toBe(403);
    expect(await refused.text()).toContain('Only oncall:platform may vote on this.');
    expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(200);
    expect((await calling).status).toBe(200);
    expect(upstream.requests).toHaveLength(1);
  });

  it('falls back to whom the configuration names while it cannot be asked, and the log says so', async () => {
    rota.says(undefined);
    await start(rota.source());
    const calling = post();
    const approval = await gate.held();
    expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(403);
    expect((await gate.vote(approval, 'approve')).status).toBe(200);
    expect((await calling).status).toBe(200);
    await until(() =>
      gate.log.find((line) => /channel:state.*oncall:platform|oncall:platform.*channel:state/.test(line)),
    );
  });
});

describe('PagerDuty', () => {
  const rota = pagerDutyRota();
  beforeEach(() => rota.open());
  afterEach(() => rota.close());

  it('is read page by page', async () => {
    rota.says([...Array.from({ length: 230 }, (_, i) => `p${i}@example.com`), ON_CALL]);
    await start(rota.source());
    expect(pagerDuty.asked).toEqual(['GET /oncalls', 'GET /oncalls', 'GET /oncalls']);
    const calling = post();
    expect((await gate.vote(await gate.held(), 'approve', { as: SECOND })).status).toBe(200);
    expect((await calling).status).toBe(200);
    expect(pagerDuty.faults).toEqual([]);
  });

  it.each<[string, (source: string) => string]>([
    ['a token that is not accepted', (source) => source.replace(pagerDuty.token, 'u+other')],
    ['a schedule that does not exist', (source) => source.replace('PPLATFORM', 'PGONE')],
  ])('with %s is away, not empty', async (_name, change) => {
    rota.says([ON_CALL]);
    await start(change(rota.source()));
    expect(pagerDuty.faults).toHaveLength(1);
    const calling = post();
    const approval = await gate.held();
    expect((await gate.vote(approval, 'approve', { as: SECOND })).status).toBe(403);
    expect((await gate.vote(approval, 'approve')).status).toBe(200);
    expect((await calling).status).toBe(200);
  });
});
