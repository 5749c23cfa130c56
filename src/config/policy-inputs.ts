// What the policy set takes from the configuration: the defaults of rules that hold, and the names that rules may use.
import type { PolicyDefaults } from '../core/policy/ast.ts';
import type { KnownNames } from '../core/policy/lint.ts';
import { groupsElsewhere } from './sign-in-settings.ts';
import { placeFault } from './channel-settings.ts';
import type { Config } from './types.ts';

/** `default` and `hold` of the configuration, as rules inherit them. */
export function policyDefaults({
  default: effect,
  hold,
}: Pick<Config, 'default'> & { readonly hold: Omit<Config['hold'], 'max_held_per_agent'> }): PolicyDefaults {
  return {
    effect,
    approvals: hold.approvals,
    from: hold.from,
    expires: hold.expires,
    wait: hold.wait,
    denyMemory: hold.deny_memory,
    replayWindow: hold.replay_window,
    onAbsent: hold.on_absent,
    nudge: hold.nudge,
  };
}

/** Names that make a rule's mistake certain. Ids of agents only where no token issuer brings others. */
export function knownNames(
  config: Pick<
    Config,
    'upstreams' | 'agents' | 'issuers' | 'people' | 'hold' | 'channels' | 'on_call' | 'sign_in' | 'attention'
  >,
): KnownNames {
  return {
    placeFault: (place) => placeFault(place, config.channels),
    upstreams: config.upstreams.map(({ id }) => id),
    datasets: [
      ...new Set(config.upstreams.flatMap(({ id, datasets = [] }) => [id, ...datasets.map(({ label }) => label)])),
    ],
    bounded: config.upstreams.flatMap(({ id, boundary }) => (boundary ? [id] : [])),
    ...(config.issuers.length === 0 ? { agents: config.agents.map(({ id }) => id) } : {}),
    people: config.people,
    groupsElsewhere: groupsElsewhere(config),
    peopleElsewhere: config.sign_in.some(({ provision }) => provision),
    onCall: config.on_call.map(({ name }) => name),
    hold: config.hold,
    quiet: config.attention.quiet,
  };
}
