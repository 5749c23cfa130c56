// What the proxy stands on. main.ts fills it in; tests fill in parts of it.
import type { Envelope } from '../actions/envelope.ts';
import type { Action } from '../core/action.ts';
import type { Call, CallBody, RawHeaders } from '../core/call.ts';
import type { PolicySet } from '../core/policy/types.ts';
import type { UsageOf } from '../core/policy/when-usage.ts';
import type { Gate } from '../gate/create-gate.ts';
import type { Clock } from '../ports/clock.ts';
import type { EventBus } from '../ports/events.ts';
import type { BodyRoom } from './body-room.ts';
import type { CallMeters } from './call-meter.ts';
import type { AgentAuth } from './auth/agent-authenticator.ts';
import type { ReceivedHead } from './auth/signed-call.ts';
import type { Router } from './intake/router.ts';
import type { Pools } from './pools.ts';
import type { Upstream, UpstreamKind } from '../core/upstream.ts';

export interface ProxyLimits {
  /** Bytes. */
  readonly inspectBody: number;
  readonly holdBody: number;
  /** Of a call whose signature covers a body that it does not name. */
  readonly signedBody: number;
  readonly headers: number;
  readonly connections: number;
  /** ms. */
  readonly headersTimeout: number;
  readonly bodyTimeout: number;
}

export interface ProxyDeps {
  readonly authenticate: (head: ReceivedHead) => AgentAuth | Promise<AgentAuth>;
  readonly router: Router;
  readonly upstreams: readonly Upstream[];
  readonly policy: () => PolicySet;
  readonly recognise: (call: Call) => readonly Action[];
  /** True while what the call does can be told only with its body, which is still to come. */
  readonly actionsNeedBody: (call: Call) => boolean;
  /** Whose API the call goes to: refusals come in its form. */
  readonly family: (call: Call) => UpstreamKind;
  /** The message that a call is wrapped in, where its API has such. */
  readonly envelope: (call: Call) => Envelope | 'needs-body' | undefined;
  readonly meters: CallMeters;
  /** What went out to agents, for policy. */
  readonly usage: UsageOf;
  readonly readBody: (headers: RawHeaders, bytes: Uint8Array) => CallBody;
  readonly gate: Gate;
  readonly pools: Pools;
  readonly clock: Clock;
  readonly bus: EventBus;
  readonly nextDecisionId: () => string;
  /** False while the audit log's backlog is full: then nothing is forwarded. */
  readonly recordable: () => boolean;
  readonly limits: ProxyLimits;
  /** Made with the listener. */
  readonly bodyRoom: BodyRoom;
  /** ms: what an agent may wait at most; a decision's own wait is the default. */
  readonly maxWait: number;
  /** ms, where the configuration sets one for this agent. */
  readonly agentWait: (agentId: string) => number | undefined;
  /** ms, for the guide. */
  readonly defaultWait: number;
  readonly denyMemory: number;
  /** Rules that hold, in words, for the guide. */
  readonly tendsToBeHeld: () => readonly { readonly rule: string; readonly description: string }[];
  /** Names this gate in Via, so that a loop is seen. */
  readonly pseudonym: string;
  readonly consoleUrl: string | undefined;
}
