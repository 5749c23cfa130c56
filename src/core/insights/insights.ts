// How people dealt with approvals within a window: what the API answers and the command line shows. Times in ms.

/** Of approvals that were opened within the window, without those that a grant approved: nobody was asked about them. */
export interface Figures {
  readonly opened: number;
  readonly approved: number;
  /** Also where somebody took an approval back before the call ran. */
  readonly denied: number;
  /** Ended without anybody's decision. */
  readonly expired: number;
  /** Ended otherwise without a decision: cancelled, or void. */
  readonly other: number;
  /** Still to be decided. */
  readonly pending: number;
  readonly escalated: number;
  /** Of those that were decided; null where none was. */
  readonly approve_rate: number | null;
  readonly median_ms: number | null;
  readonly p95_ms: number | null;
  /** Share of the decided ones that were decided within 5 s. */
  readonly under_5s: number | null;
}

export interface ApproverFigures {
  /** E-mail address. */
  readonly by: string;
  readonly votes: number;
  readonly approved: number;
  readonly denied: number;
  /** From opening to this person's vote. */
  readonly median_ms: number;
  readonly under_5s: number;
}

export interface AgentFigures {
  readonly agent: string;
  /** Approvals that were opened for it and that people were asked about. */
  readonly held: number;
  /** Messages that were put off because it asked too much; whole days (UTC). */
  readonly put_off: number;
}

export interface Suggestion {
  readonly rule: string;
  readonly approved: number;
  readonly text: string;
}

export interface Insights {
  /** As it was asked for. */
  readonly window: string;
  readonly since: string;
  /** Approvals that were read, also those that a grant approved; with `cut` there are more, older ones. */
  readonly read: number;
  readonly cut: boolean;
  readonly total: Figures;
  /** Most opened first; an approval counts under each rule that held it. */
  readonly rules: readonly (Figures & { readonly rule: string })[];
  /** From critical to low. */
  readonly risks: readonly (Figures & { readonly risk: string })[];
  /** Most votes first. */
  readonly approvers: readonly ApproverFigures[];
  /** Most held first. */
  readonly agents: readonly AgentFigures[];
  readonly suggestions: readonly Suggestion[];
}
