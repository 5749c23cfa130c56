// One of several processes on the same store, told what to do by messages, see racers.ts. Arguments: the store, and the folder of
// the data keys, as JSON. It reports only what the store acknowledged.
import { createSealer } from '../../src/signers/sealer.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { createRedisStore } from '../../src/stores/redis/store.ts';
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { systemClock as clock } from '../../src/system-clock.ts';
import { opened, vote } from '../conformance/approval-events.ts';
import { createActor } from './race-actor.ts';
import { ANN, KINDS } from './race-kinds.ts';
import type { Order, RacerSpec, Reply } from './racers.ts';
import { redisSettings } from './redis-store.ts';
import { CALL, LIMITS, openAgain } from './storm.ts';

async function openStore({ store, keys }: RacerSpec): Promise<ApprovalStore> {
  const sealer = await createSealer({ folder: keys, allowCreate: false });
  return 'file' in store
    ? createSqliteStore({ file: store.file, clock, sealer })
    : createRedisStore({ settings: redisSettings(store.port, { prefix: store.prefix }), clock, sealer });
}

/** Nothing but looking at the clock: whoever sleeps is woken too late to race. `time`: ms of the machine's monotonic clock. */
function spin(time: number): void {
  while (Number(process.hrtime.bigint()) / 1e6 < time);
}

async function obey(store: ApprovalStore, order: Order, name: string): Promise<Reply> {
  spin(order.at);
  if (order.do === 'open') return { openings: await openAgain(store, name, order.event, order.times) };
  const { event } = order;
  if (order.do === 'run') {
    const actor = createActor({ store, id: event.id, side: name });
    await actor.run();
    return { report: actor.report() };
  }
  const { side, kind } = order;
  const actor = createActor({ store, id: event.id, side });
  await actor.until(order.startAt);
  await KINDS[kind]?.sides[side](actor, event);
  return { report: actor.report() };
}

/** One approval after the other up to its intent, each under a lease that is not renewed: the work of a replica that will be killed. */
async function work(store: ApprovalStore, name: string, lease: number): Promise<never> {
  for (;;) {
    const id = `apr_${name}_${process.hrtime.bigint()}`;
    const event = opened(await store.now(), { id, digest: id });
    await store.lease(`replica:${name}`, name, lease);
    await store.open(event, CALL, LIMITS);
    const actor = createActor({ store, id, side: name });
    await actor.put((seen, now) => vote(seen, now, ANN, 'approve'), true);
    await actor.claim();
    await actor.intend(`clm_${name}`);
    process.send?.({ id, report: actor.report() } satisfies Reply);
  }
}

if (import.meta.main) {
  const spec = JSON.parse(process.argv[2] ?? '') as RacerSpec;
  const store = await openStore(spec);
  process.on('message', (order: Order | { readonly do: 'work'; readonly lease: number }) => {
    if (order.do === 'work') void work(store, spec.name, order.lease);
    else void obey(store, order, spec.name).then((reply) => process.send?.(reply));
  });
  process.once('disconnect', () => process.exit(0));
  process.send?.('ready');
}
