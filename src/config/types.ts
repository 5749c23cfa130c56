// The validated configuration as the rest of the product sees it: durations in ms, sizes in bytes, defaults filled in.
import type { TimeWindow } from '../core/policy/ast.ts';
import type { OnAbsent } from '../core/policy/types.ts';
import type { OnCallSettings } from '../core/on-call-settings.ts';
import type { ChannelSettings } from '../core/channel-settings.ts';
import type { SignInIssuer } from '../core/sign-in-settings.ts';
import type { AttentionSettings, Rate } from '../core/attention.ts';
import type { RedisSettings } from '../core/redis-settings.ts';
import type { Upstream } from '../core/upstream.ts';

export interface Address {
  readonly host: string;
  readonly port: number;
}

/** sha256 (lower-case hex) of an `hg_…` credential; the credential itself is stored nowhere. */
export interface BearerHash {
  readonly bearer_sha256: string;
}

export interface AgentConfig {
  readonly id: string;
  readonly owner: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly acts_for: readonly string[];
  readonly credentials: readonly BearerHash[];
  /** ms; overrides `hold.wait` for this agent. */
  readonly wait: number | undefined;
  /** Overrides `hold.max_open_per_agent` for this agent. */
  readonly max_open: number | undefined;
  /** Overrides `hold.max_held_per_agent` for this agent. */
  readonly max_held: Rate | 'none' | undefined;
  readonly disabled: boolean;
}

export interface PersonConfig {
  readonly email: string;
  readonly groups: readonly string[];
  readonly credentials: readonly BearerHash[];
}

export interface JwtIssuerConfig {
  readonly issuer: string;
  readonly audience: string;
  readonly algorithms: readonly string[];
  readonly jwks_uri: string | undefined;
  /** A JWKS file instead of a URI. */
  readonly jwks_file: string | undefined;
  readonly claims: {
    readonly id: string;
    readonly owner: string | undefined;
    readonly acts_for: string | undefined;
    readonly labels: Readonly<Record<string, string>>;
  };
  /** Owner of agents whose token names none. */
  readonly owner: string | undefined;
}

export interface HoldDefaults {
  readonly approvals: number;
  readonly from: readonly string[];
  readonly wait: number;
  readonly expires: number;
  readonly deny_memory: number;
  readonly replay_window: number;
  readonly max_open_per_agent: number;
  readonly max_open: number;
  /** Undefined: any number. */
  readonly max_held_per_agent: Rate | undefined;
  /** Upper bound for `Prefer: wait=N`, ms. */
  readonly max_wait: number;
  readonly on_absent: OnAbsent;
  /** ms. */
  readonly nudge: number;
}

export interface Config {
  readonly listen: { readonly proxy: Address; readonly console: Address };
  /** `sqlite`, or the Redis that replicas share. */
  readonly store: 'sqlite' | RedisSettings;
  /** Absolute. */
  readonly data_dir: string;
  /** Processes that serve; `auto`: one per core. */
  readonly workers: number | 'auto';
  /** Keys that replicas share, mounted at an absolute folder; without it the gate has its own below `data_dir`. */
  readonly keys: { readonly dir: string } | undefined;
  /** Absolute files or folders. */
  readonly policies: readonly string[];
  readonly default: 'allow' | 'hold' | 'deny';
  readonly hold: HoldDefaults;
  /** Bytes, except counts and the times in ms. */
  readonly limits: {
    readonly inspect_body: number;
    /** Largest body of a call that is held. */
    readonly hold_body: number;
    /** Largest body that is read to verify an agent's signature. */
    readonly signed_body: number;
    /** Largest response kept for replay. */
    readonly replay_body: number;
    readonly headers: number;
    readonly connections: number;
    readonly headers_timeout: number;
    readonly body_timeout: number;
  };
  readonly agents: readonly AgentConfig[];
  readonly issuers: readonly JwtIssuerConfig[];
  readonly people: readonly PersonConfig[];
  /** Identity providers of people. */
  readonly sign_in: readonly SignInIssuer[];
  readonly on_call: readonly OnCallSettings[];
  readonly channels: ChannelSettings;
  readonly attention: AttentionSettings;
  /** Empty: any time is as good as another. */
  readonly working_hours: readonly TimeWindow[];
  readonly upstreams: readonly Upstream[];
  readonly log: { readonly level: 'debug' | 'info' | 'warn' | 'error' | 'silent' };
  /** Base URL of the console as people reach it; used in `approval_url`. */
  readonly public_url: string | undefined;
}
