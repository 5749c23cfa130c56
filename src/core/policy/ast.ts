// A parsed policy file: validated, with lists made uniform and positions kept. Parsing makes it, compiling reads it.
import type { BoundaryPlace } from '../action.ts';
import type { Effect, Escalation, GrantCovers, Mode, OnAbsent, Risk } from './types.ts';

/** A value in `body`, `query`, `header`: a glob for strings, exact for anything else. */
export type Scalar = string | number | boolean | null;

/** `days` 1–7 = Monday–Sunday; minutes since midnight in `zone`; `from` > `to` runs over midnight. */
export interface TimeWindow {
  readonly days: readonly number[];
  readonly from: number;
  readonly to: number;
  /** IANA zone name. */
  readonly zone: string;
}

/** A conjunction: every criterion present must match; each list means "any of these". */
export interface Block {
  readonly agent?: readonly string[];
  readonly owner?: readonly string[];
  readonly labels?: Readonly<Record<string, readonly string[]>>;
  readonly upstream?: readonly string[];
  readonly host?: readonly string[];
  readonly method?: readonly string[];
  readonly path?: readonly string[];
  readonly query?: Readonly<Record<string, readonly Scalar[]>>;
  /** Names lower-case. */
  readonly header?: Readonly<Record<string, readonly Scalar[]>>;
  readonly body?: {
    readonly form?: Readonly<Record<string, readonly Scalar[]>>;
    /** JSON pointers (RFC 6901). */
    readonly json?: Readonly<Record<string, readonly Scalar[]>>;
  };
  readonly action?: readonly string[];
  readonly level?: readonly string[];
  readonly tags?: readonly string[];
  readonly resource?: Readonly<Record<string, readonly string[]>>;
  readonly boundary?: readonly BoundaryPlace[];
  readonly time?: readonly TimeWindow[];
  /** CIDRs. */
  readonly source?: readonly string[];
  /** CEL source. */
  readonly when?: string;
}

/** What a rule says about its hold; what it leaves out comes from `hold:` in holdgate.yaml. Times in ms. */
export interface RuleHold {
  readonly approvals?: number;
  readonly from?: readonly string[];
  readonly expires?: number;
  readonly wait?: number;
  readonly deny_memory?: number;
  readonly replay_window?: number;
  readonly on_absent?: OnAbsent;
  readonly escalate?: Escalation;
  readonly notify?: readonly string[];
  readonly nudge?: number;
  readonly grant?: { readonly for: number; readonly uses?: number; readonly covers?: GrantCovers };
}

export interface Rule {
  readonly id: string;
  readonly description: string | undefined;
  /** `file:line:col` of the rule. */
  readonly at: string;
  /** Any of these blocks; never empty (an empty block matches every call). */
  readonly match: readonly Block[];
  /** None of these blocks; may be empty. */
  readonly except: readonly Block[];
  /** CEL source; a further criterion of every match block. */
  readonly when: string | undefined;
  readonly effect: Effect;
  readonly mode: Mode;
  readonly hold: RuleHold | undefined;
  readonly risk: Risk | undefined;
  readonly websocket: boolean;
}

export interface PolicyFile {
  readonly file: string;
  readonly name: string;
  readonly owner: string | undefined;
  readonly rules: readonly Rule[];
  /** `file:line:col` of what stands at a path like `['rules', 0, 'match', 0, 'action', 1]`, lists left out where the file has one value. */
  readonly locate?: (path: readonly (string | number)[]) => string;
}

/** What holdgate.yaml says where rules are silent. Times in ms. */
export interface PolicyDefaults {
  readonly effect: Effect;
  readonly approvals: number;
  readonly from: readonly string[];
  readonly expires: number;
  readonly wait: number;
  readonly denyMemory: number;
  readonly replayWindow: number;
  readonly onAbsent: OnAbsent;
  /** Absent: nobody is reminded. */
  readonly nudge?: number;
}
