// Records what the bus tells: finished calls, policy and key changes, refused callers. Approvals write their own
// entries, before their effects.
// INVARIANT: while the log takes no more, `recordable` is false and nothing may be forwarded; what was refused meanwhile is
// counted, so that the record says how much it does not show.
import type { AuditEntry, AuditLog } from '../ports/audit-log.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventBus } from '../ports/events.ts';
import {
  agentRefusedEntry,
  approvalDamagedEntry,
  callEntry,
  credentialReflectedEntry,
  credentialStrippedEntry,
  keysLoadedEntry,
  keysRejectedEntry,
  personRefusedEntry,
  policyLoadedEntry,
  policyRejectedEntry,
} from './entries.ts';
import { createStrangerLimit } from './stranger-limit.ts';

export interface Recording {
  /** False while the log's backlog is full. */
  readonly recordable: () => boolean;
  stop(): void;
}

export function recordEvents(bus: EventBus, audit: Pick<AuditLog, 'routine'>, clock: Pick<Clock, 'now'>): Recording {
  // The first entry that did not fit, and how many came after it.
  let waiting: AuditEntry | undefined;
  let skipped = 0;

  /** A log that throws takes no more either: the entry waits and nothing is forwarded until it is in. */
  const taken = (entry: AuditEntry): boolean => {
    try {
      return audit.routine(entry);
    } catch (error) {
      // Once, not again at each call that is refused meanwhile.
      if (waiting === undefined) bus.emit('audit:failed', { error });
      return false;
    }
  };

  const recordable = (): boolean => {
    if (waiting === undefined) return true;
    if (!taken(waiting)) return false;
    waiting = undefined;
    if (skipped > 0) {
      const gap = { at: clock.now(), entries: skipped, type: 'audit:log:skipped' };
      skipped = 0;
      record(gap);
    }
    return waiting === undefined;
  };

  function record(entry: AuditEntry): void {
    if (waiting !== undefined && !recordable()) skipped++;
    else if (!taken(entry)) waiting = entry;
  }

  const strangers = createStrangerLimit(clock, record);

  const off = [
    bus.on('call:finished', (call) => {
      if (call.agent === undefined) strangers.record(callEntry(call));
      else record(callEntry(call));
    }),
    bus.on('policy:loaded', (event) => record(policyLoadedEntry(clock.now(), event))),
    bus.on('policy:rejected', (event) => record(policyRejectedEntry(clock.now(), event))),
    bus.on('keys:loaded', (event) => record(keysLoadedEntry(clock.now(), event))),
    bus.on('keys:rejected', (event) => {
      if (!event.again) record(keysRejectedEntry(clock.now(), event));
    }),
    bus.on('approval:damaged', (event) => record(approvalDamagedEntry(clock.now(), event))),
    bus.on('agent:refused', (event) => strangers.record(agentRefusedEntry(clock.now(), event))),
    bus.on('agent:credential-stripped', (event) => record(credentialStrippedEntry(clock.now(), event))),
    bus.on('person:refused', (event) => record(personRefusedEntry(clock.now(), event))),
    bus.on('upstream:credential-reflected', (event) => record(credentialReflectedEntry(clock.now(), event))),
  ];
  return {
    recordable,
    stop() {
      strangers.flush();
      for (const stop of off) stop();
    },
  };
}
