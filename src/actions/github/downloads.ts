// Files that GitHub gives out beside its API: archives, raw files, assets of releases, at hosts and paths of their own. They are the same
// operations as the API's, so that no export goes around a rule that names it.
import { decodeStrict } from '../../core/body/percent.ts';
import type { Call } from '../../core/call.ts';
import { pathReadings } from '../../core/policy/path-readings.ts';
import { createRouteTrie, type RouteTrie } from '../route-trie.ts';
import { githubOperations } from './operations.ts';
import type { RestReading } from './rest-readings.ts';

type Routes = RouteTrie<string>;

const routesOf = (templates: Readonly<Record<string, string>>): Routes =>
  createRouteTrie(Object.entries(templates).map(([template, value]) => ({ method: 'GET', template, value })));

const TARBALL = 'repos/download-tarball-archive';
const ZIPBALL = 'repos/download-zipball-archive';

const BY_HOST: ReadonlyMap<string, Routes> = new Map([
  [
    'github.com',
    routesOf({
      '/{owner}/{repo}/archive/{ref+}': TARBALL,
      '/{owner}/{repo}/tarball/{ref+}': TARBALL,
      '/{owner}/{repo}/zipball/{ref+}': ZIPBALL,
      '/{owner}/{repo}/raw/{path+}': 'repos/get-content',
      '/{owner}/{repo}/blob/{path+}': 'repos/get-content',
      '/{owner}/{repo}/pull/{pull_number}.diff': 'pulls/get',
      '/{owner}/{repo}/pull/{pull_number}.patch': 'pulls/get',
      '/{owner}/{repo}/commit/{ref}.diff': 'repos/get-commit',
      '/{owner}/{repo}/commit/{ref}.patch': 'repos/get-commit',
      '/{owner}/{repo}/releases/download/{tag}/{name}': 'repos/get-release-asset',
      '/{owner}/{repo}/releases/latest/download/{name}': 'repos/get-release-asset',
    }),
  ],
  [
    'codeload.github.com',
    routesOf({
      '/{owner}/{repo}/tar.gz/{ref+}': TARBALL,
      '/{owner}/{repo}/legacy.tar.gz/{ref+}': TARBALL,
      '/{owner}/{repo}/zip/{ref+}': ZIPBALL,
      '/{owner}/{repo}/legacy.zip/{ref+}': ZIPBALL,
    }),
  ],
  ['raw.githubusercontent.com', routesOf({ '/{owner}/{repo}/{path+}': 'repos/get-content' })],
  ['gist.githubusercontent.com', routesOf({ '/{owner}/{gist_id}/raw/{path+}': 'gists/get' })],
]);

/** Undefined for any other call, and for a path that could be read in two ways. */
export function downloadOf({ method, host, path }: Call): RestReading | undefined {
  const routes = BY_HOST.get(host.replace(/:\d+$/, ''));
  if (!routes || (method !== 'GET' && method !== 'HEAD')) return undefined;
  const decoded = decodeStrict(path, false);
  // An escape may stand for a character of a name, but not for one that has a meaning in paths.
  if (decoded === undefined || pathReadings(decoded).all.length > 1 || count(decoded) !== count(path)) return undefined;
  const [hit] = routes.find('GET', path, undefined).matches;
  const id = hit?.value === TARBALL && path.endsWith('.zip') ? ZIPBALL : hit?.value;
  const operation = githubOperations().all.find((each) => each.id === id);
  if (!hit || !operation) return undefined;
  return { operation, labels: new Map(hit.labels.map(([name, raw]) => [name, decodeStrict(raw, false) ?? raw])) };
}

const count = (path: string): number => path.split('/').length;
