// A list of path globs against every reading of a path.
import { decodeLenient } from '../body/percent.ts';
import { type Glob, mapLiterals } from './globs.ts';
import { AMBIGUOUS, among, type MatchState } from './match-state.ts';
import { fold, type PathReadings } from './path-readings.ts';

export interface PathMatcher {
  readonly globs: readonly Glob[];
  /** Case folded, with every way the pattern itself may be read; what the index is built from. */
  readonly folded: readonly Glob[];
  /** `foldedPaths` are the readings, case folded, in the same order. */
  readonly match: (readings: PathReadings, foldedPaths: readonly string[]) => MatchState;
}

export function pathMatcher(globs: readonly Glob[]): PathMatcher {
  // An upstream that decodes, or that ignores a final slash, does the same to the path the author had in mind.
  const variants = globs.flatMap((glob) => {
    const decoded = mapLiterals(glob, (run) => decodeLenient(run));
    return [glob, decoded, withoutSlash(glob), withoutSlash(decoded)];
  });
  const distinct = [...new Map(variants.map((glob) => [glob.ops.join(), glob])).values()];
  const folded = distinct.map((glob) => mapLiterals(glob, fold));
  const match = (readings: PathReadings, foldedPaths: readonly string[]): MatchState => {
    if (readings.overflow) return AMBIGUOUS;
    const raw = readings.all[0] ?? '';
    if (globs.some((glob) => glob.test(raw))) {
      const every = readings.all.every((path, i) => i === 0 || distinct.some((glob) => glob.test(path)));
      return among(true, every);
    }
    return among(
      foldedPaths.some((path) => folded.some((glob) => glob.test(path))),
      false,
    );
  };
  return { globs, folded, match };
}

function withoutSlash(glob: Glob): Glob {
  if (glob.literal === '/') return glob;
  return mapLiterals(glob, (run, last) => (last && run.endsWith('/') ? run.slice(0, -1) : run));
}
