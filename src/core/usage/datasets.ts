// Which calls carry data that somebody has put a name to. INVARIANT: a call that may carry it does: what is ambiguous, unknown or not
// named counts, so that usage is never too small.
import type { Action } from '../action.ts';
import type { Call } from '../call.ts';
import { compileGlob, type GlobKind } from '../policy/globs.ts';
import { pathReadings } from '../policy/path-readings.ts';

/** All that is given has to meet; nothing given: every call of the upstream. Globs. */
export interface DatasetRule {
  readonly label: string;
  /** Of one action of the call: its name, and the id of its resource. */
  readonly actions?: readonly string[] | undefined;
  readonly resources?: readonly string[] | undefined;
  readonly paths?: readonly string[] | undefined;
}

/** The labels of a call. `actions` is asked for only where a rule speaks of them. */
export type DatasetsOf = (call: Call, actions: () => readonly Action[]) => readonly string[];

/** The upstream's own id is a label of each of its calls. Throws on a glob that the schema would have refused. */
export function compileDatasets(upstream: string, rules: readonly DatasetRule[]): DatasetsOf {
  const own = [upstream];
  if (rules.length === 0) return () => own;
  const compiled = rules.map(({ label, actions, resources, paths }) => ({
    label,
    path: paths && globs('path', paths),
    action: actions && globs('text', actions),
    resource: resources && globs('text', resources),
  }));
  return (call, actions) => {
    const labels = new Set(own);
    for (const { label, path, action, resource } of compiled) {
      if (labels.has(label)) continue;
      if (path && !meetsPath(call, path)) continue;
      if ((action || resource) && !actions().some((one) => meets(one, action, resource))) continue;
      labels.add(label);
    }
    return [...labels];
  };
}

type Test = (text: string) => boolean;

function globs(kind: GlobKind, patterns: readonly string[]): Test {
  const tests = patterns.map((pattern) => {
    const glob = compileGlob(kind, pattern);
    if (!glob.ok) throw new Error(`unchecked glob "${pattern}": ${glob.message}`);
    return glob.glob;
  });
  return (text) => tests.some((glob) => glob.test(text));
}

function meetsPath({ path }: Call, test: Test): boolean {
  const { all, overflow } = pathReadings(path);
  return overflow || all.some(test);
}

function meets(action: Action, name: Test | undefined, resource: Test | undefined): boolean {
  if (action.confidence === 'unknown') return true;
  if (name && !name(action.name)) return false;
  const { id } = action.resource;
  return resource === undefined || id === undefined || id === '*' || resource(id);
}
