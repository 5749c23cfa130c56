// Every route × every kind of caller, generated from the route table: a new route is in the matrix or fails it.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Route } from '../../src/console/route.ts';
import { sampleGrant } from './fake-gate.ts';
import { credentials, type RunningConsole, runConsole } from './running-console.ts';

const PATHS = [
  'GET /api/v1/approvals',
  'GET /api/v1/approvals/{id}',
  'GET /api/v1/approvals/{id}/similar',
  'GET /api/v1/events',
  'POST /api/v1/approvals/{id}/votes',
  'POST /api/v1/approvals/{id}/annotation',
  'GET /api/v1/grants',
  'POST /api/v1/grants/{id}/revoke',
  'GET /api/v1/receipts/{id}',
  'GET /api/v1/keys',
  'GET /api/v1/me',
  'GET /api/v1/usage',
  'GET /api/v1/insights',
  'POST /api/v1/links',
  'POST /api/v1/links/undo',
  'GET /openapi.json',
  'GET /api/v1/openapi.json',
  'GET /healthz',
  'GET /readyz',
  'GET /metrics',
];
const PUBLIC = new Set(PATHS.filter((path) => /keys$|openapi|healthz|readyz|metrics/.test(path)));
const CALLERS = {
  none: undefined,
  agent: credentials.agent,
  'other person': credentials.outsider,
  owner: credentials.owner,
  approver: credentials.approver,
} as const;
type Caller = keyof typeof CALLERS;

/** What each caller gets where the route is for people; everything that is not listed is 200. */
const REFUSED: Readonly<Record<string, Partial<Record<Caller, number>>>> = {
  'POST /api/v1/approvals/{id}/votes': { 'other person': 403, owner: 403 },
  // The approval of the matrix is pending, so nobody can annotate it.
  'POST /api/v1/approvals/{id}/annotation': { 'other person': 409, owner: 409, approver: 409 },
};
const SENT: Readonly<Record<string, (digest: string) => unknown>> = {
  'POST /api/v1/approvals/{id}/votes': (digest) => ({ vote: 'approve', digest }),
  'POST /api/v1/approvals/{id}/annotation': () => ({ outcome: 'done', note: 'looked' }),
  'POST /api/v1/links': () => ({ code: 'GOOD' }),
};

const name = (route: Route): string => `${route.method} ${route.path}`;

let running: RunningConsole;
let next = 0;
beforeAll(async () => {
  running = await runConsole();
});
afterAll(() => running.close());

function expected(path: string, caller: Caller): number {
  if (PUBLIC.has(path)) return 200;
  if (caller === 'none' || caller === 'agent') return 401;
  return REFUSED[path]?.[caller] ?? 200;
}

describe('the authorisation matrix', () => {
  it('covers exactly the route table, and every route names its principal', () => {
    expect(running.console.routes.map(name)).toEqual(PATHS);
    for (const route of running.console.routes) {
      expect(['public', 'person']).toContain(route.principal);
      expect(route.principal === 'public', name(route)).toBe(PUBLIC.has(name(route)));
    }
  });

  for (const path of PATHS) {
    for (const caller of Object.keys(CALLERS) as Caller[]) {
      it(`${path} answers ${caller} with ${expected(path, caller)}`, async () => {
        // Numbered so that rows do not meet the votes of others; sign-in failures are not counted across rows.
        running.clock.advance(60_001);
        next += 1;
        const approval = running.gate.hold(`apr_${next}`);
        running.gate.apply(running.gate.hold(`apr_done${next}`).id, { type: 'cancelled', at: 0, why: 'matrix' });
        const [method = '', pattern = ''] = path.split(' ');
        running.gate.keep(sampleGrant(`grt_${next}`));
        const id = pattern.includes('receipts') ? `rcp_done${next}` : approval.id;
        const target = pattern.replace('{id}', pattern.includes('grants') ? `grt_${next}` : id);
        const body = SENT[path]?.(approval.opened.digest);
        // HEAD stands for the stream, which would not end by itself.
        const reply = await running.ask(target, {
          method: path.endsWith('/events') ? 'HEAD' : method,
          credential: CALLERS[caller],
          body: body === undefined ? undefined : JSON.stringify(body),
        });
        expect(reply.status, reply.text).toBe(expected(path, caller));
        const voted = (await running.gate.get(approval.id))?.votes.length;
        expect(voted).toBe(path.endsWith('/votes') && caller === 'approver' ? 1 : 0);
      });
    }
  }

  it('lets nobody in by the credential of someone who left the directory', async () => {
    expect((await running.ask('/api/v1/me', { credential: credentials.second })).status).toBe(200);
    running.people.delete(credentials.second);
    expect((await running.ask('/api/v1/me', { credential: credentials.second })).status).toBe(401);
  });
});
