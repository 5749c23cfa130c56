// What the catalogue lists is what calls are recognised as: each entry is asked for and has to come back.
import { expect, it } from 'vitest';
import { kubernetesCatalogue } from '../../../src/actions/kubernetes/catalogue.ts';
import { resourceKind } from '../../../src/actions/kubernetes/resource-kinds.ts';
import { recognise } from './calls.ts';

const METHODS: Readonly<Record<string, string>> = {
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  apply: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};
const UNREAD = { state: { state: 'unreadable', why: 'over-limit' } } as const;
const entries = [...kubernetesCatalogue().entries()].filter(({ name }) => !name.includes('*'));
const asked = entries.filter(({ name }) => !name.startsWith('k8s:impersonate:'));

/** The call of an entry, about one object where its verb is about one, with a body that nobody can read. */
function actionsOf(name: string) {
  const [, verb = '', rest = ''] = name.split(':');
  const parts = rest.split('/');
  const group = resourceKind('', parts[0] ?? '') || parts.length === 1 ? '' : (parts.shift() ?? '');
  const [resource = '', subresource] = parts;
  const collection = ['list', 'watch', 'deletecollection'].includes(verb) || (verb === 'create' && !subresource);
  const namespaced = resourceKind(group, resource)?.namespaced ?? true;
  const api = group === '' ? '/api/v1' : `/apis/${group}/v1`;
  const place = namespaced ? '/namespaces/kube-system' : '';
  const object = `${collection ? '' : '/aws-auth'}${subresource ? `/${subresource}` : ''}`;
  const line = `${METHODS[verb] ?? 'GET'} ${api}${place}/${resource}${object}${verb === 'watch' ? '?watch=1' : ''}`;
  const patch = verb === 'apply' ? 'application/apply-patch+yaml' : 'application/merge-patch+json';
  const type = METHODS[verb] === 'PATCH' ? patch : 'application/json';
  const writes = verb in METHODS && !verb.startsWith('delete');
  return recognise(line, writes ? { type, ...UNREAD } : {});
}

it('lists nothing that is recognised as something else, or marked and graded otherwise', () => {
  const wrong = asked.flatMap(({ name, level, tags }) => {
    const action = actionsOf(name).find((each) => each.name === name);
    if (!action)
      return [
        `${name}: recognised as ${actionsOf(name)
          .map((each) => each.name)
          .join()}`,
      ];
    if (action.level !== level) return [`${name}: ${action.level}, listed as ${level}`];
    // Bodies that cannot be read earn all that any object of any kind might.
    const missing = tags.filter((tag) => !action.tags.includes(tag));
    const ofItself = action.confidence === 'exact' ? action.tags.filter((tag) => !tags.includes(tag)) : [];
    return missing.length + ofItself.length === 0 ? [] : [`${name}: ${action.tags.join()}, listed with ${tags.join()}`];
  });
  expect(wrong).toEqual([]);
  expect(asked.length).toBeGreaterThan(900);
});

it('has the actions that rules are mostly about', () => {
  const names = new Set(entries.map(({ name }) => name));
  for (const name of [
    'k8s:create:pods/exec',
    'k8s:create:serviceaccounts/token',
    'k8s:get:secrets',
    'k8s:delete:apps/deployments',
    'k8s:create:rbac.authorization.k8s.io/clusterrolebindings',
    'k8s:impersonate:users',
    'k8s:update:certificates.k8s.io/certificatesigningrequests/approval',
  ]) {
    expect(names).toContain(name);
  }
});
