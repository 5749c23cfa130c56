// Whether each upstream resolves to addresses that are allowed and, if asked, answers with a good certificate.
import type { Config } from '../../config/types.ts';
import type { Upstream } from '../../core/upstream.ts';
import { connectVerified } from '../../proxy/address/connect.ts';
import type { Resolver } from '../../proxy/address/resolve.ts';
import { systemClock } from '../../system-clock.ts';
import { type Check, fail, ok, warn } from './check.ts';

/** One check for each upstream; `connect` also connects, without sending anything of a call. */
export async function checkUpstreams(config: Config, resolver: Resolver, connect: boolean): Promise<Check[]> {
  if (config.upstreams.length === 0)
    return [warn('upstreams', 'there is none: no call can go anywhere', 'add one to upstreams')];
  return Promise.all(config.upstreams.map((upstream) => checkUpstream(upstream, resolver, connect)));
}

async function checkUpstream(upstream: Upstream, resolver: Resolver, connect: boolean): Promise<Check> {
  const name = `upstream ${upstream.id}`;
  // Nothing to look up: each service has a host of its own.
  if (upstream.servicesBelow !== undefined) return ok(name, `${upstream.hostname}: the host follows from each call`);
  const resolution = await resolver.resolve(upstream);
  if (!resolution.ok) {
    const remedy =
      resolution.failure === 'unreachable'
        ? 'check the name in base and the resolver of this machine'
        : 'check base; allow_private: true permits private and loopback addresses, nothing permits others';
    return fail(name, resolution.detail, remedy);
  }
  const addresses = resolution.addresses.join(', ');
  if (!connect) return ok(name, `${upstream.hostname} resolves to ${addresses}`);
  const outcome = await connectVerified(upstream, { resolver, clock: systemClock });
  if (!outcome.ok)
    return fail(
      name,
      outcome.detail,
      outcome.failure === 'tls' ? 'check its certificate and ca' : 'check base, routes and firewalls',
    );
  outcome.socket.destroy();
  return ok(name, `${upstream.authority} answers at ${outcome.address}`);
}
