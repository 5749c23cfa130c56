// What answers at a host of GitHub: the REST API, or the web with git and downloads. A host that is not GitHub's own (Enterprise Server, a
// relay) has all of it: the API below /api/v3, uploads below /api/uploads, GraphQL at /api/graphql, git at the root.

export interface Surface {
  readonly rest: boolean;
  readonly git: boolean;
}

const API: Surface = { rest: true, git: false };
const WEB: Surface = { rest: false, git: true };
const BOTH: Surface = { rest: true, git: true };

const HOSTS: ReadonlyMap<string, Surface> = new Map([
  ['api.github.com', API],
  ['uploads.github.com', API],
  ['github.com', WEB],
  ['www.github.com', WEB],
  ['gist.github.com', WEB],
  ['codeload.github.com', WEB],
  ['raw.githubusercontent.com', WEB],
  ['gist.githubusercontent.com', WEB],
]);

const withoutPort = (host: string): string => host.replace(/:\d+$/, '');

/** `host`: as in a call. Undefined where it is no host of GitHub. */
export function knownSurface(host: string): Surface | undefined {
  const name = withoutPort(host);
  const fixed = HOSTS.get(name);
  if (fixed) return fixed;
  // Enterprise Cloud with data residency: https://api.OCTOCORP.ghe.com, https://OCTOCORP.ghe.com.
  if (!name.endsWith('.ghe.com')) return undefined;
  return name.startsWith('api.') || name.startsWith('uploads.') ? API : WEB;
}

export function surfaceOf(host: string): Surface {
  return knownSurface(host) ?? BOTH;
}
