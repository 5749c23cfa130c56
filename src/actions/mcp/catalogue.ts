// What MCP servers can be asked to do; tools and prompts have names of their own.
import type { Catalogue, CatalogueEntry } from '../catalogue.ts';
import { mcpMethods } from './methods.ts';
import { NAME_TAGS } from '../name-tags.ts';

const OTHERS: readonly CatalogueEntry[] = [
  { name: 'mcp:*:metadata', level: 'read', tags: [], summary: 'Read what the server says of how to log in' },
  { name: 'mcp:*:response:elicitation', level: 'unknown', tags: [], summary: 'Accept or decline what the server asks' },
  { name: 'mcp:*:response:error', level: 'read', tags: [], summary: 'Answer the server with an error' },
  { name: 'mcp:*:response:other', level: 'unknown', tags: [], summary: 'Answer the server' },
  { name: 'mcp:*:response:ping', level: 'read', tags: [], summary: 'Answer a ping' },
  { name: 'mcp:*:response:roots', level: 'read', tags: [], summary: 'Tell the server its folders' },
  { name: 'mcp:*:response:sampling', level: 'unknown', tags: [], summary: 'Hand the text of a model to the server' },
  { name: 'mcp:*:session/delete', level: 'read', tags: [], summary: 'End the session' },
  { name: 'mcp:*:session/listen', level: 'read', tags: [], summary: 'Listen to messages of the server' },
];

export function mcpCatalogue(): Catalogue {
  return { provider: 'mcp', complete: false, entries };
}

function entries(): readonly CatalogueEntry[] {
  const methods = mcpMethods().map(([name, { level, does }]): CatalogueEntry => {
    const named = name === 'tools/call' || name === 'prompts/get' ? `${name}:*` : name;
    const tags =
      name === 'tools/call' ? NAME_TAGS : name.startsWith('resources/') && level === 'read' ? ['secret-read'] : [];
    return { name: `mcp:*:${named}`, level, tags, summary: does };
  });
  return [...methods, ...OTHERS].toSorted((a, b) => (a.name < b.name ? -1 : 1));
}
