// What git asks of a server over HTTP, for people who write policies; what is pushed to is named by the call.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';

const ENTRIES: readonly CatalogueEntry[] = [
  { name: 'git:archive', level: 'read', tags: ['data-export'], summary: 'Download an archive of a repository' },
  { name: 'git:fetch', level: 'read', tags: [], summary: 'Clone or fetch' },
  { name: 'git:lfs-download', level: 'read', tags: [], summary: 'Download large files' },
  { name: 'git:lfs-list-locks', level: 'list', tags: [], summary: 'List the files that somebody has locked' },
  { name: 'git:lfs-lock', level: 'write', tags: [], summary: 'Lock a file' },
  { name: 'git:lfs-unlock', level: 'write', tags: [], summary: 'Unlock a file' },
  { name: 'git:lfs-upload', level: 'write', tags: [], summary: 'Upload large files' },
  {
    name: 'git:list-refs',
    level: 'list',
    tags: [],
    summary: 'List branches and tags, the first request of every fetch and push',
  },
  {
    name: 'git:push:*',
    level: 'write',
    tags: ['deployment', 'destructive', 'external-sharing'],
    summary:
      'Create, change or delete the branch, tag or other ref that is named behind the last colon: git:push:refs/heads/main',
  },
];

export function gitCatalogue(): Catalogue {
  return { provider: 'git', complete: true, entries: () => ENTRIES };
}
