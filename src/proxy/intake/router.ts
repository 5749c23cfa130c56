// Which upstream a call is for: by the host it names, else by the path it is mounted at.
import type { Upstream } from '../../core/upstream.ts';

export interface Route {
  readonly upstream: Upstream;
  /** The path that the upstream sees. */
  readonly path: string;
  /** The `Host` that it sees: its own, with what stands for the star of `hosts: ["*.…"]` in front. */
  readonly host: string;
}

export interface Router {
  /** `authority` is the Host (or the absolute-form target's host), lower-case. `outside`: the host is an upstream's, but the path
   *  is not below its base. Undefined where the host is nobody's. */
  byHost(authority: string, path: string): Route | 'outside' | undefined;
  /** The upstream with the longest mount that the path is below. */
  byMount(path: string): Route | undefined;
}

/** A base with a path confines calls by host to that path: nothing outside it was configured. */
function within(basePath: string, path: string): boolean {
  return basePath === '' || path === basePath || path.startsWith(`${basePath}/`);
}

export function createRouter(upstreams: readonly Upstream[]): Router {
  const byHost = new Map<string, Upstream>();
  for (const upstream of upstreams) for (const host of upstream.hosts) byHost.set(host.toLowerCase(), upstream);
  const stars = upstreams.some(({ hosts }) => hosts.some((host) => host.startsWith('*.')));
  const mounted = upstreams
    .flatMap((upstream) =>
      upstream.mount === undefined ? [] : [{ upstream, mount: upstream.mount === '/' ? '' : upstream.mount }],
    )
    .toSorted((a, b) => b.mount.length - a.mount.length);

  function lookUp(authority: string): Omit<Route, 'path'> | undefined {
    const exact = byHost.get(authority);
    if (exact) return { upstream: exact, host: exact.authority };
    for (let dot = stars ? authority.indexOf('.') : -1; dot >= 0; dot = authority.indexOf('.', dot + 1)) {
      const below = byHost.get(`*${authority.slice(dot)}`);
      if (below) return { upstream: below, host: `${authority.slice(0, dot)}.${below.authority}` };
    }
    return undefined;
  }

  return {
    byHost(authority, path) {
      const named = lookUp(authority) ?? lookUp(authority.replace(/:(?:80|443)$/, ''));
      if (!named) return undefined;
      const { upstream, host } = named;
      // Clients put a bucket in front of the host of their endpoint, which is the mount.
      const mount = host === upstream.authority ? undefined : upstream.mount;
      if (mount !== undefined && mount !== '/') {
        if (!within(mount, path)) return 'outside';
        return { ...named, path: `${upstream.basePath}${path === mount ? '/' : path.slice(mount.length)}` };
      }
      return within(upstream.basePath, path) ? { ...named, path } : 'outside';
    },
    byMount(path) {
      for (const { upstream: candidate, mount } of mounted) {
        if (path === mount || path.startsWith(`${mount}/`)) {
          const rest = path.slice(mount.length);
          const { authority: host, basePath } = candidate;
          return { upstream: candidate, path: `${basePath}${rest === '' ? '/' : rest}`, host };
        }
      }
      return undefined;
    },
  };
}
