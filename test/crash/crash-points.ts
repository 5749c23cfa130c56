// Numbered places between which a process can die: before and after every durable step, and inside the send. Wrapped around
// the ports, so that a step that is added later is a place by itself.
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import type { DurablePorts } from '../../src/main.ts';
import type { AuditEntry } from '../../src/ports/audit-log.ts';
import type { Prepared } from '../../src/ports/dispatcher.ts';

/** Told of every place as it is passed; does not return where the process is to die. */
export type Pass = (place: string) => void;

function nameOf(event: ApprovalEvent): string {
  if (event.type === 'voted') return `voted:${event.vote}`;
  return event.type === 'result' ? `result:${event.outcome}` : event.type;
}

function entryName({ type, vote }: AuditEntry): string {
  return typeof vote === 'string' ? `${type}:${vote}` : type;
}

export function withCrashPoints({ store, audit, dispatcher }: DurablePorts, pass: Pass): DurablePorts {
  async function around<T>(name: string, work: () => Promise<T>): Promise<T> {
    pass(`${name} before`);
    const result = await work();
    pass(`${name} after`);
    return result;
  }

  const send = (prepared: Prepared): Prepared => ({
    abandon: () => prepared.abandon(),
    async send(sink) {
      pass('send before');
      const outcome = prepared.send({
        head(status, headers) {
          pass('send head before');
          sink.head(status, headers);
          pass('send head after');
        },
        data(chunk) {
          const more = sink.data(chunk);
          pass('send data after');
          return more;
        },
      });
      pass('send first byte after');
      const done = await outcome;
      pass('send complete after');
      return done;
    },
  });

  return {
    store: {
      ...store,
      open: (event, call, limits) => around('store.open', () => store.open(event, call, limits)),
      append: (id, version, events, options) =>
        around(`store.append ${events.map(nameOf).join('+')}`, () => store.append(id, version, events, options)),
      putBlob: (id, kind, bytes) => around(`store.putBlob ${kind}`, () => store.putBlob(id, kind, bytes)),
      dropBlob: (id, kind) => around(`store.dropBlob ${kind}`, () => store.dropBlob(id, kind)),
    },
    audit: {
      routine(entry) {
        pass(`audit.routine ${entryName(entry)} before`);
        const taken = audit.routine(entry);
        pass(`audit.routine ${entryName(entry)} after`);
        return taken;
      },
      durable: (entry) => around(`audit.durable ${entryName(entry)}`, () => audit.durable(entry)),
      close: () => audit.close(),
    },
    dispatcher: {
      async prepare(grant, call) {
        const ready = await around('dispatcher.prepare', () => dispatcher.prepare(grant, call));
        return ready.outcome === 'prepared' ? { ...ready, prepared: send(ready.prepared) } : ready;
      },
    },
  };
}
