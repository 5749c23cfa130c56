// Who is in which group, as something beside the configuration knows it.

export interface GroupAnswer {
  readonly groups: readonly string[];
  /** For the voter: why a group that was to be confirmed does not count. */
  readonly unsure: readonly string[];
}

export interface GroupSource {
  /** Groups of this human (lower-case e-mail), as far as that is believed now; remembered, so that nobody waits. */
  of(email: string): readonly string[];
  /** True for somebody who counts as a person without an entry in `people`. */
  admits?(email: string): boolean;
  /** Brings this human up to date; `groups` are asked for now, and count only if the answer came. Never rejects, settles within 3 s. */
  confirm(email: string, groups: readonly string[]): Promise<GroupAnswer>;
}
