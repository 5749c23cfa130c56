// `Impersonate-*` headers: the API server authorises each as a deed of its own, with the verb `impersonate`, before it looks at the
// request as the one who is impersonated (k8s.io/apiserver, WithImpersonation).
import type { Action } from '../../core/action.ts';
import type { RawHeaders } from '../../core/call.ts';
import { decodeStrict } from '../../core/body/percent.ts';
import { shortenedText } from '../../core/visible-text.ts';

interface Identity {
  /** `users`, `authentication.k8s.io/userextras/scopes` … */
  readonly what: string;
  readonly word: string;
  readonly name: string;
  readonly namespace?: string;
}

const PREFIX = 'impersonate-';
const EXTRA = 'impersonate-extra-';
const AUTHENTICATION = 'authentication.k8s.io';
const SERVICE_ACCOUNT = /^system:serviceaccount:([^:]+):([^:]+)$/;
const MAX_NAME = 512;

/** One action for each header, exact only where they together say one thing. */
export function impersonations(headers: RawHeaders): readonly Action[] {
  const identities: Identity[] = [];
  let odd = false;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length < 11 || !/^impersonate[-_]/i.test(name)) continue;
    const value = headers[i + 1] ?? '';
    // Hops that speak CGI take an underscore for a hyphen.
    if (name.includes('_') || value === '' || value.length > MAX_NAME) odd = true;
    identities.push(identify(name.toLowerCase().replaceAll('_', '-'), value));
  }
  if (identities.length === 0) return [];
  // Of several users the server reads the first, and without a user it refuses the rest.
  const count = (word: string): number => identities.filter((each) => each.word === word).length;
  const sure = !odd && count('user') + count('service account') === 1 && count('UID') <= 1;
  return identities.map((identity) => action(identity, sure));
}

function identify(header: string, name: string): Identity {
  if (header === 'impersonate-user') {
    const account = SERVICE_ACCOUNT.exec(name);
    return account
      ? { what: 'serviceaccounts', word: 'service account', name: account[2] ?? '', namespace: account[1] ?? '' }
      : { what: 'users', word: 'user', name };
  }
  if (header === 'impersonate-group') return { what: 'groups', word: 'group', name };
  if (header === 'impersonate-uid') return { what: `${AUTHENTICATION}/uids`, word: 'UID', name };
  const raw = header.slice((header.startsWith(EXTRA) ? EXTRA : PREFIX).length);
  const key = decodeStrict(raw, false) ?? raw;
  return { what: `${AUTHENTICATION}/userextras/${key}`, word: `holder of ${shortenedText(key, 80)}`, name };
}

function action({ what, word, name, namespace }: Identity, sure: boolean): Action {
  const type = what.split('/', 2).join('/');
  const place = namespace === undefined ? '' : ` of namespace ${shortenedText(namespace, 80)}`;
  return {
    provider: 'k8s',
    service: what.includes('/') ? AUTHENTICATION : 'core',
    operation: 'impersonate',
    name: `k8s:impersonate:${what}`,
    level: 'permissions-management',
    levelSource: 'rule',
    tags: ['privilege-escalation'],
    resource: { type, id: name, ...(namespace !== undefined && { namespace }) },
    params: {},
    summary: `Act as ${word} ${shortenedText(name, 120)}${place}`,
    confidence: sure ? 'exact' : 'ambiguous',
  };
}
