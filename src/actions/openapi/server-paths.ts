// The paths below which an API stands: what `servers` (OpenAPI 3) or `basePath` (OpenAPI 2) and the `base` of the upstream say together.

/** Of one `url` with each of its variables' values in turn. */
export interface ServerUrl {
  readonly url: string;
  readonly variables: ReadonlyMap<string, readonly string[]>;
}

const MAX_URLS = 16;

/** The path part without a trailing slash; empty for none. */
export function serverPaths({ url, variables }: ServerUrl): readonly string[] {
  let urls = [url];
  for (const [name, values] of variables) {
    urls = urls.flatMap((each) =>
      each.includes(`{${name}}`) ? values.map((value) => each.replaceAll(`{${name}}`, value)) : [each],
    );
    urls = urls.slice(0, MAX_URLS);
  }
  return [...new Set(urls.map(pathOf))];
}

function pathOf(url: string): string {
  const [, path = ''] = /^(?:[^/?#]*:)?\/\/[^/?#]*([^?#]*)/.exec(url) ?? [
    '',
    `/${url.replace(/^\/+/, '').split(/[?#]/, 1)[0] ?? ''}`,
  ];
  return path.replace(/\/+$/, '');
}

/**
 * What stands before a template in the path of a call. `base`: the upstream's own path. Where both have a path and they differ, the base may
 * stand for the whole server or be in front of it: both are possible.
 */
export function prefixes(base: string, servers: readonly string[]): readonly string[] {
  const found = (servers.length === 0 ? [''] : servers).flatMap((server) => {
    if (base === '' || server === '') return [base + server];
    return base.endsWith(server) ? [base] : [base, base + server];
  });
  return [...new Set(found)];
}
