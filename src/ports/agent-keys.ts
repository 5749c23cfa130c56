// The access keys of AWS's shape that were issued to agents: which there are, and which were taken back. INVARIANT: a key is good only
// while its record says so; one that was lost, or a store that does not answer, makes no key good.

export interface AgentKeyRecord {
  /** `HGAK…`, see core/agent-key-id.ts. The secret is kept nowhere: it is derived anew from the id, the agent and a data key. */
  readonly id: string;
  readonly agent: string;
  /** Epoch ms. */
  readonly created: number;
  /** Epoch ms; undefined while it is good. */
  readonly revoked: number | undefined;
}

/** Every method may reject with StoreUnavailable: callers fail closed. */
export interface AgentKeyStore {
  /** Durable when it resolves. */
  add(record: Pick<AgentKeyRecord, 'id' | 'agent' | 'created'>): Promise<void>;
  find(id: string): Promise<AgentKeyRecord | undefined>;
  /** Oldest first. */
  list(): Promise<readonly AgentKeyRecord[]>;
  /** Durable when it resolves; a key that was revoked before keeps its time. Undefined for a key that nobody issued. */
  revoke(id: string, at: number): Promise<AgentKeyRecord | undefined>;
  /** Keys that were revoked and not settled since: calls that wait for people may have been signed with them. */
  unsettled(): Promise<readonly AgentKeyRecord[]>;
  /** Nothing that was signed with this key waits any more. */
  settled(id: string): Promise<void>;
  close(): void;
}
