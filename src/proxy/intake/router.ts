// Which upstream a call is for: by the host it names, else by the path it is mounted at.
import type { Upstream } from '../../core/upstream.ts';

export interface Route {
  readonly upstream: Upstream;
  /** The path that the upstream sees. */
  readonly path: string;
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
  const mounted = upstreams
    .flatMap((upstream) =>
      upstream.mount === undefined ? [] : [{ upstream, mount: upstream.mount === '/' ? '' : upstream.mount }],
    )
    .toSorted((a, b) => b.mount.length - a.mount.length);

  return {
    byHost(authority, path) {
      const upstream = byHost.get(authority) ?? byHost.get(authority.replace(/:(?:80|443)$/, ''));
      if (!upstream) return undefined;
      return within(upstream.basePath, path) ? { upstream, path } : 'outside';
    },
    byMount(path) {
      for (const { upstream: candidate, mount } of mounted) {
        if (path === mount || path.startsWith(`${mount}/`)) {
          const rest = path.slice(mount.length);
          return { upstream: candidate, path: `${candidate.basePath}${rest === '' ? '/' : rest}` };
        }
      }
      return undefined;
    },
  };
}
