// From the URL templates and parameter shapes of a method to the routes that src/actions/gcp/catalogue-text.ts reads:
// `/v1/{resource=projects/*/serviceAccounts/*}:setIamPolicy`, the version written as `@`.
import { healthcareShape } from './healthcare.mjs';

/** @param {import('./discovery.mjs').Method[]} methods of one id @returns {{ route: string, versions: string[], verb: string, media: boolean }[]} */
export function routesOf(methods) {
  const found = new Map();
  for (const method of methods) {
    const shapes = shapesOf(method, methods);
    const raw = method.template.replaceAll(/\{(\+?)([^}]+)\}/g, (_all, plus, name) => parameter(name, plus === '' ? undefined : shapes[name]));
    const { route, version } = withoutVersion(oneGreedy(raw), method.version);
    const key = `${method.verb} ${route}`;
    const known = found.get(key);
    if (known) {
      known.versions.add(version);
      known.media ||= method.media !== undefined;
    } else found.set(key, { route, versions: new Set([version]), verb: method.verb, media: method.media !== undefined });
  }
  return [...found.values()].map((each) => ({ ...each, versions: [...each.versions].sort() }));
}

/** Several parameters of any length: all but the last have one segment, which is what is sent. */
function oneGreedy(template) {
  const last = template.lastIndexOf('=**');
  return last < 0 ? template : template.slice(0, last).replaceAll('=**}', '}') + template.slice(last);
}

/** The first segment that is the method's version, or looks like one. */
function withoutVersion(route, version) {
  const bare = version.replace(/^[a-z]+_/, '');
  const segments = route.split('/');
  const at = segments.findIndex((text) => (bare !== '' && text === bare) || /^v\d+(?:[._]\d+)?(?:p\d+)?(?:(?:alpha|beta|eap|main)\d*)?$/.test(text));
  if (at < 0 || at > 3) return { route, version: '-' };
  const own = segments[at];
  segments[at] = '@';
  return { route: segments.join('/'), version: own };
}

/** `shape`: undefined for a parameter of one segment. */
function parameter(name, shape) {
  if (shape === undefined || shape === '*') return `{${name}}`;
  return `{${name}=${shape}}`;
}

/** Shapes by parameter, from the example of the method, of another version of it, or from its id. */
function shapesOf(method, methods) {
  const shapes = {};
  const bySpecificity = [method, ...methods];
  for (const [, name] of method.template.matchAll(/\{\+([^}]+)\}/g)) {
    const text = bySpecificity.map((each) => each.shapes[name]).find((each) => each !== undefined);
    shapes[name] = text === undefined ? (healthcareShape(method.id, name) ?? guess(method, name)) : pattern(text);
  }
  return shapes;
}

// `projects/my-project/things/[^/]+/.*` as `projects/*/things/*/**`.
function pattern(text) {
  // A few shapes are regular expressions whose classes have slashes in them: any number of segments.
  if (/\[[^\]^]*\/[^\]]*\]/.test(text)) return '**';
  const plain = text.replaceAll(/\[\^\/\]\+/g, '*').replaceAll('&#92;', '\\');
  const segments = plain.split('/').map((segment) => {
    if (segment === '*' || segment.startsWith('my-')) return '*';
    if (segment === '.*' || segment === 'placeholder-value') return '**';
    return /^[A-Za-z@$~-][\w$-]*$/.test(segment) ? segment : '*';
  });
  return segments.join('/');
}

/** What is left of the collections in the id, when those that stand in the template anyway are taken away. */
function guess({ id, template }, name) {
  const at = template.indexOf(`{+${name}}`);
  const before = template.slice(0, at).split('/').at(-2);
  const after = /^\/([A-Za-z0-9]+)/.exec(template.slice(at + name.length + 3))?.[1];
  const collections = id.split('.').slice(1, -1);
  // Another one stands before it: the rest of a path.
  if (template.slice(0, at).includes('{+')) return '**';
  if (before !== undefined && before === collections.at(-1)) return '*';
  const others = template.includes('{+', at + 1);
  const to = after === undefined ? -1 : collections.lastIndexOf(after);
  const own = to <= 0 ? collections : collections.slice(0, to);
  if (own.length === 0 || others) return before !== undefined && own.includes(before) ? '*' : '**';
  return own.includes(before) ? '*' : own.map((each) => `${each}/*`).join('/');
}
