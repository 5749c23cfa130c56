// The exact shape of a receipt, as data: docs/verify-receipt.mjs holds the same table. A member too many or too few, or of
// another kind, is a refusal: nothing in a receipt may be read by one verifier and passed over by another.

/** `s` string, `i` whole number from 0, `t` time, `h` sha256 in hex, `m` map to strings, `*` anything; `?` after it: or null; `=x`: exactly x. */
export type Shape = string | readonly [Shape] | { readonly [member: string]: Shape } | { readonly nullable: Shape };

const QUORUM: Shape = {
  rule: 's',
  approvals: 'i',
  from: ['s'],
  escalate: { nullable: { after_ms: 'i', to: ['s'] } },
};

const OFFER: Shape = { nullable: { for_ms: 'i', uses: 'i', covers: 's' } };

const QUESTION = {
  approval_id: 's',
  decision_id: 's',
  call: {
    sha256: 'h',
    content_sha256: 'h',
    method: 's',
    url: 's',
    upstream: 's',
    agent: 's',
    owner: 's',
    requesters: ['s'],
    labels: 'm',
    source: 's',
    access_key: 's?',
    body_size: 'i',
    uninspected: 's?',
  },
  asked_at: 't',
  expires_at: 't',
  actions: ['*'],
  summary: 's',
  rules: ['s'],
  reason: 's',
  detail: 's',
  risk: 's',
  policy_digest: 's',
  terms: {
    quorums: [QUORUM],
    risk: 's',
    expires_ms: 'i',
    wait_ms: 'i',
    deny_memory_ms: 'i',
    replay_window_ms: 'i',
    on_absent: 's',
    notify: ['s'],
    nudge_ms: 'i?',
    grant: OFFER,
  },
  justification: { nullable: { text: 's', verified: '=false' } },
  flags: [{ id: 's', severity: 's', title: 's', evidence: 's' }],
} as const satisfies Shape;

const VOTE: Shape = {
  by: 's',
  vote: 's',
  reason: 's?',
  at: 't',
  groups: ['s'],
  channel: 's',
  sha256: 'h',
  grant_ms: 'i?',
  proof: 's',
};

export const RECEIPT_SHAPE: Shape = {
  ...QUESTION,
  v: '=1',
  typ: '="holdgate-receipt"',
  id: 's',
  status: 's',
  status_at: 't',
  why: 's?',
  escalations: [{ at: 't', rules: ['s'] }],
  votes: [VOTE],
  granted: { nullable: { at: 't', id: 's', until: 't', use: 'i', source: QUESTION, votes: [VOTE] } },
  claim: {
    nullable: {
      at: 't',
      replica: 's',
      sha256: 'h',
      content_sha256: 'h',
      policy_digest: 's',
      effect: 's',
      quorums: [QUORUM],
      eligible: [{ by: 's', groups: ['s'] }],
      grant: { nullable: { stands: '=true', offer: OFFER } },
      access_key_stands: '=true?',
    },
  },
  outcome: {
    nullable: { sent_at: 't', ended_at: 't', http_status: 'i?', response_sha256: 'h?', bytes: 'i?', detail: 's?' },
  },
  credential: { nullable: { kind: 's', scope: 's' } },
  audit: { nullable: { seq: 'i', sha256: 'h' } },
};

function isTime(value: string): boolean {
  const at = Date.parse(value);
  return !Number.isNaN(at) && new Date(at).toISOString() === value;
}

function isStringMap(value: unknown): boolean {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  return Object.values(value).every((item) => typeof item === 'string');
}

function fitsWord(shape: string, value: unknown): boolean {
  if (shape.endsWith('?')) return value === null || fitsWord(shape.slice(0, -1), value);
  if (shape.startsWith('=')) return JSON.stringify(value) === shape.slice(1);
  if (shape === 'i') return Number.isSafeInteger(value) && (value as number) >= 0;
  if (shape === '*') return true;
  if (shape === 'm') return isStringMap(value);
  if (typeof value !== 'string') return false;
  if (shape === 't') return isTime(value);
  return shape === 's' || (shape === 'h' && /^[0-9a-f]{64}$/.test(value));
}

/** Path of the first member that does not fit (`votes[0].at`), or undefined if all do. */
export function misfit(shape: Shape, value: unknown, path = ''): string | undefined {
  if (typeof shape === 'string') return fitsWord(shape, value) ? undefined : path || '(all)';
  if (Array.isArray(shape)) {
    if (!Array.isArray(value)) return path;
    const [item] = shape as readonly [Shape];
    return value.map((each, i) => misfit(item, each, `${path}[${i}]`)).find((found) => found !== undefined);
  }
  const members = shape as Readonly<Record<string, Shape>>;
  const nullable = members['nullable'];
  if (nullable !== undefined) return value === null ? undefined : misfit(nullable, value, path);
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return path || '(all)';
  const at = (name: string): string => (path ? `${path}.${name}` : name);
  const extra = Object.keys(value).find((name) => !Object.hasOwn(members, name));
  if (extra !== undefined) return at(extra);
  for (const [name, member] of Object.entries(members)) {
    const found = misfit(member, (value as Record<string, unknown>)[name], at(name));
    if (found !== undefined) return found;
  }
  return undefined;
}
