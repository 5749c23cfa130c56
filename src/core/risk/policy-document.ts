// Policy documents of AWS and those made after it: what their statements allow, to whom. Only `Allow` widens anything.
// Source: IAM user guide, "Grammar of the IAM JSON policy language".
import type { FlagList } from './flag.ts';
import type { Material, Plain, PlainMap } from './material.ts';

/** `own`: accounts that are known to be the caller's own; empty where nobody knows. */
export function flagPolicyDocuments(material: Material, own: ReadonlySet<string>, flags: FlagList): void {
  for (const { where, map } of material.maps) {
    const statements = map['Statement'] ?? map['statement'];
    if (statements === undefined) continue;
    const list = Array.isArray(statements) ? (statements as readonly Plain[]) : [statements];
    for (const [i, statement] of list.entries()) {
      if (isMap(statement)) flagStatement(`${where}/Statement/${i}`, statement, own, flags);
    }
  }
}

function flagStatement(where: string, statement: PlainMap, own: ReadonlySet<string>, flags: FlagList): void {
  if (texts(member(statement, 'Effect'))[0]?.toLowerCase() !== 'allow') return;
  const actions = texts(member(statement, 'Action'));
  const resources = texts(member(statement, 'Resource'));
  const condition = member(statement, 'Condition') === undefined ? '' : ' under a condition';
  const principal = member(statement, 'Principal');
  const everything = resources.some(isAny) || (principal !== undefined && resources.length === 0);
  for (const name of ['NotAction', 'NotResource', 'NotPrincipal']) {
    const but = member(statement, name);
    if (but !== undefined) flags.add('not-action', where, `Allow, ${name} ${texts(but).join(', ')}`);
  }
  const anyAction = actions.find(isAnyAction);
  if (anyAction !== undefined && everything && principal === undefined) {
    flags.add(
      'wildcard-admin',
      where,
      `Allow Action ${anyAction} on Resource ${resources.find(isAny) ?? '*'}${condition}`,
    );
  } else {
    const wild = actions.filter((action) => /[*?]/.test(action));
    if (wild.length > 0) flags.add('wildcard-action', where, `Allow Action ${wild.join(', ')}${condition}`);
    if (everything && resources.length > 0 && !actions.every(isRead)) {
      flags.add(
        'wildcard-resource',
        where,
        `Allow ${actions.join(', ')} on Resource ${resources.join(', ')}${condition}`,
      );
    }
  }
  if (
    everything &&
    principal === undefined &&
    actions.some((action) => /^(?:iam:PassRole|iam:Pass\*)$/i.test(action))
  ) {
    flags.add('pass-any-role', where, `Allow iam:PassRole on Resource *${condition}`);
  }
  if (principal !== undefined) flagPrincipal(where, principal, condition, own, flags);
}

function flagPrincipal(
  where: string,
  principal: Plain,
  condition: string,
  own: ReadonlySet<string>,
  flags: FlagList,
): void {
  const kinds: readonly (readonly [string, Plain])[] = isMap(principal) ? Object.entries(principal) : [['', principal]];
  for (const [kind, value] of kinds) {
    for (const who of texts(value)) {
      const said = `Allow Principal ${kind === '' ? '' : `${kind} `}${who}${condition}`;
      // A federated principal is an identity provider, a service one of the cloud's own.
      if (who === '*' && /^(?:|aws|canonicaluser)$/i.test(kind)) flags.add('public-access', where, said);
      const account = /^(\d{12})$/.exec(who)?.[1] ?? /^arn:[a-z-]+:(?:iam|sts)::(\d{12}):/.exec(who)?.[1];
      if (account === undefined || own.has(account)) continue;
      flags.add(own.size > 0 ? 'cross-account' : 'named-account', where, said);
    }
  }
}

const isAny = (text: string): boolean => /^\*+$/.test(text) || /^arn:\*+$/.test(text);
const isAnyAction = (text: string): boolean => /^\*+(?::\*+)?$/.test(text);
const isRead = (text: string): boolean => /:(?:Get|List|Describe|Head|BatchGet|Search|Lookup|View)/i.test(text);

function isMap(value: Plain | undefined): value is PlainMap {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Member names of policy documents are read without regard to case by several services. */
function member(map: PlainMap, name: string): Plain | undefined {
  if (Object.hasOwn(map, name)) return map[name];
  const key = Object.keys(map).find((each) => each.toLowerCase() === name.toLowerCase());
  return key === undefined ? undefined : map[key];
}

function texts(value: Plain | undefined): readonly string[] {
  const list: readonly Plain[] = Array.isArray(value)
    ? (value as readonly Plain[])
    : value === undefined
      ? []
      : [value];
  return list.filter((each) => typeof each === 'string');
}
