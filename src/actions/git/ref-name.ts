// What the name of a ref says: whether it can be one, and whether others build or deploy from it by custom.

/** Branches that are delivered from wherever nobody says otherwise; which one a repository takes is not in a push. */
const DELIVERED =
  /^refs\/heads\/(?:main|master|trunk|prod(?:uction)?|live|stable|staging|gh-pages|deploy|releases?(?:[/_.-].*)?)$/i;

// oxlint-disable-next-line no-control-regex -- git refuses them too
const REFUSED = /[\u0000-\u0020\u007f~^:?*[\\]|\.\.|@\{|\/\/|\/\.|\.lock(?:\/|$)/;

/** git check-ref-format, as far as it keeps a name from being read in two ways. */
export function isRefName(name: string): boolean {
  if (name === 'HEAD') return true;
  if (!name.startsWith('refs/') || name.length > 1024 || REFUSED.test(name)) return false;
  return !name.endsWith('/') && !name.endsWith('.');
}

/** True for tags, `HEAD` and the branches that releases usually come from. */
export function isDeliveryRef(name: string): boolean {
  return name === 'HEAD' || /^refs\/tags\//i.test(name) || DELIVERED.test(name);
}

/** `main`, `heads/main` and `refs/heads/main` name the same branch for APIs that take any of them. */
export function fullRefName(name: string): string {
  if (name.startsWith('refs/') || name === 'HEAD') return name;
  return /^(?:heads|tags|pull|notes)\//.test(name) ? `refs/${name}` : `refs/heads/${name}`;
}
