// A gate over ports in memory: own clock, own disk, an upstream that says what it was sent, agents that say what they heard.
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import type { Call } from '../../src/core/call.ts';
import type { Decision, HoldTerms } from '../../src/core/policy/types.ts';
import type { Agent, Person } from '../../src/core/principal.ts';
import { sha256 } from '../../src/core/sha256.ts';
import type { VoteOutcome } from '../../src/gate/api.ts';
import { createGate, type Gate } from '../../src/gate/create-gate.ts';
import type { GateDeps } from '../../src/gate/deps.ts';
import type { Hold } from '../../src/gate/hold.ts';
import type { HoldAnswer } from '../../src/gate/hold-answer.ts';
import type { OpenResult } from '../../src/gate/open.ts';
import type { AuditEntry } from '../../src/ports/audit-log.ts';
import type { Dispatcher, PrepareOutcome, ResponseSink, SendOutcome } from '../../src/ports/dispatcher.ts';
import type { Sealer } from '../../src/ports/sealer.ts';
import type { Signer } from '../../src/ports/signer.ts';
import { createEventBus } from '../../src/telemetry/bus.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { createMemoryAgentKeys } from '../stores/memory-agent-keys.ts';
import { createMemoryRecords } from '../stores/memory-records.ts';
import { createMemoryDisk, createMemoryStore, type MemoryDisk } from '../stores/memory-store.ts';

export const AGENT: Agent = {
  id: 'deploy-bot',
  owner: 'owner@example.com',
  labels: { env: 'ci' },
  actsFor: [],
  method: 'bearer',
};
export const ANN: Person = { email: 'ann@example.com', groups: ['security'] };
export const BOB: Person = { email: 'bob@example.com', groups: ['security'] };

const text = new TextEncoder();

export function theCall(body = 'a=1'): Call {
  const bytes = text.encode(body);
  return {
    method: 'POST',
    upstream: 'api',
    scheme: 'http',
    host: 'api.test',
    path: '/things',
    query: undefined,
    headers: ['Content-Type', 'text/plain'],
    body: { state: 'whole', bytes, decoded: bytes },
  };
}

export const TERMS: HoldTerms = {
  quorums: [{ rule: 'writes', approvals: 1, from: ['group:security'] }],
  risk: 'medium',
  expires: 900_000,
  wait: 55_000,
  denyMemory: 900_000,
  replayWindow: 600_000,
  onAbsent: 'wait',
};

export function holds(terms: Partial<HoldTerms> = {}): Decision {
  return {
    effect: 'hold',
    reason: 'rule',
    rules: ['writes'],
    detail: 'Writes need a second pair of eyes',
    hold: { ...TERMS, ...terms },
    websocket: false,
    policyDigest: 'p'.repeat(64),
  };
}

export type Send = (sink: ResponseSink) => Promise<SendOutcome>;

/** A complete 200 whose body is `body`. */
export function answers(body = 'ok', status = 200): Send {
  return async (sink) => {
    sink.head(status, ['Content-Length', String(body.length)]);
    await sink.data(text.encode(body));
    return { outcome: 'complete', status };
  };
}

export interface FakeUpstream {
  /** Approval ids whose call was sent, in order. */
  readonly sent: string[];
  /** Body bytes that were sent. */
  readonly bodies: string[];
  prepare: (() => Promise<PrepareOutcome>) | undefined;
  send: Send;
  abandoned: number;
}

export interface WaitingAgent {
  /** What the agent reads: `kind`, or `live` for a streamed response; undefined while it waits. */
  readonly heard: () => string | undefined;
  readonly answer: () => HoldAnswer | undefined;
  /** Body bytes received, live or replayed. */
  readonly body: () => string;
  readonly complete: () => boolean;
  readonly broken: () => boolean;
  hangUp(): void;
}

export interface World {
  readonly clock: ManualClock;
  readonly disk: MemoryDisk;
  readonly gate: Gate;
  readonly deps: GateDeps;
  readonly upstream: FakeUpstream;
  readonly entries: AuditEntry[];
  /** Messages of `store:failed`. */
  readonly failures: string[];
  readonly people: Map<string, Person>;
  /** What the current policy says; undefined: no longer served. */
  policy: Decision | undefined;
  open(decision?: Decision, body?: string, agent?: Agent): Promise<OpenResult>;
  /** `signer`: the access key of this connection. */
  wait(approval: Approval, ms?: number, signer?: string): WaitingAgent;
  /** Opens (or joins) and waits: what the proxy does for one connection. */
  ask(options?: {
    readonly decision?: Decision;
    readonly body?: string;
    readonly wait?: number;
  }): Promise<{ readonly approval: Approval; readonly agent: WaitingAgent }>;
  vote(approval: Approval, vote?: 'approve' | 'deny', person?: Person): Promise<VoteOutcome>;
  load(id: string): Promise<Approval>;
  log(id: string): readonly ApprovalEvent['type'][];
}

let ids = 0;

/** Lets everything run that is not waiting for the clock. */
export async function quiet(): Promise<void> {
  for (let turn = 0; turn < 12; turn++) await new Promise((resolve) => setImmediate(resolve));
}

export const plainSealer: Sealer = {
  seal: (plain, context) =>
    Buffer.concat([Buffer.from(sha256(`${context}\n${Buffer.from(plain).toString('hex')}`)), plain]),
  open(sealed, context) {
    const plain = sealed.subarray(64);
    const sum = Buffer.from(sealed.subarray(0, 64)).toString();
    if (sum !== sha256(`${context}\n${Buffer.from(plain).toString('hex')}`)) throw new Error('changed');
    return Uint8Array.from(plain);
  },
};

const seal = (payload: Uint8Array, typ: string): string => sha256(`key ${typ} ${Buffer.from(payload).toString('hex')}`);

const plainSigner: Signer = {
  keyId: 'key',
  sign: async (payload, typ) => `${Buffer.from(payload).toString('base64url')}.${seal(payload, typ)}`,
  async verify(jws, typ) {
    const [body = '', mac] = jws.split('.');
    const payload = Buffer.from(body, 'base64url');
    return mac === seal(payload, typ) ? payload : undefined;
  },
  publicKeys: () => [],
};

function fakeAgent(): { readonly agent: WaitingAgent; readonly held: Parameters<Gate['wait']>[1]; hold?: Hold } {
  let answer: HoldAnswer | undefined;
  let live = false;
  let gone = false;
  let complete = false;
  let broken = false;
  let body = '';
  const made: ReturnType<typeof fakeAgent> = {
    agent: {
      heard: () => (live ? 'live' : answer?.kind),
      answer: () => answer,
      body: () => body,
      complete: () => complete,
      broken: () => broken,
      hangUp() {
        gone = true;
        made.hold?.gone();
      },
    },
    held: {
      sink: {
        head: () => void (live = true),
        data: (chunk) => void (gone || (body += Buffer.from(chunk).toString())),
        end: async () => (complete = !gone),
        fail: () => void (broken = true),
      },
      async answer(given) {
        if (answer || live) throw new Error('answered twice');
        answer = given;
        if (given.kind === 'replay' && !gone) body = Buffer.from(given.response.body).toString();
        return (complete = !gone);
      },
    },
  };
  return made;
}

export interface WorldOptions {
  /** What the audit log of an earlier life knows. */
  readonly logged?: ReadonlyMap<string, { readonly sent: boolean; readonly denied: boolean }>;
  readonly disk?: MemoryDisk;
  readonly clock?: ManualClock;
  readonly replica?: string;
  readonly upstream?: FakeUpstream;
  readonly limits?: Partial<GateDeps['limits']>;
  /** Puts something around the ports. */
  readonly around?: (deps: GateDeps) => GateDeps;
}

const fakeUpstream = (): FakeUpstream => ({ sent: [], bodies: [], prepare: undefined, send: answers(), abandoned: 0 });

function dispatcherOf(upstream: FakeUpstream): Dispatcher {
  return {
    prepare: async (grant, call) =>
      upstream.prepare?.() ?? {
        outcome: 'prepared',
        prepared: {
          send(sink) {
            upstream.sent.push(grant.approvalId);
            upstream.bodies.push(Buffer.from(call.body.state === 'whole' ? call.body.bytes : []).toString());
            return upstream.send(sink);
          },
          abandon: () => void upstream.abandoned++,
        },
      },
  };
}

export function createWorld(options: WorldOptions = {}): World {
  const {
    clock = createManualClock(),
    disk = createMemoryDisk(),
    replica = 'one',
    upstream = fakeUpstream(),
  } = options;
  const entries: AuditEntry[] = [];
  const failures: string[] = [];
  const people = new Map([ANN, BOB].map((person) => [person.email, person]));
  const bus = createEventBus();
  bus.on('store:failed', ({ operation, error }) => failures.push(`${operation}: ${error}`));
  const plain: GateDeps = {
    store: createMemoryStore(clock, disk),
    records: createMemoryRecords(clock, disk.records),
    agentKeys: createMemoryAgentKeys(disk.keys),
    audit: {
      routine: (entry) => entries.push(entry) > 0,
      durable: async (entry) => void entries.push(entry),
      close: async () => undefined,
    },
    signer: plainSigner,
    sealer: plainSealer,
    dispatcher: dispatcherOf(upstream),
    clock,
    ids: { next: (prefix) => `${prefix}_${replica}${ids++}` },
    bus,
    people: { person: (id) => people.get(id) },
    offHours: () => undefined,
    decideAgain: () => world.policy,
    logged: () => Promise.resolve(options.logged ?? new Map()),
    decodeBody: (_headers, bytes) => ({ state: 'whole', bytes, decoded: bytes }),
    credentialKind: () => 'static',
    replica,
    limits: { openPerAgent: 25, open: 100, replayBody: 64, ...options.limits },
  };
  const deps = options.around?.(plain) ?? plain;
  const gate = createGate(deps, setImmediate);
  const world: World = {
    clock,
    disk,
    gate,
    deps,
    upstream,
    entries,
    failures,
    people,
    policy: holds(),
    open: (decision = holds(), body, agent = AGENT) =>
      gate.open({
        call: theCall(body),
        agent,
        source: '127.0.0.1',
        decision,
        decisionId: 'dec_1',
        actions: [],
        justification: undefined,
      }),
    wait(approval, ms = 55_000, signer) {
      const made = fakeAgent();
      made.hold = gate.wait(approval, { ...made.held, signer }, ms);
      return made.agent;
    },
    async ask({ decision, body, wait } = {}) {
      const opened = await world.open(decision, body);
      if (opened.outcome !== 'open') throw new Error(opened.outcome);
      const agent = world.wait(opened.approval, wait);
      await quiet();
      return { approval: opened.approval, agent };
    },
    async vote(approval, vote = 'approve', person = ANN) {
      const outcome = await gate.vote({
        approvalId: approval.id,
        person,
        vote,
        reason: 'because',
        digest: approval.opened.digest,
        channel: 'api',
      });
      await quiet();
      return outcome;
    },
    async load(id) {
      const approval = await plain.store.load(id);
      if (!approval) throw new Error(`${id} is not there`);
      return approval;
    },
    log: (id) => (disk.logs.get(id) ?? []).map((event) => event.type),
  };
  return world;
}
