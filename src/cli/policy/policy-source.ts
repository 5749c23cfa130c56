// Where a policy command takes its policies and its surroundings from: `--policies`, `--config`, or ./policies.
import { stat } from 'node:fs/promises';
import { openapiFaults } from '../../actions/openapi/openapi.ts';
import { loadConfig } from '../../config/load.ts';
import { loadPolicySet, type PolicyRefusal, type PolicySetResult } from '../../config/policy-files.ts';
import { knownNames, policyDefaults } from '../../config/policy-inputs.ts';
import { readConfig } from '../../config/schema.ts';
import type { Config } from '../../config/types.ts';
import type { Fault } from '../../core/located-yaml.ts';
import type { PolicyDefaults } from '../../core/policy/ast.ts';
import type { KnownNames } from '../../core/policy/lint-finding.ts';

export interface PolicySourceOptions {
  /** Files or folders; before those of the configuration. */
  readonly paths?: readonly string[] | undefined;
  readonly config?: string | undefined;
}

export interface PolicySource {
  readonly paths: readonly string[];
  readonly config: Config | undefined;
  readonly defaults: PolicyDefaults;
  readonly known: KnownNames | undefined;
}

/** The defaults of a configuration that says nothing. */
export function builtInDefaults(): PolicyDefaults {
  const reading = readConfig({ version: 1 });
  if (!reading.ok) throw new Error('an empty configuration is valid');
  return policyDefaults(reading.source);
}

/** Reads the configuration, if one is named, and says which policies are meant. */
export async function openSource(
  options: PolicySourceOptions,
): Promise<
  { readonly ok: true; readonly source: PolicySource } | { readonly ok: false; readonly faults: readonly Fault[] }
> {
  // Without an environment: whoever reviews a policy, in CI say, does not have the gate's secrets.
  const loaded = options.config === undefined ? undefined : loadConfig(options.config, undefined);
  if (loaded && !loaded.ok) return loaded;
  const faults = openapiFaults(loaded?.config.upstreams ?? []);
  if (faults.length > 0) return { ok: false, faults };
  const config = loaded?.config;
  const named = options.paths !== undefined && options.paths.length > 0 ? options.paths : config?.policies;
  if (!named && !(await exists('policies'))) {
    const message = 'no policies named and no folder `policies` here; give paths or --config';
    return { ok: false, faults: [{ at: 'policies:1:1', message }] };
  }
  const known = config && knownNames(config);
  const defaults = config ? policyDefaults(config) : builtInDefaults();
  return { ok: true, source: { paths: named ?? ['policies'], config, defaults, known } };
}

/** Opens the source and compiles its policies; any fault is a refusal. */
export async function openPolicies(
  options: PolicySourceOptions,
): Promise<
  { readonly ok: true; readonly source: PolicySource; readonly loaded: PolicySetResult & { ok: true } } | PolicyRefusal
> {
  const opened = await openSource(options);
  if (!opened.ok) return { ok: false, kind: 'unreadable', faults: opened.faults };
  const { source } = opened;
  const loaded = await loadPolicySet(source.paths, source.defaults, source.known);
  return loaded.ok ? { ok: true, source, loaded } : loaded;
}

/** `file:line:col: message`, one line each. */
export function faultLines(faults: readonly Fault[]): string {
  return faults.map((fault) => `${fault.at}: ${fault.message}\n`).join('');
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
