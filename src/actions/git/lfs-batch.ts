// The batch request of git-lfs (docs/api/batch.md): whether objects go up or down. A body that does not say so clearly is both.
import { parseJson } from '../../core/body/json.ts';
import type { Call } from '../../core/call.ts';

export interface LfsBatch {
  readonly operations: readonly ('upload' | 'download')[];
  readonly params: Readonly<Record<string, unknown>>;
  readonly clear: boolean;
}

const EITHER: LfsBatch = { operations: ['upload', 'download'], params: {}, clear: false };

export function readLfsBatch({ body }: Call): LfsBatch {
  const json = body.state === 'whole' ? parseJson(body.decoded) : undefined;
  if (!json?.ok || !(json.value instanceof Map)) return EITHER;
  const members: ReadonlyMap<string, unknown> = json.value;
  // A Go server takes `Operation` for `operation`.
  const said = [...members].filter(([name]) => name.toLowerCase() === 'operation').map(([, value]) => value);
  const [operation] = said;
  if (said.length !== 1 || !members.has('operation') || (operation !== 'upload' && operation !== 'download'))
    return EITHER;
  const objects = members.get('objects');
  const list = Array.isArray(objects) ? (objects as readonly unknown[]) : [];
  const sizes = list.map((object) =>
    object instanceof Map ? (object as ReadonlyMap<string, unknown>).get('size') : 0,
  );
  const bytes = sizes.reduce<number>((sum, size) => sum + (typeof size === 'number' ? size : 0), 0);
  return { operations: [operation], params: { objects: list.length, bytes }, clear: true };
}
