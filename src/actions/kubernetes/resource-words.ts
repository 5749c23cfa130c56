// How resources are called in sentences: `clusterrolebindings` is "cluster role binding", what nobody knows keeps its API's name.
import { type ResourceKind, resourceKind } from './resource-kinds.ts';

export interface ResourceWords {
  readonly one: string;
  readonly many: string;
}

const KNOWN = new Map<ResourceKind, ResourceWords>();

export function resourceWords(group: string, resource: string): ResourceWords {
  const kind = resourceKind(group, resource);
  if (!kind) {
    const full = group === '' ? resource : `${resource}.${group}`;
    return { one: full, many: full };
  }
  const known = KNOWN.get(kind) ?? spell(kind);
  KNOWN.set(kind, known);
  return known;
}

function spell({ kind, resource }: ResourceKind): ResourceWords {
  const words = kind
    .replace(/([a-z])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, '$1$3 $2')
    .split(' ')
    .map((word) => (/^[A-Z]{2,}$/.test(word) ? word : word.toLowerCase()));
  const before = words.slice(0, -1);
  // The plural of the last word stands at the end of the resource's name.
  const last = resource.slice(before.join('').length);
  return { one: words.join(' '), many: [...before, last].join(' ') };
}
