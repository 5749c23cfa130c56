// The paths that a REST service may take a raw one for: the raw path first, which is what such services route on, then every other reading that
// could lead elsewhere. INVARIANT: a path without anything odd is one path, and an escaped character that hides nothing adds no doubt.
import { decodeStrict } from '../core/body/percent.ts';
import { pathReadings } from '../core/policy/path-readings.ts';

export interface RestPaths {
  readonly paths: readonly string[];
  /** True where there were more than anybody looks at, or the path cannot be decoded: anything may be meant. */
  readonly overflow: boolean;
}

// oxlint-disable-next-line no-control-regex -- controls and blanks are what some parsers drop
const ODD = /[%\\;?#\u0000-\u001f]|\/\/|\/\.{1,2}(?:\/|$)|[.\s](?:\/|$)/;

/** `path`: raw. Escaped slashes within a segment stay escaped in every reading but the odd ones. */
export function restPaths(path: string): RestPaths {
  if (!path.includes('%')) {
    if (!ODD.test(path)) return { paths: [path], overflow: false };
  } else {
    const segments = path.split('/').map((text) => (text.includes('%') ? decodeStrict(text, false) : text));
    if (segments.every((text) => text !== undefined) && !ODD.test(segments.join('/'))) {
      const decoded = segments.map((text) => text.replaceAll('/', '%2F')).join('/');
      return { paths: decoded === path ? [path] : [path, decoded], overflow: false };
    }
  }
  const { all, overflow } = pathReadings(path);
  return { paths: all, overflow: overflow || (path.includes('%') && decodeStrict(path, false) === undefined) };
}
