// A held write to Kubernetes, through a whole gate and against a small API server that keeps objects and knows dry runs: approvers see the
// server's own answer, and nothing is written before they have approved it.
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type ApprovalDetail, renderApproval } from '../../src/cli/approvals/render-approval.ts';
import type { ApprovalView, ContextView } from '../../src/core/approval/view.ts';
import { startGate, type TestGate } from './running-gate.ts';

const PATH = '/apis/apps/v1/namespaces/prod/deployments/web';

interface Deployment {
  readonly kind: string;
  readonly apiVersion: string;
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly spec: { readonly replicas: number };
}

let stored: Deployment;
let gate: TestGate;
let server: ReturnType<typeof createServer>;
const requests: { readonly what: string; readonly user: string; readonly as: unknown }[] = [];

function bodyOf(request: IncomingMessage): Promise<string> {
  const { promise, resolve } = Promise.withResolvers<string>();
  let text = '';
  request.on('data', (chunk: Buffer) => (text += chunk.toString()));
  request.on('end', () => resolve(text));
  return promise;
}

async function serve(request: IncomingMessage): Promise<{ readonly status: number; readonly body: unknown }> {
  const { method, headers } = request;
  const url = new URL(request.url ?? '', 'http://k8s');
  requests.push({
    what: `${method} ${url.pathname}${url.search}`,
    user: headers.authorization ?? '',
    as: headers['impersonate-user'],
  });
  if (url.pathname !== PATH) return { status: 404, body: { kind: 'Status', code: 404 } };
  if (method === 'GET') return { status: 200, body: stored };
  const { spec } = JSON.parse(await bodyOf(request)) as { readonly spec: { readonly replicas: number } };
  if (spec.replicas < 0)
    return { status: 422, body: { kind: 'Status', code: 422, message: 'spec.replicas: must not be negative' } };
  const next = {
    ...stored,
    metadata: { ...stored.metadata, resourceVersion: '8', generation: 2 },
    // What admission adds is seen in a dry run only.
    spec: { ...stored.spec, ...spec, strategy: { type: 'RollingUpdate' } },
  };
  if (!url.searchParams.getAll('dryRun').includes('All')) stored = next;
  return { status: 200, body: next };
}

beforeAll(async () => {
  stored = {
    kind: 'Deployment',
    apiVersion: 'apps/v1',
    metadata: { name: 'web', resourceVersion: '7' },
    spec: { replicas: 3 },
  };
  server = createServer((request, response) => {
    void serve(request).then(({ status, body }) =>
      response.writeHead(status, { 'Content-Type': 'application/json' }).end(JSON.stringify(body)),
    );
  });
  const { promise, resolve } = Promise.withResolvers<void>();
  server.listen(0, '127.0.0.1', resolve);
  await promise;
  gate = await startGate({
    upstream: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    upstreamMore: [
      'kind: kubernetes',
      'credential: {header: Authorization, value: "Bearer the-one-for-calls"}',
      'preview: {dry_run: true, credential: {header: Authorization, value: "Bearer the-one-for-previews"}}',
      'boundary: {namespaces: [team-*]}',
    ].join(', '),
    rules: `  - {id: reads, match: {level: [read, list]}, effect: allow}
  - {id: outside, match: {boundary: outside, level: write}, effect: hold, hold: {from: ["group:security"]}}`,
  });
});
afterAll(async () => {
  await gate.stop();
  server.closeAllConnections();
  server.close();
});

async function informed(): Promise<ApprovalDetail & { readonly context: ContextView }> {
  for (;;) {
    const list = await gate.api('/api/v1/approvals?status=pending');
    const { items } = (await list.json()) as { readonly items: readonly ApprovalView[] };
    const id = items[0]?.id ?? 'none';
    const detail = (await (await gate.api(`/api/v1/approvals/${id}`)).json()) as ApprovalDetail;
    const { context } = detail;
    if (context) return { ...detail, context };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

const scale = (replicas: number): Promise<Response> =>
  gate.call(`/api${PATH}?fieldManager=kubectl-scale`, {
    method: 'PATCH',
    headers: { 'content-type': 'application/strategic-merge-patch+json', 'impersonate-user': 'root' },
    body: JSON.stringify({ spec: { replicas } }),
  });

it('shows the dry run of the server, outside of the boundary, and writes nothing before the vote', async () => {
  const answer = scale(0);
  const detail = await informed();
  expect(detail.context.preview.changes).toEqual([
    { path: '/spec/replicas', before: '3', after: '0' },
    { path: '/spec/strategy', before: null, after: '{"type":"RollingUpdate"}' },
  ]);
  expect(detail.flags).toContainEqual({
    id: 'outside-boundary',
    severity: 'high',
    title: 'Leaves the compliance boundary',
    evidence: 'k8s:patch:apps/deployments: namespace prod',
  });
  expect(stored.spec.replicas).toBe(3);
  expect(requests.map(({ what }) => what).toSorted()).toEqual([
    `GET ${PATH}`,
    `PATCH ${PATH}?fieldManager=kubectl-scale&dryRun=All`,
  ]);
  // Of the agent's headers only what says how to read the body goes along: not whom it wants to be.
  expect(new Set(requests.map(({ user, as }) => `${user} ${String(as)}`))).toEqual(
    new Set(['Bearer the-one-for-previews undefined']),
  );
  const { text } = renderApproval(detail, { columns: 120, colour: false, full: false });
  expect(text).toContain('HIGH Leaves the compliance boundary (outside-boundary)');
  expect(text).toContain('│ /spec/replicas: 3 → 0');
  await gate.vote(detail, 'approve');
  expect((await answer).status).toBe(200);
  expect(stored.spec.replicas).toBe(0);
  expect(requests.at(-1)).toEqual({
    what: `PATCH ${PATH}?fieldManager=kubectl-scale`,
    user: 'Bearer the-one-for-calls',
    as: 'root',
  });
});

it('says beforehand that the server would refuse it', async () => {
  const answer = scale(-1);
  const detail = await informed();
  expect(detail.context.preview).toMatchObject({
    outcome: 'failed',
    note: expect.stringContaining('the call would fail'),
    facts: [{ name: 'API server', value: 'spec.replicas: must not be negative' }],
  });
  await gate.vote(detail, 'deny');
  expect((await answer).status).toBe(403);
});
