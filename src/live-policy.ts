// The policy set in force: loaded at start, swapped whole when the files change, kept when the new files are broken.
import { knownActions } from './actions/catalogues.ts';
import type { PolicyFile, PolicyDefaults } from './core/policy/ast.ts';
import type { Upstream } from './core/upstream.ts';
import type { Finding, KnownNames } from './core/policy/lint.ts';
import type { PolicySet } from './core/policy/types.ts';
import { loadPolicySet } from './config/policy-files.ts';
import { watchPolicies } from './config/policy-watch.ts';
import type { Fault } from './core/located-yaml.ts';
import type { Clock } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';

export interface LivePolicy {
  current(): PolicySet;
  /** Rules that hold calls, in words. */
  holding(): readonly { readonly rule: string; readonly description: string }[];
  /** Looks at the files now (SIGHUP). */
  reload(): Promise<void>;
  close(): void;
}

export interface LivePolicyOptions {
  readonly paths: readonly string[];
  readonly defaults: PolicyDefaults;
  readonly known: KnownNames;
  /** Those of the configuration, for what their documents describe. */
  readonly upstreams: readonly Upstream[];
  readonly clock: Clock;
  readonly bus: EventBus;
}

export type LivePolicyResult =
  | { readonly ok: true; readonly policy: LivePolicy }
  | { readonly ok: false; readonly faults: readonly Fault[] };

function holdingRules(files: readonly PolicyFile[]): { rule: string; description: string }[] {
  return files
    .flatMap((file) => file.rules)
    .filter((rule) => rule.effect === 'hold' && rule.mode === 'enforce' && rule.description !== undefined)
    .map((rule) => ({ rule: rule.id, description: rule.description ?? '' }));
}

/** A broken or empty set at the start refuses to start; later it leaves the last good one in force and says so. */
export async function startLivePolicy(options: LivePolicyOptions): Promise<LivePolicyResult> {
  const { paths, defaults, clock, bus } = options;
  const known = { ...options.known, actions: knownActions(false, options.upstreams) };
  const first = await loadPolicySet(paths, defaults, known);
  if (!first.ok) return first;
  let { set } = first;
  let holding = holdingRules(first.files);
  let rejected = false;
  const loaded = (findings: readonly Finding[]): void => {
    const warnings = findings
      .filter(({ code }) => code === 'unknown-action')
      .map(({ at, message }) => `${at}: ${message}`);
    bus.emit('policy:loaded', { digest: set.digest, rules: set.ruleCount, ...(warnings.length > 0 && { warnings }) });
  };
  loaded(first.warnings);

  const load = async (): Promise<void> => {
    const next = await loadPolicySet(paths, defaults, known);
    if (!next.ok) {
      rejected = true;
      bus.emit('policy:rejected', { errors: next.faults.map(({ at, message }) => `${at}: ${message}`) });
      return;
    }
    // The set in force, put back after a broken one: worth a line, or the last word would be the rejection.
    if (next.set.digest === set.digest && !rejected) return;
    rejected = false;
    set = next.set;
    holding = holdingRules(next.files);
    loaded(next.warnings);
  };
  // One load at a time, and one more if the files changed meanwhile: the last look is always at the newest files.
  let loading: Promise<void> = Promise.resolve();
  const reload = (): Promise<void> => (loading = loading.then(load));
  const watch = await watchPolicies({
    paths,
    after: (ms, callback) => clock.after(ms, callback),
    onChange: () => void reload(),
  });
  // The files may have changed between the first reading and the watch's first listing.
  await reload();
  return {
    ok: true,
    policy: { current: () => set, holding: () => holding, reload, close: () => watch.close() },
  };
}
