// The catalogue of AWS operations, read from data/operations.txt at first use: the heads of all services at once, the operations of a
// service when a call for it comes. INVARIANT: nothing here depends on a call, so that one copy serves the process.
import { groupBy } from '../group-by.ts';
import { readFileSync } from 'node:fs';
import { createRouteTrie, type RouteTrie } from '../route-trie.ts';
import {
  type IamAction,
  type Operation,
  parseFurtherActions,
  parseOperation,
  parseServiceHead,
  type ServiceHead,
} from './catalogue-text.ts';

export interface Service {
  readonly head: ServiceHead;
  readonly operations: ReadonlyMap<string, Operation>;
  /** Undefined where no operation has a route: the service speaks JSON, CBOR or the query protocol only. */
  readonly routes: RouteTrie<Operation> | undefined;
}

export interface AwsCatalogue {
  readonly heads: readonly ServiceHead[];
  readonly byHost: ReadonlyMap<string, readonly ServiceHead[]>;
  readonly bySigningName: ReadonlyMap<string, readonly ServiceHead[]>;
  readonly byTarget: ReadonlyMap<string, readonly ServiceHead[]>;
  readonly byVersion: ReadonlyMap<string, readonly ServiceHead[]>;
  readonly prefixes: readonly string[];
  service(head: ServiceHead): Service;
  /** Every action below an IAM prefix: those that operations need and those that only IAM knows. */
  actions(prefix: string): ReadonlyMap<string, IamAction>;
}

let known: AwsCatalogue | undefined;

/** Throws where the data file is missing or broken, which is a broken installation. */
export function awsCatalogue(): AwsCatalogue {
  known ??= createCatalogue(readFileSync(new URL('data/operations.txt', import.meta.url), 'utf8'));
  return known;
}

interface Section {
  readonly first: string;
  readonly from: number;
  readonly to: number;
}

function createCatalogue(text: string): AwsCatalogue {
  const found = sections(text);
  const lines = ({ from, to }: Section): string[] => (from < to ? text.slice(from, to).split('\n') : []);
  const heads = new Map<string, { readonly head: ServiceHead; readonly section: Section }>();
  const further = new Map<string, Section>();
  for (const section of found) {
    if (section.first.startsWith('%')) further.set(section.first.slice(1), section);
    else {
      const head = parseServiceHead(section.first);
      heads.set(head.id, { head, section });
    }
  }
  const services = new Map<string, Service>();
  const service = (head: ServiceHead): Service => {
    const before = services.get(head.id);
    if (before) return before;
    const section = heads.get(head.id)?.section;
    const read = readService(head, section ? lines(section) : []);
    services.set(head.id, read);
    return read;
  };
  const all = [...heads.values()].map(({ head }) => head);
  const actions = new Map<string, ReadonlyMap<string, IamAction>>();
  let owners: ReadonlyMap<string, ReadonlySet<ServiceHead>> | undefined;
  return {
    heads: all,
    byHost: groupBy(all, ({ hosts }) => hosts),
    bySigningName: groupBy(all, ({ signingNames }) => signingNames),
    byTarget: groupBy(all, ({ targets }) => targets),
    byVersion: groupBy(all, ({ version }) => (version === undefined ? [] : [version])),
    prefixes: [...new Set([...all.flatMap((head) => head.prefixes), ...further.keys()])].toSorted(),
    service,
    actions(prefix) {
      let names = actions.get(prefix);
      if (!names) {
        const section = further.get(prefix);
        const own = (section ? lines(section) : []).flatMap((line) => parseFurtherActions(line, prefix));
        owners ??= ownersOf(heads.values(), text);
        const needed = [...(owners.get(prefix) ?? [])]
          .flatMap((head) => [...service(head).operations.values()].flatMap((operation) => operation.actions))
          .filter((action) => action.prefix === prefix);
        names = new Map([...own, ...needed].map((action) => [action.name, action]));
        actions.set(prefix, names);
      }
      return names;
    },
  };
}

/** The services whose operations need actions of a prefix: their own, and those that their lines name. */
function ownersOf(
  heads: Iterable<{ readonly head: ServiceHead; readonly section: Section }>,
  text: string,
): ReadonlyMap<string, ReadonlySet<ServiceHead>> {
  const owners = new Map<string, Set<ServiceHead>>();
  for (const { head, section } of heads) {
    const foreign = text.slice(section.from, section.to).matchAll(/[>=,|]([a-z0-9-]+):/g);
    for (const prefix of [...head.prefixes, ...[...foreign].map((match) => match[1] ?? '')]) {
      owners.set(prefix, (owners.get(prefix) ?? new Set()).add(head));
    }
  }
  return owners;
}

function readService(head: ServiceHead, lines: readonly string[]): Service {
  const operations = new Map(lines.map((line) => parseOperation(line, head)).map((each) => [each.name, each]));
  const routed = [...operations.values()].flatMap((value) =>
    (value.method?.split(',') ?? []).map((method) => ({
      method,
      template: value.template,
      query: value.query,
      value,
    })),
  );
  return { head, operations, routes: routed.length === 0 ? undefined : createRouteTrie(routed, head.base) };
}

function sections(text: string): Section[] {
  const found: Section[] = [];
  const start = /^[@%].*$/gm;
  for (let match = start.exec(text); match; match = start.exec(text)) {
    const last = found.at(-1);
    if (last) found[found.length - 1] = { ...last, to: match.index - 1 };
    found.push({ first: match[0], from: match.index + match[0].length + 1, to: text.length - 1 });
  }
  return found;
}
