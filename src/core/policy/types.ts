// The words of policy decisions. A decision always carries its why.
import type { Action } from '../action.ts';
import type { Call } from '../call.ts';
import type { Agent } from '../principal.ts';
import type { UsageOf } from './when-usage.ts';

export type Effect = 'allow' | 'hold' | 'deny';
export type Mode = 'enforce' | 'observe';
export type Risk = 'low' | 'medium' | 'high' | 'critical';

/** Why a decision came out as it did (closed list; also a metric label and part of every refusal). */
export type DecisionReason =
  | 'rule' // a rule matched for certain
  | 'default' // no rule matched
  | 'ambiguous' // a hold/deny rule matched only under some reading of the call
  | 'unreadable-body' // a rule needs the body and the body cannot be read whole
  | 'evaluation-error'; // a criterion failed to evaluate

/** One rule's demand: so many distinct humans out of these. */
export interface Quorum {
  readonly rule: string;
  readonly approvals: number;
  /** `group:x`, `oncall:x` or an e-mail; empty = everyone in people. */
  readonly from: readonly string[];
  /** Who may vote as well once nobody has decided for that long. */
  readonly escalate?: Escalation;
}

export interface Escalation {
  /** ms after the approval was opened. */
  readonly after: number;
  /** As {@link Quorum.from}; never empty. */
  readonly to: readonly string[];
}

/** What a grant lets through without asking again: exactly the same call; the same actions on the same resources; the same actions. */
export type GrantCovers = 'call' | 'targets' | 'actions';

/** What people may grant with their approval: that what it covers is not asked again for so long and so often. */
export interface GrantOffer {
  /** ms, from the deciding vote on; at most a day. */
  readonly for: number;
  readonly uses: number;
  readonly covers: GrantCovers;
}

export type OnAbsent = 'wait' | 'execute' | 'cancel';

/** What a hold asks for; several hold rules merge to the strictest of each (core/policy/hold-terms.ts). All times in ms. */
export interface HoldTerms {
  readonly quorums: readonly Quorum[];
  readonly risk: Risk;
  readonly expires: number;
  readonly wait: number;
  readonly denyMemory: number;
  readonly replayWindow: number;
  readonly onAbsent: OnAbsent;
  /** Where it is shown, `slack:…`, `teams:…`, `webhook:…`; absent: where holdgate.yaml says. Never empty. */
  readonly notify?: readonly string[];
  /** ms after which those who may vote are reminded. */
  readonly nudge?: number;
  /** Absent: every call is asked. Never with the risk `critical`. */
  readonly grant?: GrantOffer;
}

export interface Decision {
  readonly effect: Effect;
  readonly reason: DecisionReason;
  /** Ids of the rules that made the effect (the strictest ones that matched); empty for the default. */
  readonly rules: readonly string[];
  /** Human words of the deciding rule: its description, or why the default applied. Safe for the agent. */
  readonly detail: string;
  /** Present exactly when the effect is `hold`. */
  readonly hold?: HoldTerms;
  /** What observe rules would have made of it: recorded, never enforced. */
  readonly observed?: { readonly effect: Effect; readonly rules: readonly string[] };
  /** True where a deciding rule says `websocket: true`: an Upgrade may be tunnelled. */
  readonly websocket: boolean;
  /** sha256 (hex) over the canonical form of the policy set that decided. */
  readonly policyDigest: string;
}

/** What policy reads besides the call itself. */
export interface DecisionContext {
  readonly agent: Agent;
  /** The agent's address as the socket says, without zone. */
  readonly source: string;
  /** Epoch ms. */
  readonly now: number;
  /** What recognisers made of the call; asked for at most once and only if a candidate rule needs it. */
  readonly actions: () => readonly Action[];
  /** True where recognisers can tell the actions only with the body; asked before `actions` while the body is unread. */
  readonly actionsNeedBody?: () => boolean;
  /** What went out to agents; without it, usage is not known. */
  readonly usage?: UsageOf | undefined;
}

/** A compiled, immutable policy set. Pure and synchronous; never throws: an error inside is the strictest reading. */
export interface PolicySet {
  readonly digest: string;
  readonly ruleCount: number;
  /** `needs-body` only while `call.body.state` is `unread` and a candidate rule depends on the body. */
  decide(call: Call, context: DecisionContext): Decision | 'needs-body';
}
