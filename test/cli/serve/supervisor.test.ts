// What takes minutes with real workers, with workers that pretend and timers that run a hundred times as fast.
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';

type Line = Readonly<Record<string, unknown>> & { readonly event: string };

const SCRIPT = new URL('./supervised.ts', import.meta.url).pathname;

function supervise(behaviour: string): (event: string) => Line[] {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--no-warnings', SCRIPT, behaviour], {
    encoding: 'utf8',
    timeout: 30_000,
    killSignal: 'SIGKILL',
  });
  expect([status, stderr]).toEqual([0, '']);
  const lines = stdout
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Line);
  return (event) => lines.filter((line) => line.event === event);
}

describe('the supervisor of workers', { timeout: 40_000 }, () => {
  it('starts the first one alone, then the others, and ends all of them', () => {
    const said = supervise('behave');
    expect(said('fake:started')).toMatchObject([
      { number: 1, of: 2, first: true },
      { number: 2, of: 2, first: false },
    ]);
    expect(said('test:started')).toMatchObject([{ ok: true, at: { proxy: { port: 1 } } }]);
    expect(said('test:stopped')).toMatchObject([{ clean: true }]);
    expect(said('worker:exited')).toEqual([]);
  });

  it('gives up where one cannot start at the beginning, with its exit code, and ends the others', () => {
    const said = supervise('second does not start');
    expect(said('test:started')).toMatchObject([{ ok: false, worker: 2, code: 78 }]);
    expect(said('worker:started')).toHaveLength(2);
    expect(said('test:stopped')).toHaveLength(1);
  });

  it('kills a worker that has not ended some seconds after its grace, and says that the end was not clean', () => {
    const said = supervise('never stops');
    expect(said('worker:exited')).toMatchObject([{ signal: 'SIGKILL' }, { signal: 'SIGKILL' }]);
    for (const line of said('worker:exited')) expect(line['lived_ms']).toBeGreaterThanOrEqual(280);
    expect(said('test:stopped')).toMatchObject([{ clean: false }]);
  });

  it('waits ever longer before it replaces one that keeps dying, and leaves the other alone', () => {
    const said = supervise('keeps dying');
    const waits = said('worker:exited').map((line) => [line['worker'], line['code'], line['again_in_ms']]);
    expect(waits).toEqual([
      [1, 7, 0],
      [1, 7, 1000],
      [1, 7, 2000],
      [1, 7, 4000],
    ]);
    expect(said('fake:started').filter((line) => line['number'] === 2)).toHaveLength(1);
    expect(said('fake:started').filter((line) => line['first'])).toHaveLength(1);
  });
});
