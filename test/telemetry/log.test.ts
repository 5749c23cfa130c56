import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { fold } from '../../src/core/approval/transition.ts';
import { Secret } from '../../src/core/secret.ts';
import { createEventBus } from '../../src/telemetry/bus.ts';
import { createCallLog, type LogLevel } from '../../src/telemetry/log.ts';
import { endings } from '../core/receipt/receipt-fixture.ts';
import { callRecord, decision } from './records.ts';

function log(level: LogLevel = 'info'): {
  bus: ReturnType<typeof createEventBus>;
  raw: string[];
  lines: () => Record<string, unknown>[];
  close: () => void;
  listenerFailed: (error: unknown) => void;
} {
  const bus = createEventBus((error) => expect.unreachable(String(error)));
  const raw: string[] = [];
  const calls = createCallLog(bus, { level, stream: { write: (line) => void raw.push(line) } });
  return {
    bus,
    raw,
    lines: () => raw.map((line) => JSON.parse(line) as Record<string, unknown>),
    close: () => calls.close(),
    listenerFailed: (error) => calls.listenerFailed(error),
  };
}

it('writes one canonical line per call', () => {
  const { bus, lines } = log();
  bus.emit(
    'call:finished',
    callRecord({ decision: decision({ effect: 'hold' }), approvalId: 'apr_1', duration: 1.23456 }),
  );
  const [{ time, ...line } = {}] = lines();
  expect(time).toBe('2026-01-02T03:04:05.678Z');
  expect(line).toEqual({
    level: 'info',
    event: 'call:finished',
    decision_id: 'dec_1',
    agent: 'deploy-bot',
    source: '192.0.2.7',
    upstream: 'billing',
    method: 'GET',
    host: 'billing.example.com',
    path: '/v1/invoices/42',
    effect: 'hold',
    reason: 'rule',
    rules: ['reads'],
    policy: 'c'.repeat(64),
    approval_id: 'apr_1',
    status: 200,
    duration_ms: 1.235,
    bytes_in: 0,
    bytes_out: 512,
  });
  expect(lines()).toHaveLength(1);
});

it('stays one line whatever is in a path', () => {
  const { bus, raw } = log();
  bus.emit('call:finished', callRecord({ path: '/a\r\n{"level":"error"}\u001b[31m\u2028', host: 'x\ny' }));
  expect(raw).toHaveLength(1);
  expect([...(raw[0]?.trimEnd() ?? '')].filter((char) => char < ' ')).toEqual([]);
});

it('never shows the query of a call, a secret in an error, or anything else that it was not told to show', () => {
  const { bus, raw } = log('debug');
  const canary = 'canary-6b1';
  const record = { ...callRecord({ path: `/x?api_key=${canary}` }), headers: ['Authorization', canary], body: canary };
  bus.emit('call:finished', record);
  bus.emit('proxy:failed', { decisionId: 'dec_1', error: new Secret(canary) });
  bus.emit('approval:changed', { approval: fold((endings['succeeded'] ?? []).slice(0, 1)), event: 'opened' });
  expect(raw).toHaveLength(3);
  expect(raw.join('')).not.toContain(canary);
  expect(raw.join('')).not.toContain('the customer asked');
});

it('says of a channel only what is news', () => {
  const { bus, lines } = log();
  const channel = 'oncall:platform';
  bus.emit('channel:state', { channel, state: 'open' });
  bus.emit('channel:state', { channel, state: 'away', why: 'it answered 503' });
  bus.emit('channel:state', { channel, state: 'away', why: 'it answered 503' });
  bus.emit('channel:state', { channel, state: 'away', why: 'it answered 429' });
  bus.emit('channel:state', { channel, state: 'open' });
  bus.emit('channel:state', { channel, state: 'open' });
  bus.emit('channel:refused', { channel: 'slack', why: 'the signature is wrong' });
  expect(lines().map(({ level, event, why }) => [level, event, why])).toEqual([
    ['warn', 'channel:state', 'it answered 503'],
    ['warn', 'channel:state', 'it answered 429'],
    ['info', 'channel:state', undefined],
    ['warn', 'channel:refused', 'the signature is wrong'],
  ]);
});

it('tells everything else that an operator must hear of, each at its level', () => {
  const { bus, lines } = log();
  bus.emit('vote:recorded', { approvalId: 'apr_1', by: 'a@example.com', vote: 'approve', channel: 'api', risk: 'low' });
  bus.emit('vote:refused', { approvalId: 'apr_1', by: 'a@example.com', reason: 'self-approval', channel: 'api' });
  bus.emit('policy:loaded', { digest: 'd', rules: 2 });
  bus.emit('policy:rejected', { errors: ['policies/x.yaml:1:2: no'] });
  bus.emit('keys:loaded', { signing: 'k2', data: 2, known: 2 });
  bus.emit('keys:rejected', { error: 'signing.json is not JSON', again: false });
  bus.emit('keys:rejected', { error: 'signing.json is not JSON', again: true });
  bus.emit('notice:tried', {
    approvalId: 'apr_1',
    destination: 'webhook:ops',
    reason: 'posted',
    outcome: 'later',
    why: 'it answered 503',
  });
  bus.emit('store:failed', { operation: 'vote', error: 'disk full' });
  bus.emit('approval:damaged', { approvalId: 'apr_1', finding: 'event 2 is missing' });
  bus.emit('upstream:failed', { upstream: 'billing', problem: 'upstream-timeout' });
  bus.emit('upstream:credential-reflected', { upstream: 'billing' });
  bus.emit('audit:failed', { error: 'ENOSPC' });
  bus.emit('agent:refused', { source: '192.0.2.9', why: 'unknown credential' });
  bus.emit('agent:credential-stripped', { agent: 'a', upstream: 'billing', headers: ['authorization'] });
  bus.emit('person:refused', { source: '192.0.2.9', why: 'unknown credential' });
  bus.emit('proxy:failed', { decisionId: 'dec_1', error: new Error('bug') });
  const indeterminate = fold(endings['indeterminate'] ?? []);
  bus.emit('approval:changed', { approval: indeterminate, event: 'result' });
  expect(lines().map((line) => `${String(line['level'])} ${String(line['event'])}`)).toEqual([
    'info vote:recorded',
    'warn vote:refused',
    'info policy:loaded',
    'error policy:rejected',
    'info keys:loaded',
    'error keys:rejected',
    'warn notice:tried',
    'error store:failed',
    'error approval:damaged',
    'warn upstream:failed',
    'error upstream:credential-reflected',
    'error audit:failed',
    'warn agent:refused',
    'warn agent:credential-stripped',
    'warn person:refused',
    'error proxy:failed',
    'error approval:changed',
  ]);
});

it('names a listener that threw, with its stack', () => {
  const { raw, listenerFailed } = log();
  listenerFailed(new TypeError('a bug in a listener'));
  expect(raw.join('')).toMatch(/"level":"error".*"error":"TypeError: a bug in a listener\\n +at .*listener:failed/);
});

it('is quiet below its level and after close', () => {
  const quiet = log('error');
  quiet.bus.emit('call:finished', callRecord());
  expect(quiet.raw).toEqual([]);
  const closed = log();
  closed.close();
  closed.bus.emit('call:finished', callRecord());
  expect(closed.raw).toEqual([]);
});

it('has written everything when the process exits, although it buffers', () => {
  const script = `
    import { createEventBus } from ${JSON.stringify(join(import.meta.dirname, '../../src/telemetry/bus.ts'))};
    import { createCallLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/telemetry/log.ts'))};
    const bus = createEventBus();
    createCallLog(bus, { level: 'info' });
    setImmediate(() => {
      for (let i = 0; i < 500; i++) bus.emit('audit:failed', { error: String(i) });
      process.exit(0);
    });`;
  const { stdout } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    encoding: 'utf8',
  });
  expect(stdout.trimEnd().split('\n')).toHaveLength(500);
});

it('names the worker in every line, and writes no more at once than a shared pipe keeps whole', () => {
  const script = `
    import fs from 'node:fs';
    import { createEventBus } from ${JSON.stringify(join(import.meta.dirname, '../../src/telemetry/bus.ts'))};
    import { createCallLog } from ${JSON.stringify(join(import.meta.dirname, '../../src/telemetry/log.ts'))};
    import { callRecord } from ${JSON.stringify(join(import.meta.dirname, 'records.ts'))};
    let most = 0;
    let writes = 0;
    for (const name of ['write', 'writeSync']) {
      const real = fs[name];
      fs[name] = (fd, bytes, ...rest) => {
        if (fd === 1) most = Math.max(most, Buffer.byteLength(bytes)), writes++;
        return real(fd, bytes, ...rest);
      };
    }
    const bus = createEventBus();
    const log = createCallLog(bus, { level: 'info', worker: 2 });
    setImmediate(() => {
      for (let i = 0; i < 500; i++) bus.emit('call:finished', callRecord({ path: '/ä' + i })), bus.emit('audit:failed', { error: 'x' });
      log.close();
      console.error(JSON.stringify({ most, writes }));
    });`;
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', script], {
    encoding: 'utf8',
  });
  const lines = stdout.trimEnd().split('\n');
  expect(lines).toHaveLength(1000);
  expect(lines.every((line) => (JSON.parse(line) as { worker: number }).worker === 2)).toBe(true);
  const { most, writes } = JSON.parse(stderr) as { most: number; writes: number };
  expect(writes).toBeGreaterThan(20);
  expect(most).toBeLessThanOrEqual(4096);
});
