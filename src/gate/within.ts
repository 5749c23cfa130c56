// A bound on work that a silent store or disk may never finish.
import { StoreUnavailable } from '../ports/approval-store.ts';
import type { Clock } from '../ports/clock.ts';

/** Settles as `work` does, or rejects with StoreUnavailable after `ms`; the work itself goes on. */
export function within<T>(clock: Pick<Clock, 'after'>, ms: number, work: Promise<T>): Promise<T> {
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  const cancel = clock.after(ms, () => reject(new StoreUnavailable(`no answer within ${ms} ms`)));
  work.then(resolve, reject).finally(cancel);
  return promise;
}
