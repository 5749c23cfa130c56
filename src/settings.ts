// What the gate and the agents' port take from the configuration.
import type { Actions } from './actions/registry.ts';
import type { Config } from './config/types.ts';
import type { Directory } from './core/principal.ts';
import { createOffHours } from './core/risk/off-hours.ts';
import type { WorkerPlace } from './data-dir.ts';
import type { GateDeps } from './gate/deps.ts';
import type { LivePolicy } from './live-policy.ts';
import type { Clock } from './ports/clock.ts';
import type { ProxyDeps } from './proxy/proxy-deps.ts';
import type { UsageOf } from './core/policy/when-usage.ts';

/** What the gate needs to know of the configuration. */
export function gateSettings(
  config: Config,
  clock: Clock,
  policy: LivePolicy,
  actions: Actions,
  usage: UsageOf,
  people: Directory,
): Pick<GateDeps, 'people' | 'offHours' | 'credentialKind' | 'limits' | 'decideAgain'> {
  const upstreams = new Map(config.upstreams.map((upstream) => [upstream.id, upstream]));
  const caps = new Map(config.agents.map(({ id, max_open: open, max_held: held }) => [id, { open, held }]));
  return {
    people,
    offHours: createOffHours(config.working_hours),
    credentialKind: (upstream) => (upstreams.get(upstream)?.credential ? 'static' : undefined),
    limits: {
      openPerAgent: config.hold.max_open_per_agent,
      heldPerAgent: config.hold.max_held_per_agent,
      ofAgent: (id) => caps.get(id) ?? {},
      open: config.hold.max_open,
      replayBody: config.limits.replay_body,
    },
    decideAgain(call, agent, source) {
      if (!isServed(config, agent.id) || !upstreams.has(call.upstream)) return undefined;
      const now = clock.now();
      const decision = policy.current().decide(call, {
        agent,
        source,
        now,
        actions: () => actions.recognise(call),
        usage,
      });
      return decision === 'needs-body' ? undefined : decision;
    },
  };
}

/** A gate that no agent can sign calls for asks nobody about revoked keys: it keeps no connection for them. */
export function keysForGate(
  { upstreams }: Pick<Config, 'upstreams'>,
  keys: GateDeps['agentKeys'],
): GateDeps['agentKeys'] {
  return upstreams.some(({ credential }) => credential?.aws) ? keys : { ...keys, unsettled: async () => [] };
}

/** What the agents' port needs to know of the configuration. */
export function proxySettings(
  config: Config,
  worker: WorkerPlace | undefined,
): Pick<ProxyDeps, 'upstreams' | 'limits' | 'maxWait' | 'agentWait' | 'defaultWait' | 'denyMemory' | 'consoleUrl'> {
  const waits = new Map(config.agents.map((agent) => [agent.id, agent.wait]));
  const { limits, hold } = config;
  return {
    upstreams: config.upstreams,
    limits: {
      inspectBody: limits.inspect_body,
      holdBody: limits.hold_body,
      signedBody: limits.signed_body,
      headers: limits.headers,
      connections: shareOf(limits.connections, worker),
      headersTimeout: limits.headers_timeout,
      bodyTimeout: limits.body_timeout,
    },
    maxWait: hold.max_wait,
    agentWait: (id) => waits.get(id),
    defaultWait: hold.wait,
    denyMemory: hold.deny_memory,
    consoleUrl: config.public_url,
  };
}

/** One worker's share of what all together may have. */
export const shareOf = (total: number, worker: WorkerPlace | undefined): number => Math.ceil(total / (worker?.of ?? 1));

/** Agents that were taken out of the configuration or disabled are no longer served; tokens of issuers speak for themselves. */
function isServed(config: Config, agentId: string): boolean {
  const known = config.agents.find((agent) => agent.id === agentId);
  return known ? !known.disabled : config.issuers.length > 0;
}
