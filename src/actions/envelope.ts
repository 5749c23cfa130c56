// APIs that wrap what they are asked in messages of their own (JSON-RPC, GraphQL): what the gate itself needs of such a message, beside
// what it does.

export interface Envelope {
  /** True where several messages came as an array, and their answers have to. */
  readonly batch: boolean;
  /** Of the messages that wait for an answer, in order; undefined for one without an id. */
  readonly ids: readonly (string | number | undefined)[];
  /** Why head and body contradict each other: such a call is refused before anybody decides on it. */
  readonly fault?: string;
  /** Only the hash of a document is sent, and a client of that sort sends the document itself when it is asked to (automatic persisted queries). */
  readonly hashOnly?: boolean;
  /** The agent's own words to the approver. */
  readonly justification?: string;
}
