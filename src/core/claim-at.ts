// Where a claim of a token stands, as configurations name it.
type Claims = Readonly<Record<string, unknown>>;

/** The claim at a path: a pointer if it starts with `/`, else the claim of exactly that name, else the dotted path. */
export function claimAt(claims: Claims, path: string): unknown {
  if (!path.startsWith('/') && Object.hasOwn(claims, path)) return claims[path];
  const steps = path.startsWith('/')
    ? path
        .slice(1)
        .split('/')
        .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
    : path.split('.');
  let at: unknown = claims;
  for (const step of steps) {
    if (typeof at !== 'object' || at === null || Array.isArray(at) || !Object.hasOwn(at, step)) return undefined;
    at = (at as Claims)[step];
  }
  return at;
}
