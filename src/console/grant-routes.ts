// What people have granted ahead: to see it, and to end it. Anybody in people may end a grant: it only makes things stricter.
import type { ApprovalGate } from '../gate/api.ts';
import { type GrantRecord, grantStatus } from '../gate/grants/grant-record.ts';
import { AuditUnavailable } from '../ports/audit-log.ts';
import { json, problem } from './answer.ts';
import { grantListSchema, grantSchema } from './grant-schemas.ts';
import type { PersonRoute, Route } from './route.ts';

const iso = (at: number): string => new Date(at).toISOString();

function grantView(grant: GrantRecord, now: number): object {
  const { id, approval, agent, owner, upstream, rules, covers, words, people, from, until, uses, used, revoked } =
    grant;
  return {
    id,
    status: grantStatus(grant, now),
    words,
    approval_id: approval,
    agent,
    owner,
    upstream,
    rules,
    covers,
    people,
    made_at: iso(from),
    until: iso(until),
    uses,
    used,
    revoked: revoked ? { by: revoked.by, at: iso(revoked.at), why: revoked.why } : null,
  };
}

export function grantRoutes(gate: Pick<ApprovalGate, 'grants' | 'revokeGrant' | 'now'>): readonly Route[] {
  const list: PersonRoute = {
    method: 'GET',
    path: '/api/v1/grants',
    operation: 'listGrants',
    summary: 'Grants, newest first; those that ended within a day too',
    principal: 'person',
    answer: { status: 200, description: 'The grants', contentType: 'application/json', schema: grantListSchema },
    problems: [],
    async handle() {
      const [grants, now] = await Promise.all([gate.grants(), gate.now()]);
      return json({ items: grants.map((grant) => grantView(grant, now)) });
    },
  };
  const revoke: PersonRoute = {
    method: 'POST',
    path: '/api/v1/grants/{id}/revoke',
    operation: 'revokeGrant',
    summary: 'Ends a grant at once; what it has let through is not undone',
    principal: 'person',
    answer: {
      status: 200,
      description: 'The grant as it stands now',
      contentType: 'application/json',
      schema: grantSchema,
    },
    problems: ['not-found'],
    async handle({ params, person }) {
      try {
        const grant = await gate.revokeGrant({ id: params['id'] ?? '', person });
        if (grant) return json(grantView(grant, await gate.now().catch(() => grant.until)));
        return problem('not-found', { detail: 'There is no grant with this id, or another one has taken its place.' });
      } catch (error) {
        if (!(error instanceof AuditUnavailable)) throw error;
        const detail =
          'The audit log cannot be written, so that the end of the grant could not be confirmed. Try again.';
        return problem('gate-unavailable', { detail }, { 'Retry-After': '2' });
      }
    },
  };
  return [list, revoke];
}
