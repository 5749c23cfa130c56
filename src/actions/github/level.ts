// How much an operation of GitHub can do: by its method, but for POSTs that only read and for whatever gives rights.
import type { ActionLevel } from '../../core/action.ts';
import type { Operation } from './catalogue-text.ts';

/** They render, check or look many things up at once. */
export const READING_POSTS: ReadonlySet<string> = new Set([
  'apps/check-token',
  'markdown/render',
  'markdown/render-raw',
  'orgs/list-attestations-bulk',
  'repos/generate-release-notes',
  'users/list-attestations-bulk',
]);

/** GETs that set something in motion. */
export const WRITING_GETS: ReadonlySet<string> = new Set(['dependency-graph/generate-sbom-report']);

export function levelOf({ id, service, name, method }: Operation, tags: readonly string[]): ActionLevel {
  const reads = method === 'GET' ? !WRITING_GETS.has(id) : READING_POSTS.has(id);
  if (reads) return service === 'search' || /^(?:list|get-all)(?:-|$)/.test(name) ? 'list' : 'read';
  return tags.includes('privilege-escalation') ? 'permissions-management' : 'write';
}
