// Lets handles on one Redis listen, as gates do from their start: a replica claims nothing before it hears of what the others do.
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import { opened } from '../conformance/approval-events.ts';

let calls = 0;

/** Resolves when all of them hear of what happens. `apart`: how far apart their estimates of the store's clock may be, ms; what is
 *  approved from then on is approved after they began to listen, whoever's clock says so. */
export async function listening(stores: readonly [ApprovalStore, ...ApprovalStore[]], apart: number): Promise<void> {
  const ears = stores.map((store) => {
    const [begun, heard] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    // At the beginning any approval may have changed.
    store.subscribe((id) => (id === undefined ? begun : heard).resolve());
    return { begun: begun.promise, heard: heard.promise };
  });
  await Promise.all(ears.map(({ begun }) => begun));
  const name = `listening-${++calls}`;
  const event = opened(await stores[0].now(), { id: `apr_${name}`, digest: name, agent: 'nobody' });
  await stores[0].open(event, new Uint8Array(1), { perAgent: 1e6, total: 1e6 });
  await Promise.all(ears.map(({ heard }) => heard));
  const times = await Promise.all(stores.map((store) => store.now()));
  for (const store of stores) {
    while ((await store.now()) < Math.max(...times) + apart) await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
