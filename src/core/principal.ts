// Who acts: agents (machines that ask) and people (who vote). The two never share a credential space.

export interface Agent {
  readonly id: string;
  /** E-mail of the human who answers for this agent; never votes on its calls. */
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Humans on whose behalf the agent runs (RFC 8693 `act`, the CI actor); never vote on its calls. */
  readonly actsFor: readonly string[];
  /** How it proved who it is, for the record. */
  readonly method: 'bearer' | 'basic' | 'jwt' | 'aws';
  /** Id of the access key of this gate that signed the call; exactly where `method` is `aws`. */
  readonly accessKey?: string;
}

export interface Person {
  /** Lower-case e-mail: the one identity of a human, whatever the channel. */
  readonly email: string;
  readonly groups: readonly string[];
}

/** Canonical form of a human's id: one human counts once, however an address is spelled. */
export function humanId(email: string): string {
  return email.trim().toLowerCase();
}

/** A person looked at anew, for one vote. */
export interface Confirmed {
  /** With the groups that count for this vote; undefined if they are (no longer) known. */
  readonly person: Person | undefined;
  /** For the voter: why a group that was asked for does not count now. */
  readonly unsure: readonly string[];
}

/** Who is on which side of the table right now; read again at every vote and every claim. */
export interface Directory {
  /** The person with this id, or undefined if they are (no longer) known. */
  person(id: string): Person | undefined;
  /** Looks again at what other replicas may know better, and asks whoever knows the members of `groups`; those that it cannot ask do not
   *  count in this answer. Never rejects, settles within 3 s. Absent where nobody else has a say in who is in which group. */
  confirm?(id: string, groups: readonly string[]): Promise<Confirmed>;
}
