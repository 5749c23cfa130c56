// One of two processes on the same store: opens, votes, claims and records the intent of the same calls at the same times as
// its rival, under a lease that it does not renew. Prints one JSON line per round, only for what the store acknowledged. Arguments: file, name, vote, rounds.
import { createSqliteStore } from '../../src/stores/sqlite/store.ts';
import { claim, intent, opened, vote } from '../conformance/approval-events.ts';

const [file = '', name = '', ballot = 'approve', rounds = '0'] = process.argv.slice(2);
const BEAT_MS = 4;
/** ms; as processes.test.ts has it. */
const LEASE = 60_000;
const store = createSqliteStore({
  file,
  clock: { now: () => Date.now(), monotonic: () => performance.now(), after: () => () => undefined },
});

async function round(index: number): Promise<object> {
  const event = opened(Date.now(), { id: `apr_${name}_${index}`, digest: `call ${index}` });
  const entered = await store.open(event, new Uint8Array(64), { perAgent: 10_000, total: 10_000 });
  if (entered.outcome === 'too-many') throw new Error('too many');
  let { approval } = entered;
  const { opened: call } = approval;
  const voter = name === 'one' ? 'ann@example.com' : 'bob@example.com';
  const voted = await store.append(approval.id, approval.version, [
    vote(call, Date.now(), voter, ballot === 'deny' && index % 2 === 0 ? 'deny' : 'approve'),
  ]);
  approval = (await store.load(approval.id)) ?? approval;
  const claimed = await store.append(approval.id, approval.version, [claim(call, Date.now(), name)]);
  const mine = claimed.outcome === 'appended' ? claimed.approval.version : approval.version;
  const intended = await store.append(approval.id, mine, [intent(call, Date.now(), name)]);
  return {
    id: approval.id,
    opened: entered.outcome === 'opened',
    voted: voted.outcome === 'appended' && voter,
    sent: intended.outcome === 'appended' && name,
  };
}

await store.lease(`replica:${name}`, name, LEASE);
process.stdout.write('ready\n');
process.stdin.once('data', (start) => {
  const began = Number(start.toString());
  void (async () => {
    for (let index = 0; index < Number(rounds); index += 1) {
      // A common beat keeps the two rivals on the same call.
      while (Date.now() < began + index * BEAT_MS) await new Promise((resolve) => setImmediate(resolve));
      process.stdout.write(`${JSON.stringify(await round(index))}\n`);
    }
    await store.close();
    process.exit(0);
  })();
});
