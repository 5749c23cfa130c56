// What rules offer people to grant. INVARIANT: of several rules the strictest of each counts, and where one of them offers nothing, nothing
// is offered; nor ever with the risk `critical`.
import type { RuleHold } from './ast.ts';
import type { GrantCovers, GrantOffer, HoldTerms, Risk } from './types.ts';

/** The longest time that can be granted, ms. */
export const MAX_GRANT: number = 86_400_000;
export const MAX_USES = 1_000;
const USUAL_USES = 20;
/** Narrowest first: each covers all that the one before it does. */
export const COVERS: readonly GrantCovers[] = ['call', 'targets', 'actions'];

export function ruleGrant(hold: RuleHold | undefined): GrantOffer | undefined {
  const { grant } = hold ?? {};
  return grant && { for: grant.for, uses: grant.uses ?? USUAL_USES, covers: grant.covers ?? 'call' };
}

/** The same, with nothing offered. */
export function withoutGrant(terms: HoldTerms): HoldTerms {
  const { grant: _, ...rest } = terms;
  return rest;
}

export function mergeGrants(a: GrantOffer | undefined, b: GrantOffer | undefined, risk: Risk): GrantOffer | undefined {
  if (!a || !b || risk === 'critical') return undefined;
  return { for: Math.min(a.for, b.for), uses: Math.min(a.uses, b.uses), covers: narrower(a.covers, b.covers) };
}

export function narrower(a: GrantCovers, b: GrantCovers): GrantCovers {
  return COVERS[Math.min(COVERS.indexOf(a), COVERS.indexOf(b))] ?? 'call';
}

/** True if `a` lets nothing through that `b` does not. */
export function isWithinGrant(a: GrantOffer | undefined, b: GrantOffer | undefined): boolean {
  if (!a) return true;
  return b !== undefined && a.for <= b.for && a.uses <= b.uses && narrower(a.covers, b.covers) === a.covers;
}
