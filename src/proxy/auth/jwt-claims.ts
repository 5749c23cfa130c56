// From verified claims to who the agent is. INVARIANT: a claim of the wrong type or with control characters refuses the token;
// nothing is guessed.
import { claimAt } from '../../core/claim-at.ts';
import { isEmail } from '../../core/email.ts';
import { humanId } from '../../core/principal.ts';

export interface ClaimMapping {
  /** Each a claim's name, a dotted path (`act.sub`) or a JSON pointer (`/kubernetes.io/namespace`). */
  readonly id: string;
  readonly owner: string | undefined;
  readonly acts_for: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
}

export interface ClaimedAgent {
  readonly id: string;
  readonly owner: string | undefined;
  readonly labels: Readonly<Record<string, string>>;
  readonly actsFor: readonly string[];
}

type Claims = Readonly<Record<string, unknown>>;

/** Nested actors beyond this are nobody's pipeline. */
const MAX_ACTORS = 8;
const MAX_VALUES = 64;
const TEXT = /^[\x21-\x7e](?:[\x20-\x7e]{0,254}[\x21-\x7e])?$/;

/** What the claims say, or undefined where one that is mapped cannot be used. An absent owner, label or acts_for is no fault. */
export function claimedAgent(claims: Claims, mapping: ClaimMapping): ClaimedAgent | undefined {
  const id = text(claimAt(claims, mapping.id));
  const owner = optional(mapping.owner === undefined ? undefined : claimAt(claims, mapping.owner), text);
  const named = optional(mapping.acts_for === undefined ? undefined : claimAt(claims, mapping.acts_for), humans);
  const actors = optional(claims['act'], humans);
  if (id === undefined || owner === null || named === null || actors === null) return undefined;
  if (owner !== undefined && !isEmail(owner)) return undefined;
  const labels = new Map<string, string>();
  for (const [label, path] of Object.entries(mapping.labels)) {
    const value = optional(claimAt(claims, path), labelText);
    if (value === null) return undefined;
    if (value !== undefined) labels.set(label, value);
  }
  // Whoever is in the chain of actors has a hand in the call, mapped or not: none of them may vote on it (RFC 8693 §4.1).
  const actsFor = new Set([...(named ?? []), ...(actors ?? [])].map(humanId));
  actsFor.delete(humanId(id));
  return {
    id,
    owner: owner === undefined ? undefined : humanId(owner),
    labels: Object.fromEntries(labels),
    actsFor: [...actsFor],
  };
}

/** undefined: absent; null: there, but not usable. */
function optional<T>(value: unknown, read: (value: unknown) => T | undefined): T | undefined | null {
  return value === undefined || value === null ? undefined : (read(value) ?? null);
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && TEXT.test(value) ? value : undefined;
}

function labelText(value: unknown): string | undefined {
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : text(value);
}

/** One human, a list of them, or an actor object with its nested ones (RFC 8693 §4.1). */
function humans(value: unknown): string[] | undefined {
  if (typeof value === 'string') {
    const one = text(value);
    return one === undefined ? undefined : [one];
  }
  if (Array.isArray(value)) {
    const all = value.map(text);
    return all.length <= MAX_VALUES && all.every((one) => one !== undefined) ? all : undefined;
  }
  const found: string[] = [];
  for (let at: unknown = value; at !== undefined; at = isObject(at) ? at['act'] : undefined) {
    const subject = isObject(at) ? text(at['sub']) : undefined;
    if (subject === undefined || found.length >= MAX_ACTORS) return undefined;
    found.push(subject);
  }
  return found;
}

function isObject(value: unknown): value is Claims {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
