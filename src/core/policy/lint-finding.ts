// What linting a set of policies takes and gives.
import type { QuietTime } from '../attention.ts';

export interface Finding {
  /** Errors stop `policy check` and the start; warnings do not. */
  readonly severity: 'error' | 'warning';
  readonly code:
    | 'unknown-name'
    | 'unmatched-name'
    | 'unknown-action'
    | 'unchecked-name'
    | 'never-matches'
    | 'shadowed'
    | 'broad-allow'
    | 'no-owner'
    | 'no-description'
    | 'duplicate-id'
    | 'quorum-impossible'
    | 'ends-unseen';
  /** `file:line:col`. */
  readonly at: string;
  readonly rule: string | undefined;
  readonly message: string;
}

/** Without level and tags, nothing is said of a rule that asks for them. */
export interface ListedAction {
  readonly name: string;
  readonly level?: string;
  readonly tags?: readonly string[];
}

/** The actions of one provider, as far as they can be listed; `*` in a name is what calls fill in. */
export interface ActionCatalogue {
  readonly provider: string;
  /** True: what is not listed does not exist. */
  readonly complete: boolean;
  /** The configuration could have such actions, and has none. */
  readonly empty?: boolean;
  /** The entries whose names begin with a text, reading no more data than that needs. */
  below(prefix: string): Iterable<ListedAction>;
}

export interface KnownActions {
  readonly catalogues: readonly ActionCatalogue[];
  /** False where time matters (a gate at work): globs that could only be checked against all of a large provider are not. */
  readonly whole: boolean;
  /** Providers whose actions stand in the configuration, where none is at hand. */
  readonly elsewhere?: readonly string[];
}

/** What the configuration knows. A list that is left out is not checked against. */
export interface KnownNames {
  readonly upstreams?: readonly string[];
  /** Leave out where agents also come from token issuers: then ids are not known beforehand. */
  readonly agents?: readonly string[];
  /** Ids of upstreams that have a `boundary`. */
  readonly bounded?: readonly string[];
  /** Labels of datasets, and the ids of upstreams, which are labels of their own. */
  readonly datasets?: readonly string[];
  readonly people?: readonly { readonly email: string; readonly groups: readonly string[] }[];
  /** Groups whose members an identity provider or a channel knows. */
  readonly groupsElsewhere?: readonly string[];
  /** True where people need no entry in `people`. */
  readonly peopleElsewhere?: boolean;
  readonly actions?: KnownActions;
  /** Names of on-call schedules. */
  readonly onCall?: readonly string[];
  /** Why an approval cannot be shown at a place (`webhook:ops`); undefined where it can. */
  readonly placeFault?: (place: string) => string | undefined;
  /** Quorum, approvers and expiry (ms) of holds that name none (`hold:` in holdgate.yaml). */
  readonly hold?: { readonly approvals: number; readonly from: readonly string[]; readonly expires?: number };
  readonly quiet?: readonly QuietTime[];
}
