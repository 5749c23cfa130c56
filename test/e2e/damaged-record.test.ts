// Somebody edits the database under a running gate: the one call waits no longer, the agent may ask again, people are told.
import { readdirSync, readFileSync } from 'node:fs';
import { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { startRawUpstream } from './raw-upstream.ts';
import { startGate } from './running-gate.ts';

const RULES = `
  - id: writes
    match: {method: POST}
    effect: hold
`;

it('hands back a call whose record was edited, holds it anew, and tells log, metrics and audit log once', async () => {
  const upstream = await startRawUpstream();
  const gate = await startGate({ upstream: upstream.url, rules: RULES, more: 'hold: {max_open_per_agent: 1}' });
  const call = gate.call('/api/x', { method: 'POST', body: 'a=1' });
  const approval = await gate.held();
  await gate.heldConnections(1);

  const db = new DatabaseSync(join(gate.folder, 'data', 'holdgate.db'));
  db.exec('PRAGMA busy_timeout = 1000; DROP TRIGGER events_are_never_edited');
  db.exec(
    `UPDATE events SET body = replace(body, 'platform-owner@', 'somebody-else@') WHERE approval = '${approval.id}'`,
  );
  db.close();

  // Whoever looks first finds it.
  const vote = await gate.vote(approval, 'approve');
  expect([vote.status, await vote.json()]).toMatchObject([503, { reason: 'vote-not-recorded' }]);
  const answer = await call;
  expect([answer.status, await answer.json()]).toMatchObject([503, { reason: 'gate-unavailable', retryable: true }]);
  expect((await gate.api(`/api/v1/approvals/${approval.id}`)).status).toBe(404);

  const again = gate.call('/api/x', { method: 'POST', body: 'a=1' });
  const anew = await gate.held();
  expect(anew.id).not.toBe(approval.id);
  expect((await gate.vote(anew, 'approve')).status).toBe(200);
  expect((await again).status).toBe(200);
  expect(upstream.requests).toHaveLength(1);

  const metrics = await (await gate.api('/metrics')).text();
  expect(metrics).toMatch(/^holdgate_records_damaged_total 1$/m);
  const folder = gate.folder;
  await gate.running.stop(1000);
  const lines = gate.log.filter((line) => line.includes('approval:damaged'));
  expect(lines).toHaveLength(1);
  expect(JSON.parse(lines[0] ?? '')).toMatchObject({ level: 'error', approval_id: approval.id });
  const audit = join(folder, 'data', 'audit');
  const entries = readdirSync(audit)
    .filter((name) => name.endsWith('.jsonl'))
    .flatMap((name) => readFileSync(join(audit, name), 'utf8').split('\n'))
    .filter((line) => line.includes('"approval:damaged"'));
  expect(entries).toHaveLength(1);
  expect(entries[0]).toContain(approval.id);
  await gate.stop();
  await upstream.close();
});
