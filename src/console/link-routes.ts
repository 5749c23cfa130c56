// Linking one's accounts of channels: whoever was given a code there gives it back here, signed in.
import type { Account } from '../ports/accounts.ts';
import type { Person } from '../core/principal.ts';
import { json, problem } from './answer.ts';
import type { PersonRoute, Route } from './route.ts';
import { type LinkBody, linkBodySchema, linkSchema, unlinkedSchema } from './schemas.ts';

export interface Links {
  /** Rejects with StoreUnavailable. */
  link(
    person: Person,
    code: string,
  ): Promise<{ readonly outcome: 'linked'; readonly account: Account } | { readonly outcome: 'unknown' | 'taken' }>;
  unlink(person: Person): Promise<readonly Account[]>;
}

const shown = ({ channel, realm, id }: Account): object => ({ channel, workspace: realm, account: id });

export function linkRoutes(links: Links): readonly Route[] {
  const link: PersonRoute<unknown, LinkBody> = {
    method: 'POST',
    path: '/api/v1/links',
    operation: 'link',
    summary: 'Links the account that was given this code to you',
    principal: 'person',
    body: linkBodySchema,
    answer: { status: 200, description: 'The account', contentType: 'application/json', schema: linkSchema },
    problems: ['not-found', 'link-refused'],
    async handle({ person, body: { code } }) {
      const done = await links.link(person, code.trim().toUpperCase());
      if (done.outcome === 'linked') return json(shown(done.account));
      return done.outcome === 'unknown'
        ? problem('not-found', { detail: 'There is no such code (any more); ask for a new one where you got it.' })
        : problem('link-refused', { detail: 'This account belongs to somebody else, who can let it go.' });
    },
  };
  const unlink: PersonRoute = {
    method: 'POST',
    path: '/api/v1/links/undo',
    operation: 'unlink',
    summary: 'Lets go of all your accounts of channels',
    principal: 'person',
    answer: { status: 200, description: 'What was yours', contentType: 'application/json', schema: unlinkedSchema },
    problems: [],
    handle: async ({ person }) => json({ items: (await links.unlink(person)).map(shown) }),
  };
  return [link, unlink];
}
