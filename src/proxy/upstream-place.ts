// Where a call of an upstream goes: to its one host, or, where it stands for all of AWS, to the host of the service that the call was
// signed for. INVARIANT: the same call gives the same place, and one host has one place, so that its connections are never mixed up.
import { serviceHost } from '../actions/aws/service-host.ts';
import type { Call } from '../core/call.ts';
import type { Upstream } from '../core/upstream.ts';

export type Placed =
  | { readonly ok: true; readonly upstream: Upstream }
  /** `why` is fit for the agent. */
  | { readonly ok: false; readonly why: string };

/** Services times regions that anybody uses; more is somebody making up regions. */
const MAX_PLACES = 2048;
const places = new WeakMap<Upstream, Map<string, Upstream>>();

/** The upstream as it is for a call that is decided now. */
export function placeOf(upstream: Upstream, call: Call): Placed {
  const { servicesBelow: suffix } = upstream;
  if (suffix === undefined) return { ok: true, upstream };
  const found = serviceHost(call, suffix);
  return found.ok ? placeAt(upstream, found.host) : found;
}

/** The upstream as it was for a call that was decided before, whose host people have approved. */
export function placeAgain(upstream: Upstream, { host }: Pick<Call, 'host'>): Placed {
  const { servicesBelow: suffix, port, scheme } = upstream;
  if (suffix === undefined) return { ok: true, upstream };
  const name = port === DEFAULT_PORT[scheme] ? host : host.slice(0, -`:${port}`.length);
  const below = name.endsWith(`.${suffix}`) && /^[a-z0-9.-]+$/.test(name);
  const placed: Placed = below ? placeAt(upstream, name) : { ok: false, why: '' };
  return placed.ok && placed.upstream.authority === host
    ? placed
    : { ok: false, why: `${host} is not a host of the upstream any more` };
}

const DEFAULT_PORT = { http: 80, https: 443 } as const;

function placeAt(upstream: Upstream, host: string): Placed {
  let byHost = places.get(upstream);
  if (!byHost) places.set(upstream, (byHost = new Map<string, Upstream>()));
  let place = byHost.get(host);
  if (!place) {
    if (byHost.size >= MAX_PLACES) return { ok: false, why: 'Calls went to too many hosts of AWS already.' };
    const { port, scheme } = upstream;
    const authority = port === DEFAULT_PORT[scheme] ? host : `${host}:${port}`;
    byHost.set(host, (place = { ...upstream, hostname: host, authority, servicesBelow: undefined }));
  }
  return { ok: true, upstream: place };
}
