// What no single value shows: names used twice, two principals with one credential, groups without members. It reads the plain
// data defensively, so that these faults come out together with those of the schema.
import type { Fault, LocatedYaml } from '../core/located-yaml.ts';
import { nearest } from '../core/nearest.ts';
import { humanId } from '../core/principal.ts';

type Path = readonly (string | number)[];

interface Found {
  readonly path: Path;
  readonly text: string;
}

/** Every fault that lies between values. */
export function crossChecks(yaml: LocatedYaml): Fault[] {
  const find = (...pattern: string[]): Found[] => textsAt(yaml.value, pattern);
  return [
    ...twice(yaml, 'the agent id', find('agents', '*', 'id')),
    ...twice(yaml, 'the person', find('people', '*', 'email').map(folded)),
    ...twice(yaml, 'the issuer', find('issuers', '*', 'issuer')),
    ...twice(yaml, 'the issuer', find('sign_in', 'issuers', '*', 'issuer')),
    ...sharedAudience(yaml),
    // Agents and people share one list: a credential that opens both sides would let an agent vote.
    ...twice(yaml, 'this credential', [
      ...find('agents', '*', 'credentials', '*', 'bearer_sha256'),
      ...find('people', '*', 'credentials', '*', 'bearer_sha256'),
    ]),
    ...twice(yaml, 'the mount', find('upstreams', '*', 'mount')),
    ...twice(yaml, 'the host', find('upstreams', '*', 'hosts', '*')),
    ...samePort(yaml),
    ...unreachableUpstreams(yaml),
    ...keySources(yaml),
    ...approvers(yaml),
    ...datasetLabels(yaml),
    ...sharedKeys(yaml),
    ...interpolationElsewhere(yaml),
  ];
}

function twice(yaml: LocatedYaml, what: string, found: readonly Found[]): Fault[] {
  const first = new Map<string, Path>();
  const faults: Fault[] = [];
  for (const { path, text } of found) {
    const before = first.get(text);
    const name = what.startsWith('this') ? what : `${what} "${text}"`;
    if (before) faults.push({ at: yaml.locate(path), message: `${name} stands at ${yaml.locate(before)} already` });
    else first.set(text, path);
  }
  return faults;
}

/** Usage is asked for by one name: the id of an upstream stands for all of that one's calls. */
function datasetLabels(yaml: LocatedYaml): Fault[] {
  const ids = new Set(entriesAt(yaml.value, ['upstreams', '*']).map(({ path }) => path.at(-1)));
  return textsAt(yaml.value, ['upstreams', '*', 'datasets', '*', 'label'])
    .filter(({ text }) => ids.has(text))
    .map(({ path, text }) => ({
      at: yaml.locate(path),
      message: `"${text}" is the id of an upstream, and names all of its calls already; the dataset needs another label`,
    }));
}

function samePort(yaml: LocatedYaml): Fault[] {
  const port = (key: string): string | undefined => {
    const text = textsAt(yaml.value, ['listen', key])[0]?.text ?? (key === 'proxy' ? ':8080' : ':8081');
    return /:([1-9]\d*)$/.exec(text)?.[1];
  };
  const same = port('proxy') !== undefined && port('proxy') === port('console');
  return same ? [{ at: yaml.locate(['listen', 'console']), message: 'proxy and console need different ports' }] : [];
}

function unreachableUpstreams(yaml: LocatedYaml): Fault[] {
  return entriesAt(yaml.value, ['upstreams', '*']).flatMap(({ path, value }) => {
    if (!isMap(value) || value['mount'] !== undefined || sizeOf(value['hosts']) > 0) return [];
    return [{ at: yaml.locate(path, true), message: 'no call can reach this upstream: it needs a mount or hosts' }];
  });
}

/** Whether replicas share what `store:` names: everything but a file of this machine. A text that is no address is reported as
 *  such by the schema. */
function isShared(store: unknown): boolean {
  return typeof store === 'string' ? store !== 'sqlite' && store.includes(':') : isMap(store);
}

/** What one replica signed or sealed in a shared store, the others have to verify and open. */
function sharedKeys(yaml: LocatedYaml): Fault[] {
  const [store] = entriesAt(yaml.value, ['store']);
  if (!store || !isShared(store.value) || textsAt(yaml.value, ['keys', 'dir']).length > 0) return [];
  const message =
    'replicas that share a store need the same keys: make them once with "holdgate keys init DIR", mount the folder into ' +
    'every replica, and name it with keys: {dir: …}';
  return [{ at: yaml.locate(store.path), message }];
}

function keySources(yaml: LocatedYaml): Fault[] {
  return entriesAt(yaml.value, ['issuers', '*']).flatMap(({ path, value }) => {
    if (!isMap(value) || (value['jwks_uri'] === undefined) !== (value['jwks_file'] === undefined)) return [];
    return [{ at: yaml.locate(path), message: 'an issuer needs exactly one of jwks_uri and jwks_file' }];
  });
}

/** A token that is good for agents and for people would let an agent vote. */
function sharedAudience(yaml: LocatedYaml): Fault[] {
  const pair = (value: unknown): string => {
    const [issuer, audience] = ['issuer', 'audience'].map((key) => textsAt(value, [key])[0]?.text);
    return JSON.stringify([issuer, audience]);
  };
  const agents = new Map(entriesAt(yaml.value, ['issuers', '*']).map(({ path, value }) => [pair(value), path]));
  return entriesAt(yaml.value, ['sign_in', 'issuers', '*']).flatMap(({ path, value }) => {
    const taken = agents.get(pair(value));
    if (!taken) return [];
    const message = `tokens of this issuer and audience authenticate agents already, at ${yaml.locate(taken)}; people need an audience of their own`;
    return [{ at: yaml.locate([...path, 'audience']), message }];
  });
}

/** Groups whose members an identity provider or Slack knows. */
function groupsElsewhere(value: unknown): string[] {
  const mapped = ['sign_in', 'issuers', '*', 'groups', '*'];
  return [
    ...[...textsAt(value, mapped), ...textsAt(value, [...mapped, '*'])].map(({ text }) => text),
    ...entriesAt(value, ['channels', 'slack', 'user_groups', '*']).map(({ path }) => String(path.at(-1))),
  ];
}

/** `hold.from` names people who exist, and enough of them. */
function approvers(yaml: LocatedYaml): Fault[] {
  const emails = new Set(textsAt(yaml.value, ['people', '*', 'email']).map((found) => folded(found).text));
  const elsewhere = groupsElsewhere(yaml.value);
  const provision = entriesAt(yaml.value, ['sign_in', 'issuers', '*', 'provision']).some(({ value }) => value === true);
  const groups = new Set([
    ...textsAt(yaml.value, ['people', '*', 'groups', '*']).map(({ text }) => text),
    ...elsewhere,
  ]);
  const schedules = new Set(entriesAt(yaml.value, ['on_call', '*']).map(({ path }) => String(path.at(-1))));
  const faults: Fault[] = [];
  const from = textsAt(yaml.value, ['hold', 'from', '*']);
  for (const { path, text } of from) {
    const [kind = '', name = ''] = text.startsWith('group:') ? ['group', text.slice(6)] : ['person', humanId(text)];
    const known = kind === 'group' ? groups : emails;
    if (text.startsWith('oncall:')) {
      const near = nearest(text.slice(7), schedules);
      const hint = near === undefined ? '' : `; did you mean "oncall:${near}"?`;
      if (!schedules.has(text.slice(7)))
        faults.push({ at: yaml.locate(path), message: `there is no schedule "${text.slice(7)}" in on_call${hint}` });
    } else if (!known.has(name) && !(provision && kind === 'person')) {
      const near = nearest(name, known);
      const hint = near === undefined ? '' : `; did you mean "${kind === 'group' ? 'group:' : ''}${near}"?`;
      const message = kind === 'group' ? `nobody in people is in the group "${name}"` : `"${text}" is not in people`;
      faults.push({ at: yaml.locate(path), message: message + hint });
    }
  }
  const approvals = entriesAt(yaml.value, ['hold', 'approvals'])[0]?.value;
  const eligible = membersOf(
    yaml.value,
    from.map(({ text }) => (elsewhere.includes(text.slice(6)) ? 'oncall:' : text)),
  );
  if (faults.length === 0 && !provision && typeof approvals === 'number' && emails.size > 0 && approvals > eligible) {
    const message = `${approvals} approvals can never be reached; people who may approve: ${eligible}`;
    faults.push({ at: yaml.locate(['hold', 'approvals']), message });
  }
  return faults;
}

function membersOf(value: unknown, from: readonly string[]): number {
  const people = entriesAt(value, ['people', '*']).map((entry) => entry.value);
  const named = new Set(from.map(humanId));
  return people.filter((person) => {
    if (from.length === 0 || from.some((entry) => entry.startsWith('oncall:'))) return true;
    const [email] = textsAt(person, ['email']);
    const groups = textsAt(person, ['groups', '*']);
    return (
      (email !== undefined && named.has(humanId(email.text))) ||
      groups.some(({ text }) => from.includes(`group:${text}`))
    );
  }).length;
}

const INTERPOLATED = /^(?:preview\.)?credential\.(?:value|aws\.(?:access_key_id|secret_access_key|session_token))$/;

/** `${…}` outside a credential would be taken literally, which nobody who writes it means. */
const REPLACED =
  /^(?:channels\.(?:webhooks\.[^.]*\.secret|slack\.(?:bot_token|app_token|signing_secret)|teams\.app_secret)|on_call\..*\.token)$/;

function interpolationElsewhere(yaml: LocatedYaml): Fault[] {
  const faults: Fault[] = [];
  const walk = (value: unknown, path: Path): void => {
    const [top, , ...rest] = path;
    if (top === 'upstreams' && INTERPOLATED.test(rest.join('.'))) return;
    if (top === 'store' || REPLACED.test(path.join('.'))) return;
    if (typeof value === 'string' && /\$\{(?:env|file):/.test(value)) {
      const message = '${env:…} and ${file:…} are only replaced in credentials and secrets';
      faults.push({ at: yaml.locate(path), message });
    } else if (Array.isArray(value)) {
      for (const [i, item] of value.entries()) walk(item, [...path, i]);
    } else if (isMap(value)) {
      for (const [key, item] of Object.entries(value)) walk(item, [...path, key]);
    }
  };
  walk(yaml.value, []);
  return faults;
}

function entriesAt(value: unknown, pattern: readonly string[], path: Path = []): { path: Path; value: unknown }[] {
  const [step, ...rest] = pattern;
  if (step === undefined) return value === undefined ? [] : [{ path, value }];
  if (Array.isArray(value)) {
    return step === '*' ? value.flatMap((item: unknown, i) => entriesAt(item, rest, [...path, i])) : [];
  }
  if (!isMap(value)) return [];
  if (step === '*') return Object.entries(value).flatMap(([key, item]) => entriesAt(item, rest, [...path, key]));
  return Object.hasOwn(value, step) ? entriesAt(value[step], rest, [...path, step]) : [];
}

function textsAt(value: unknown, pattern: readonly string[]): Found[] {
  return entriesAt(value, pattern).flatMap(({ path, value: text }) =>
    typeof text === 'string' ? [{ path, text }] : [],
  );
}

function folded({ path, text }: Found): Found {
  return { path, text: humanId(text) };
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function sizeOf(value: unknown): number {
  return Array.isArray(value) ? value.length : 0;
}
