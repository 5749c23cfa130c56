// What an operation of GitHub is done to. Names of accounts and repositories have no case at GitHub: here they are in lower case, so that a
// rule about one meets every spelling. `*` is whatever the call does not name: an alias by number, or what the credential can reach.
import type { ActionResource } from '../../core/action.ts';
import type { Given } from './given.ts';

type Labels = ReadonlyMap<string, string>;

const ANYTHING: ActionResource = { id: '*', namespace: '*' };

export function resourceOf(labels: Labels): ActionResource {
  const owner = name(labels, 'owner') ?? name(labels, 'template_owner');
  const repo = name(labels, 'repo') ?? name(labels, 'template_repo');
  if (owner !== undefined && repo !== undefined) {
    const id = owner === '*' || repo === '*' ? '*' : `${owner}/${repo.replace(/\.git$/, '')}`;
    return { type: 'repo', id, namespace: owner };
  }
  for (const [label, type] of ACCOUNTS) {
    const id = name(labels, label);
    if (id !== undefined) return { type, id, namespace: id };
  }
  for (const [label, type] of OTHERS) {
    const id = labels.get(label);
    if (id !== undefined) return { type, id, namespace: '*' };
  }
  return ANYTHING;
}

/** The first that a path has is what it is about. */
const ACCOUNTS: readonly (readonly [label: string, type: string])[] = [
  ['org', 'org'],
  ['enterprise', 'enterprise'],
  ['enterprise_or_org', 'enterprise'],
  ['username', 'user'],
];
const OTHERS: readonly (readonly [label: string, type: string])[] = [
  ['team_id', 'team'],
  ['gist_id', 'gist'],
  ['installation_id', 'installation'],
  ['client_id', 'app'],
  ['codespace_name', 'codespace'],
  ['package_name', 'package'],
];

function name(labels: Labels, label: string): string | undefined {
  return labels.get(label)?.toLowerCase();
}

/** Where an operation puts a repository: the parameter that names the account. */
const TARGETS: Readonly<Record<string, string>> = {
  'repos/transfer': 'new_owner',
  'repos/create-fork': 'organization',
  'repos/create-using-template': 'owner',
};

/** The account that a repository is put into, as a further thing that the call is about; undefined where none is named. */
export function targetOf(id: string, given: Given): ActionResource | undefined {
  const parameter = TARGETS[id];
  if (parameter === undefined) return undefined;
  if (given.anything) return { type: 'org', ...ANYTHING };
  const names = given.values(parameter);
  const [first] = names;
  if (names.length === 0) return undefined;
  if (names.length > 1 || typeof first !== 'string') return { type: 'org', ...ANYTHING };
  return { type: 'org', id: first.toLowerCase(), namespace: first.toLowerCase() };
}
