// All checks of `holdgate doctor`, in the order in which their failures should be read.
import { knownActions } from '../../actions/catalogues.ts';
import { openapiFaults } from '../../actions/openapi/openapi.ts';
import { insecureRuntime } from '../../config/insecure-runtime.ts';
import { loadConfig } from '../../config/load.ts';
import { loadPolicySet } from '../../config/policy-files.ts';
import { knownNames, policyDefaults } from '../../config/policy-inputs.ts';
import type { Config } from '../../config/types.ts';
import type { Clock } from '../../ports/clock.ts';
import { createResolver, type Lookup } from '../../proxy/address/resolve.ts';
import { checkAgentKeys } from './agent-keys.ts';
import { type Check, fail, ok, warn } from './check.ts';
import { checkClock } from './clock.ts';
import { checkDataDir, newestChange } from './data-dir.ts';
import { checkKeys } from './keys.ts';
import { checkPort } from './ports.ts';
import { checkStore } from './store.ts';
import { checkUpstreams } from './upstreams.ts';

export interface DoctorInput {
  readonly file: string;
  /** Connect to the upstreams too. */
  readonly connect: boolean;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly execArgv: readonly string[];
  /** `process.versions.node`. */
  readonly node: string;
  readonly clock: Clock;
  readonly lookup?: Lookup;
}

const OLDEST_NODE = 24;

/** Never throws because of what it finds; without a configuration only the runtime is checked. */
export async function runChecks(input: DoctorInput): Promise<Check[]> {
  const start = { wall: input.clock.now(), monotonic: input.clock.monotonic() };
  const loaded = loadConfig(input.file, input.env);
  const checks = [...checkRuntime(input), ...checkConfig(input.file, loaded)];
  if (!loaded.ok) return checks;
  const { config } = loaded;
  checks.push(...(await checkPolicies(config)), ...checkDataDir(config.data_dir));
  checks.push(...(await checkKeys(config, input.clock)), ...(await checkStore(config, input.clock)));
  checks.push(...(await checkAgentKeys(config, input.clock)));
  checks.push(await checkPort('proxy', config.listen.proxy), await checkPort('console', config.listen.console));
  const resolver = createResolver({
    own: [config.listen.proxy, config.listen.console],
    ...(input.lookup ? { lookup: input.lookup } : {}),
  });
  checks.push(...(await checkUpstreams(config, resolver, input.connect)));
  const end = { wall: input.clock.now(), monotonic: input.clock.monotonic() };
  checks.push(checkClock({ start, end, newest: newestChange(config.data_dir) }));
  return checks;
}

function checkRuntime({ node, execArgv, env }: DoctorInput): Check[] {
  const remedy = 'holdgate serve refuses to start like this';
  const insecure = insecureRuntime(execArgv, env).map((why) => fail('node flags', why, remedy));
  const major = Number(node.split('.')[0]);
  return [
    major >= OLDEST_NODE
      ? ok('node', `version ${node}`)
      : fail('node', `version ${node}`, `install Node ${OLDEST_NODE} or newer`),
    ...(insecure.length > 0 ? insecure : [ok('node flags', 'HTTP parsing is strict, certificates are verified')]),
  ];
}

function checkConfig(file: string, loaded: ReturnType<typeof loadConfig>): Check[] {
  const faults = loaded.ok ? openapiFaults(loaded.config.upstreams) : loaded.faults;
  if (!loaded.ok || faults.length > 0) {
    return faults.map(({ at, message }) => fail('configuration', `${at}: ${message}`, 'see docs/configuration.md'));
  }
  const warnings = loaded.warnings.map(({ at, message }) =>
    warn('configuration', `${at}: ${message}`, 'see docs/configuration.md'),
  );
  return warnings.length > 0 ? warnings : [ok('configuration', `${file} is valid`)];
}

async function checkPolicies(config: Config): Promise<Check[]> {
  const known = { ...knownNames(config), actions: knownActions(true, config.upstreams) };
  const result = await loadPolicySet(config.policies, policyDefaults(config), known);
  const remedy = 'see holdgate policy check';
  if (!result.ok) return result.faults.map(({ at, message }) => fail('policies', `${at}: ${message}`, remedy));
  const warnings = result.warnings.map(({ at, message }) => warn('policies', `${at}: ${message}`, remedy));
  const { ruleCount, digest } = result.set;
  return [
    ok(
      'policies',
      `${ruleCount} ${ruleCount === 1 ? 'rule' : 'rules'} in ${result.files.length} ${result.files.length === 1 ? 'file' : 'files'}, digest ${digest.slice(0, 12)}`,
    ),
    ...warnings,
  ];
}
