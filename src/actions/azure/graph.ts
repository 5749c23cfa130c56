// Microsoft Graph: method and path with ids taken out, `graph:POST:/applications/{id}/addPassword`. INVARIANT: a path with a word that is not in the
// vocabulary gives nothing; what looks like an id stands only behind a collection.
import type { ActionLevel } from '../../core/action.ts';
import { graphWords } from './graph-words.ts';
import type { Finding } from './request.ts';

const MANAGES =
  /^graph:(?:POST|PATCH|PUT|DELETE):\/(?:roleManagement|policies|identity\/conditionalAccess|oauth2PermissionGrants|directoryRoles|identityGovernance)\b|\/(?:owners|members|appRoleAssignments|appRoleAssignedTo|scopedRoleMembers|permissions|delegatedPermissionClassifications)(?:\/|$)|\/(?:invite|createLink)$/;
/** A POST that only answers. */
const READS =
  /\/(?:getByIds|findMeetingTimes|checkMember\w+|getMember\w+|getAvailable\w+|validateProperties|query|preview|evaluate|whatIf|getPasswordSingleSignOnCredentials)$/;
const MAX_SEGMENTS = 24;

/** `segments`: decoded, not empty, the version first. */
export function graphFinding(method: string, segments: readonly string[]): Finding | undefined {
  const version = (segments[0] ?? '').toLowerCase();
  if ((version !== 'v1.0' && version !== 'beta') || segments.length < 2 || segments.length > MAX_SEGMENTS)
    return undefined;
  const template: string[] = [];
  const ids: string[] = [];
  let type = '';
  let follows = false;
  let open = false;
  for (const segment of segments.slice(1)) {
    const [, before = segment, inner] = /^([A-Za-z0-9_.$]+)\(([^()]*)\)$/.exec(segment) ?? [];
    const word = graphWords().get(before.toLowerCase().replace(/^microsoft\.graph\./, ''));
    if (
      word &&
      (!follows || /^\$|^(?:delta|getByIds|validateProperties|search)$/.test(word.text) || inner !== undefined)
    ) {
      // The one collection whose name is that of a place elsewhere.
      const many = word.many || (word.text === 'policies' && template.at(-1) === 'conditionalAccess');
      template.push(word.text);
      follows = many;
      open = many;
      if (many) type = word.text;
      // `users('x')`, `applications(appId='x')`: the id in brackets.
      if (inner !== undefined && many) {
        template.push('{id}');
        ids.push(inner.replace(/^(?:\w+=)?'?|'$/g, ''));
        follows = false;
        open = false;
      }
    } else if (follows) {
      template.push('{id}');
      ids.push(segment);
      follows = false;
      open = false;
    } else return undefined;
  }
  if (!/^(?:GET|POST|PATCH|PUT|DELETE)$/.test(method)) return undefined;
  const name = `graph:${method}:/${template.join('/')}`;
  const id = open ? '*' : ids.join('/').toLowerCase();
  return {
    name,
    level: graphLevel(name, open),
    resource: { ...(type === '' ? {} : { type }), id: id === '' ? (template[0] === 'me' ? 'me' : '*') : id },
    params: {},
    known: true,
    sure: true,
    body: method !== 'GET' && method !== 'DELETE',
  };
}

export function graphLevel(name: string, list: boolean): ActionLevel {
  if (name.startsWith('graph:GET:')) return list ? 'list' : 'read';
  if (READS.test(name)) return 'read';
  return MANAGES.test(name) ? 'permissions-management' : 'write';
}
