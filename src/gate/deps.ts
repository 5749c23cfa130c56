// What the gate's use cases stand on: ports and pure functions, nothing that knows HTTP.
import type { Rate } from '../core/attention.ts';
import type { Call, CallBody, RawHeaders } from '../core/call.ts';
import type { Decision } from '../core/policy/types.ts';
import type { Agent, Directory } from '../core/principal.ts';
import type { AgentKeyStore } from '../ports/agent-keys.ts';
import type { ApprovalStore } from '../ports/approval-store.ts';
import type { AuditLog } from '../ports/audit-log.ts';
import type { Clock, IdSource } from '../ports/clock.ts';
import type { Dispatcher } from '../ports/dispatcher.ts';
import type { EventBus } from '../ports/events.ts';
import type { Previews } from '../ports/previews.ts';
import type { SharedRecords } from '../ports/shared-records.ts';
import type { Sealer } from '../ports/sealer.ts';
import type { Signer } from '../ports/signer.ts';

export interface GateDeps {
  readonly store: ApprovalStore;
  /** Where the uses of grants are counted. */
  readonly records: Pick<SharedRecords, 'get' | 'put' | 'list'>;
  /** Whether access keys that signed calls are still good. */
  readonly agentKeys: Pick<AgentKeyStore, 'find' | 'unsettled' | 'settled'>;
  readonly audit: AuditLog;
  readonly signer: Signer;
  readonly sealer: Sealer;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly bus: EventBus;
  readonly people: Directory;
  /** The current policy's decision on a whole call, or undefined where this agent or upstream is no longer served. */
  readonly decideAgain: (call: Call, agent: Agent, source: string) => Decision | undefined;
  /** The working hours as text for a moment (epoch ms) outside of them. */
  readonly offHours: (at: number) => string | undefined;
  readonly decodeBody: (headers: RawHeaders, body: Uint8Array) => CallBody;
  /** How the credential of this upstream is obtained, for the receipt; undefined where none is injected. */
  readonly credentialKind: (upstream: string) => string | undefined;
  /** Every approval that the audit log shows as sent or denied since then (epoch ms), and every grant that it shows as used (how often) or
   *  ended (`denied`). */
  readonly logged: (
    since: number,
  ) => Promise<ReadonlyMap<string, { readonly sent: boolean; readonly denied: boolean; readonly uses?: number }>>;
  /** Absent: people get the call and its flags alone, nothing is looked up for them. */
  readonly previews?: Previews;
  /** Names this process in claims; the same after a restart on the same data. */
  readonly replica: string;
  readonly limits: {
    readonly openPerAgent: number;
    /** Calls of one agent that may come to be held; any number if absent. */
    readonly heldPerAgent?: Rate | undefined;
    /** What the configuration says of one agent by itself. */
    readonly ofAgent?: (id: string) => {
      readonly open?: number | undefined;
      readonly held?: Rate | 'none' | undefined;
    };
    readonly open: number;
    /** Bytes. */
    readonly replayBody: number;
  };
}
