// The document of an upstream, read once, however often it is asked for. A broken one is a list of faults for whoever starts the gate, and
// for calls an API of which nothing is known.
import type { Fault } from '../../core/located-yaml.ts';
import { type ApiOperation, readOperations } from './operations.ts';
import { type OpenapiSource, readDocument } from './read-document.ts';

export interface Openapi {
  /** Empty where there is a fault. */
  readonly operations: readonly ApiOperation[];
  readonly faults: readonly Fault[];
}

const known = new WeakMap<OpenapiSource, Openapi>();

export function readOpenapi(source: OpenapiSource): Openapi {
  let api = known.get(source);
  if (!api) {
    api = read(source);
    known.set(source, api);
  }
  return api;
}

function read(source: OpenapiSource): Openapi {
  const result = readDocument(source);
  if (!result.ok) return { operations: [], faults: result.faults };
  const { operations, faults } = readOperations(result.document);
  return faults.length > 0 ? { operations: [], faults } : { operations, faults };
}

/** Every fault in the documents of these upstreams. */
export function openapiFaults(
  upstreams: readonly { readonly openapi?: OpenapiSource | undefined }[],
): readonly Fault[] {
  return upstreams.flatMap(({ openapi }) => (openapi ? readOpenapi(openapi).faults : []));
}
