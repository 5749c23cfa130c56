// Where a call of an upstream goes: to its one host, or, where it stands for all of AWS, to the host of the service that the call was
// signed for. INVARIANT: the same call gives the same place, and one host has one place, so that its connections are never mixed up.
import { serviceHost } from '../actions/aws/service-host.ts';
import type { Call } from '../core/call.ts';
import type { Upstream } from '../core/upstream.ts';

export type Placed =
  | { readonly ok: true; readonly upstream: Upstream }
  /** `why` is fit for the agent. */
  | { readonly ok: false; readonly why: string };

/** Services times regions that anybody uses. */
const MAX_PLACES = 2048;
/** Of those, what one agent may be the first to ask for; more is somebody making up regions, at the cost of all others. */
const MAX_OF_ONE_AGENT = 512;

interface Places {
  readonly byHost: Map<string, Upstream>;
  /** How many each agent was the first to ask for. */
  readonly byAgent: Map<string, number>;
}

const known = new WeakMap<Upstream, Places>();

/** The upstream as it is for a call of this agent. */
export function placeOf(upstream: Upstream, call: Call, agent: string): Placed {
  const { servicesBelow: suffix } = upstream;
  if (suffix === undefined) return { ok: true, upstream };
  const found = serviceHost(call, suffix);
  return found.ok ? placeAt(upstream, found.host, agent) : found;
}

/** The same for a call that was decided before, maybe by a gate with another configuration: people have approved its host, so it goes there or
 *  nowhere. */
export function placeAgain(upstream: Upstream, call: Call, agent: string): Placed {
  const placed = placeOf(upstream, call, agent);
  if (!placed.ok) return placed;
  const { authority, scheme } = placed.upstream;
  // A bucket may stand in front.
  const same = call.host === authority || call.host.endsWith(`.${authority}`);
  if (same && call.scheme === scheme) return placed;
  return { ok: false, why: `${call.scheme}://${call.host} is not where calls to this upstream go any more` };
}

const DEFAULT_PORT = { http: 80, https: 443 } as const;

function placeAt(upstream: Upstream, host: string, agent: string): Placed {
  let places = known.get(upstream);
  if (!places) known.set(upstream, (places = { byHost: new Map(), byAgent: new Map() }));
  const { byHost, byAgent } = places;
  let place = byHost.get(host);
  if (!place) {
    const made = byAgent.get(agent) ?? 0;
    if (byHost.size >= MAX_PLACES || made >= MAX_OF_ONE_AGENT)
      return { ok: false, why: 'Calls went to too many hosts of AWS already.' };
    byAgent.set(agent, made + 1);
    const { port, scheme } = upstream;
    const authority = port === DEFAULT_PORT[scheme] ? host : `${host}:${port}`;
    byHost.set(host, (place = { ...upstream, hostname: host, authority, servicesBelow: undefined }));
  }
  return { ok: true, upstream: place };
}
