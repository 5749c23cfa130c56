// The names of everything kept in Redis. INVARIANT: all carry the same hash tag, so that one script may touch them all, in a
// cluster too; the events of an approval are the truth, the rest is found again from them.
import { sha256 } from '../../core/sha256.ts';
import type { Status } from '../../core/approval/state.ts';
import type { BlobKind } from '../../ports/approval-store.ts';

export interface RedisKeys {
  /** Sealed events of one approval, oldest first (list). */
  readonly events: (id: string) => string;
  readonly blob: (id: string, kind: BlobKind) => string;
  /** Counts approvals; what it gives is an approval's place in every list. */
  readonly order: string;
  /** Ids by place: all, those that are not terminal, those of one status, those of one agent. */
  readonly all: string;
  readonly open: string;
  readonly status: (status: Status) => string;
  readonly agent: (agent: string) => string;
  /** Ids of one agent's approvals that are not terminal (set). */
  readonly openOf: (agent: string) => string;
  /** Ids of one agent's approvals by when they were opened, as far back as its rate of held calls looks. */
  readonly heldOf: (agent: string) => string;
  /** The agent of each approval (hash). */
  readonly agents: string;
  /** Ids by expiry, while a sweep may expire them. */
  readonly due: string;
  /** Replica of each approval that is under way (hash). */
  readonly claimed: string;
  /** Terminal approvals without a receipt, by place. */
  readonly unreceipted: string;
  /** Id of the newest approval of this agent's call. */
  readonly current: (agent: string, digest: string) => string;
  /** What changed, for whoever waits (stream of id, version and expiry). */
  readonly changes: string;
  readonly lease: (name: string) => string;
  /** Shared records of one kind by id (hash), those that are due and those that may be forgotten by their time. */
  readonly records: (kind: string) => string;
  readonly recordsDue: (kind: string) => string;
  readonly recordsKept: (kind: string) => string;
  /** Access keys of agents: JSON by id (hash). */
  readonly agentKeys: string;
  /** Those that were revoked and are not settled yet (set). */
  readonly agentKeysUnsettled: string;
  /** What went out within one minute or hour, by its name (hash). */
  readonly usage: (bucket: string) => string;
  /** A known value, sealed: the wrong data key and an emptied store are both noticed by it. */
  readonly mark: string;
  readonly health: string;
}

/** `prefix` without braces; several gates that share nothing can share a server under different ones. */
export function redisKeys(prefix: string): RedisKeys {
  const key = (rest: string): string => `{${prefix}}:${rest}`;
  return {
    events: (id) => key(`e:${id}`),
    blob: (id, kind) => key(`b:${kind}:${id}`),
    order: key('order'),
    all: key('all'),
    open: key('open'),
    status: (status) => key(`s:${status}`),
    agent: (agent) => key(`a:${agent}`),
    openOf: (agent) => key(`o:${agent}`),
    heldOf: (agent) => key(`h:${agent}`),
    agents: key('agents'),
    due: key('due'),
    claimed: key('claimed'),
    unreceipted: key('unreceipted'),
    current: (agent, digest) => key(`c:${sha256(`${agent}\n${digest}`)}`),
    changes: key('changes'),
    lease: (name) => key(`l:${name}`),
    records: (kind) => key(`r:${kind}`),
    recordsDue: (kind) => key(`r-due:${kind}`),
    recordsKept: (kind) => key(`r-kept:${kind}`),
    agentKeys: key('agent-keys'),
    agentKeysUnsettled: key('agent-keys:unsettled'),
    usage: (bucket) => key(`u:${bucket}`),
    mark: key('mark'),
    health: key('health'),
  };
}
