import { expect, it } from 'vitest';
import { createEventBus } from '../../src/telemetry/bus.ts';

it('tells every listener in order until it unsubscribes', () => {
  const bus = createEventBus();
  const heard: string[] = [];
  const off = bus.on('audit:failed', ({ error }) => heard.push(`a ${String(error)}`));
  bus.on('audit:failed', ({ error }) => heard.push(`b ${String(error)}`));
  bus.emit('audit:failed', { error: '1' });
  off();
  off();
  bus.emit('audit:failed', { error: '2' });
  bus.emit('policy:rejected', { errors: [] });
  expect(heard).toEqual(['a 1', 'b 1', 'b 2']);
});

it('keeps a listener that throws from the emitter and from other listeners', () => {
  const errors: unknown[] = [];
  const bus = createEventBus((error) => {
    errors.push(error);
    throw new Error('and again');
  });
  let heard = 0;
  bus.on('audit:failed', () => {
    throw new Error('broken listener');
  });
  bus.on('audit:failed', () => heard++);
  expect(() => bus.emit('audit:failed', { error: 'x' })).not.toThrow();
  expect(heard).toBe(1);
  expect(String(errors[0])).toContain('broken listener');
});

it('lets listeners come and go while it tells', () => {
  const bus = createEventBus();
  let late = 0;
  const off = bus.on('audit:failed', () => {
    off();
    bus.on('audit:failed', () => late++);
  });
  bus.emit('audit:failed', { error: '1' });
  expect(late).toBe(0);
  bus.emit('audit:failed', { error: '2' });
  expect(late).toBe(1);
});
