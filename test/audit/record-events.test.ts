import { expect, it } from 'vitest';
import { recordEvents } from '../../src/audit/record-events.ts';
import { callEntry } from '../../src/audit/entries.ts';
import { canonicalJson } from '../../src/core/canonical-json.ts';
import type { AuditEntry, AuditLog } from '../../src/ports/audit-log.ts';
import { createEventBus } from '../../src/telemetry/bus.ts';
import { callRecord, decision } from '../telemetry/records.ts';

function recording(): {
  bus: ReturnType<typeof createEventBus>;
  taken: AuditEntry[];
  full: { value: boolean };
  recordable: () => boolean;
  stop: () => void;
} {
  const bus = createEventBus((error) => expect.unreachable(String(error)));
  const taken: AuditEntry[] = [];
  const full = { value: false };
  const audit: AuditLog = {
    routine(entry) {
      if (!full.value) taken.push(entry);
      return !full.value;
    },
    durable: () => Promise.resolve(),
    close: () => Promise.resolve(),
  };
  const calls = recordEvents(bus, audit, { now: () => 7 });
  return { bus, taken, full, recordable: calls.recordable, stop: () => calls.stop() };
}

it('makes the entry of a call in canonical order, without its query', () => {
  const record = callRecord({
    path: '/x?api_key=canary',
    decision: decision({ observed: { effect: 'hold', rules: ['r'] } }),
  });
  const entry = callEntry(record);
  expect(JSON.stringify(entry)).toBe(canonicalJson(entry));
  expect(JSON.stringify(entry)).not.toContain('canary');
  expect(entry).toMatchObject({
    agent: 'deploy-bot',
    call: { host: 'billing.example.com', method: 'GET', path: '/x', upstream: 'billing' },
    decision: 'dec_1',
    effect: 'allow',
    policy: { digest: 'c'.repeat(64), reason: 'rule', rules: ['reads'] },
    status: 200,
    type: 'call:proxy:finished',
  });
  const refused = callEntry(callRecord({ decision: undefined, agent: undefined, problem: 'unauthenticated' }));
  expect(JSON.stringify(refused)).toBe(canonicalJson(refused));
});

it('records calls, policy sets, refused callers and credentials until it is stopped', () => {
  const { bus, taken, stop } = recording();
  bus.emit('call:finished', callRecord());
  bus.emit('policy:loaded', { digest: 'd', rules: 1 });
  bus.emit('policy:rejected', { errors: ['e'] });
  bus.emit('keys:loaded', { signing: 'k2', data: 2, known: 2 });
  bus.emit('keys:rejected', { error: 'broken', again: false });
  bus.emit('keys:rejected', { error: 'broken', again: true });
  bus.emit('approval:damaged', { approvalId: 'apr_1', finding: 'event 2 is missing' });
  bus.emit('agent:refused', { source: '192.0.2.7', why: 'unknown credential' });
  bus.emit('agent:credential-stripped', { agent: 'a', upstream: 'billing', headers: ['authorization'] });
  bus.emit('person:refused', { source: '192.0.2.7', why: 'unknown credential' });
  bus.emit('upstream:credential-reflected', { upstream: 'billing' });
  stop();
  bus.emit('call:finished', callRecord());
  expect(taken.map((entry) => entry.type)).toEqual([
    'call:proxy:finished',
    'policy:set:loaded',
    'policy:set:rejected',
    'keys:set:loaded',
    'keys:set:rejected',
    'approval:damaged',
    'agent:credential:refused',
    'agent:credential:stripped',
    'person:credential:refused',
    'upstream:credential:reflected',
  ]);
  for (const entry of taken) expect(JSON.stringify(entry)).toBe(canonicalJson(entry));
});

it('is not recordable while the log is full, and says afterwards how much is not shown', () => {
  const { bus, taken, full, recordable } = recording();
  expect(recordable()).toBe(true);
  full.value = true;
  expect(recordable()).toBe(true); // Nothing was refused yet.
  for (let n = 0; n < 3; n++) bus.emit('call:finished', callRecord({ decisionId: `dec_${n}` }));
  expect(recordable()).toBe(false);
  full.value = false;
  expect(recordable()).toBe(true);
  bus.emit('call:finished', callRecord({ decisionId: 'dec_9' }));
  expect(taken.map((entry) => entry['decision'] ?? [entry.type, entry['entries']])).toEqual([
    'dec_0',
    ['audit:log:skipped', 2],
    'dec_9',
  ]);
});

it('lets nothing be forwarded while the log throws, and loses nothing', () => {
  const bus = createEventBus((error) => expect.unreachable(String(error)));
  const taken: AuditEntry[] = [];
  let broken = true;
  const audit: Pick<AuditLog, 'routine'> = {
    routine(entry) {
      if (broken) throw new Error('a bug in the log');
      return taken.push(entry) > 0;
    },
  };
  const { recordable } = recordEvents(bus, audit, { now: () => 7 });
  bus.emit('call:finished', callRecord());
  expect(recordable()).toBe(false);
  broken = false;
  expect(recordable()).toBe(true);
  expect(taken).toHaveLength(1);
});
