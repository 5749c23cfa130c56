// Under what a block can be found, dimension by dimension: values of the call that it cannot match without. INVARIANT: no keys for a
// dimension means that the block has to be looked at whatever the call has there.
import type { Block } from './ast.ts';
import { compileGlob, type GlobKind } from './globs.ts';
import { type TextKey, textKey } from './text-index.ts';

export type CallDimension = 'upstream' | 'host' | 'method' | 'agent';
/** What only recognisers know. */
export type ActionDimension = 'action' | 'tags' | 'level' | `resource.${string}`;
export type Dimension = CallDimension | ActionDimension;

export const RESOURCE = 'resource.';

export function indexKeys(dimension: Dimension, block: Block): readonly TextKey[] | undefined {
  switch (dimension) {
    case 'upstream':
      return keys('text', block.upstream);
    case 'agent':
      return keys('text', block.agent);
    case 'host':
      return block.host?.some((host) => host.includes(':')) ? undefined : keys('host', block.host);
    case 'method':
      return block.method?.includes('*')
        ? undefined
        : block.method?.map((method) => ({ kind: 'whole', text: method.toUpperCase() }));
    case 'action':
      return keys('text', block.action);
    case 'tags':
      return keys('text', block.tags);
    case 'level':
      return block.level?.map((text) => ({ kind: 'whole', text }));
    default: {
      const field = dimension.slice(RESOURCE.length);
      const { resource } = block;
      return resource && Object.hasOwn(resource, field) ? keys('text', resource[field]) : undefined;
    }
  }
}

function keys(kind: GlobKind, patterns: readonly string[] | undefined): TextKey[] | undefined {
  const found: TextKey[] = [];
  for (const pattern of patterns ?? []) {
    const compiled = compileGlob(kind, pattern);
    const key = compiled.ok ? textKey(compiled.glob) : undefined;
    if (!key) return undefined;
    found.push(key);
  }
  return patterns && found;
}
