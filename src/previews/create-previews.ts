// Previews of held calls, by family. INVARIANT: one preview asks its upstream for at most three seconds, and a few times; whatever goes
// wrong is an outcome.
import type { Action } from '../core/action.ts';
import type { Preview } from '../core/approval/context.ts';
import type { Clock } from '../ports/clock.ts';
import type { Previews } from '../ports/previews.ts';
import type { ReadClient } from '../ports/read-client.ts';
import { type Asking, startAsking } from './asking.ts';
import { awsPreview } from './aws-preview.ts';
import { httpPreview } from './http-preview.ts';
import { kubernetesPreview } from './kubernetes-preview.ts';
import { failed, none, type Outcome } from './outcome.ts';
import { sqlPreview } from './sql-preview.ts';

/** ms, for all that one preview asks. */
const WITHIN = 3_000;
/** Reading in them says nothing about what a call of theirs would change. */
const OPAQUE = new Set(['mcp', 'graphql', 'git']);

export function createPreviews(client: ReadClient, clock: Pick<Clock, 'after'>): Previews {
  const open = new Set<() => void>();
  let closed = false;
  return {
    has: (upstream) => client.terms(upstream) !== undefined,
    async preview(call, actions): Promise<Preview> {
      const cut = new AbortController();
      const asking = startAsking(client, call, cut.signal);
      const late = Promise.withResolvers<Outcome>();
      const giveUp = (note: string): void => {
        cut.abort();
        late.resolve(failed(note));
      };
      const stop = (): void => giveUp('The gate was stopped before the upstream answered.');
      if (closed) stop();
      const cancel = clock.after(WITHIN, () => giveUp('The upstream did not answer within three seconds.'));
      open.add(stop);
      try {
        const outcome = await Promise.race([safely(asking, actions), late.promise]);
        return { ...outcome, requests: [...asking.requests] };
      } finally {
        cancel();
        open.delete(stop);
        cut.abort();
      }
    },
    close() {
      closed = true;
      for (const stop of open) stop();
    },
  };
}

/** What the upstream says must not become an error of the gate. */
async function safely(asking: Asking, actions: readonly Action[]): Promise<Outcome> {
  try {
    return await byFamily(asking, actions);
  } catch {
    return failed('The answer of the upstream could not be read.');
  }
}

async function byFamily(asking: Asking, actions: readonly Action[]): Promise<Outcome> {
  const { body } = asking.call;
  if (body.state === 'unreadable') return none('No preview: the body could not be read.');
  const [first] = actions;
  if (first?.provider === 'k8s') return kubernetesPreview(asking);
  if (first?.provider === 'aws') return awsPreview(asking, actions);
  if (actions.some(({ provider }) => provider === 'sql')) return sqlPreview(asking, actions);
  if (actions.some(({ provider }) => OPAQUE.has(provider))) {
    return none('No preview: nothing is known that could be asked beforehand about this action.');
  }
  return httpPreview(asking);
}
