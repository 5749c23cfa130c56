// Which operations a call may mean, over all services that it may go to and all protocols that they speak.
import type { Call } from '../../core/call.ts';
import type { AwsCatalogue, Service } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';
import type { Endpoint } from './endpoint.ts';
import type { Head } from './head.ts';
import type { Parameters, Reading } from './reading.ts';
import { readRest, restParameters } from './rest.ts';
import { readRpc, type RpcName } from './rpc.ts';

export interface Operations {
  readonly readings: readonly Reading[];
  /** True where it may also be something that is not among them. */
  readonly unknown: boolean;
}

export function readOperations(call: Call, head: Head, endpoint: Endpoint, catalogue: AwsCatalogue): Operations {
  const services = endpoint.services.map((each) => catalogue.service(each));
  const rest = services.flatMap((service) => byRoute(call, head, service));
  const speaksRpc = services.length === 0 || services.some(({ routes }) => !routes);
  const rpc = readRpc(call, head, speaksRpc);
  const sqs = services.some(({ head: { id } }) => id === 'sqs');
  const named = rpc.names.map((name) => byName(sqs ? withQueue(name, call.path) : name, services, catalogue));
  // These protocols have no paths but the root, that of CBOR, and the older URLs of queues.
  const atPlace = rpc.byPath || sqs || call.path === '/' || call.path === '';
  const all = distinct([...named.flatMap(({ readings }) => readings), ...rest]);
  const sure =
    !endpoint.doubt &&
    (rpc.names.length === 0 || (rpc.clean && atPlace && rest.length === 0)) &&
    all.length === 1 &&
    all.every((reading) => reading.sure);
  const others =
    endpoint.doubt || named.some(({ unknown }) => unknown) || (rest.length === 0 && rpc.hidden) || all.length === 0;
  return { readings: sure ? all : all.map((reading) => ({ ...reading, sure: false })), unknown: others };
}

/** A queue that the path names is the parameter `QueueUrl`; both of them, where it says otherwise. */
function withQueue(name: RpcName, path: string): RpcName {
  if (path === '/' || path === '') return name;
  const parameters = (): Parameters => {
    const { tree, state } = name.parameters();
    const said = tree.get('QueueUrl');
    const same = typeof said === 'string' && said.endsWith(path);
    const both = said === undefined ? path : same ? said : [path, said];
    return { tree: new Map([...tree, ['QueueUrl', both]]), state };
  };
  return { ...name, parameters };
}

function byRoute(call: Call, head: Head, service: Service): Reading[] {
  const found = readRest(call, service, head.otherMethods);
  return found.map((reading) => ({
    service: service.head,
    operation: reading.operation,
    name: reading.operation.name,
    parameters: restParameters(call, reading),
    sure: reading.sure,
  }));
}

interface Named {
  readonly readings: readonly Reading[];
  readonly unknown: boolean;
}

/** The services that know an operation of this name, among those that the call may go to. */
function byName(
  { name, target, version, parameters }: RpcName,
  services: readonly Service[],
  catalogue: AwsCatalogue,
): Named {
  const { from, sure, others } = servicesFor(target, version, services, catalogue);
  const known = from.flatMap(({ head, operations }) => {
    const operation = operations.get(name);
    return operation ? [{ service: head, operation, name, parameters: parameters(), sure }] : [];
  });
  if (known.length > 0) return { readings: known, unknown: others };
  const heads = [...new Map(from.map(({ head }) => [head.prefixes[0], head])).values()];
  const readings = heads.map((service) => ({ service, operation: undefined, name, parameters: parameters(), sure }));
  return { readings, unknown: others || readings.length === 0 };
}

function servicesFor(
  target: string | undefined,
  version: string | undefined,
  services: readonly Service[],
  catalogue: AwsCatalogue,
): { readonly from: readonly Service[]; readonly sure: boolean; readonly others: boolean } {
  const targeted = target === undefined ? undefined : catalogue.byTarget.get(target);
  if (target !== undefined) {
    const fitting = services.filter(({ head }) => head.targets.includes(target));
    if (fitting.length > 0) return { from: fitting, sure: true, others: false };
    const meant = (targeted ?? []).map((head) => catalogue.service(head));
    // A target of another service, or of none that is known: what is done with it nobody can say.
    return { from: [...services, ...meant], sure: services.length === 0, others: services.length > 0 };
  }
  if (services.length === 0) {
    const meant = version === undefined ? [] : (catalogue.byVersion.get(version) ?? []);
    return { from: meant.map((head) => catalogue.service(head)), sure: true, others: false };
  }
  const fitting = services.filter(({ head }) => head.version !== undefined);
  if (fitting.length === 0) return { from: services, sure: false, others: false };
  const exact = fitting.filter(({ head }) => head.version === version);
  return { from: exact.length > 0 ? exact : fitting, sure: true, others: false };
}

/** Services that share an endpoint share actions: where what IAM asks for is the same, it is one reading. */
function distinct(readings: readonly Reading[]): Reading[] {
  const found = new Map<string, Reading>();
  for (const [i, reading] of readings.entries()) {
    const actions = reading.operation?.actions.map(({ prefix, name, level }) => `${prefix}:${name}:${level}`);
    const key = `${reading.name} ${actions?.join() ?? prefixOf(reading.service)}`;
    const before = found.get(key);
    // One service read in two ways is two readings.
    if (before?.service === reading.service) found.set(`${key} ${i}`, reading);
    else if (!before) found.set(key, reading);
    else {
      const [better, other] =
        isNamesake(reading.service) && !isNamesake(before.service) ? [reading, before] : [before, reading];
      found.set(key, { ...better, sure: better.sure && other.sure });
    }
  }
  return [...found.values()];
}

const isNamesake = (head: ServiceHead): boolean => head.id === prefixOf(head);

const prefixOf = (head: ServiceHead): string => head.prefixes[0] ?? '';
