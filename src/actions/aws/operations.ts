// Which operations a call may mean, over all services that it may go to and all protocols that they speak.
import type { Call } from '../../core/call.ts';
import type { AwsCatalogue, Service } from './catalogue.ts';
import type { ServiceHead } from './catalogue-text.ts';
import type { Endpoint } from './endpoint.ts';
import type { Head } from './head.ts';
import type { Reading } from './reading.ts';
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
  const named = rpc.names.map((name) => byName(name, services, catalogue));
  const all = distinct([...named.flatMap(({ readings }) => readings), ...rest]);
  const sure =
    !endpoint.doubt &&
    (rpc.names.length === 0 || (rpc.clean && rest.length === 0)) &&
    all.length === 1 &&
    all.every((reading) => reading.sure);
  const others =
    endpoint.doubt || named.some(({ unknown }) => unknown) || (rest.length === 0 && rpc.hidden) || all.length === 0;
  return { readings: sure ? all : all.map((reading) => ({ ...reading, sure: false })), unknown: others };
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
  const { from, sure } = servicesFor(target, version, services, catalogue);
  const known = from.flatMap(({ head, operations }) => {
    const operation = operations.get(name);
    return operation ? [{ service: head, operation, name, parameters: parameters(), sure }] : [];
  });
  if (known.length > 0) return { readings: known, unknown: false };
  const heads = [...new Map(from.map(({ head }) => [head.prefixes[0], head])).values()];
  const readings = heads.map((service) => ({ service, operation: undefined, name, parameters: parameters(), sure }));
  return { readings, unknown: readings.length === 0 };
}

function servicesFor(
  target: string | undefined,
  version: string | undefined,
  services: readonly Service[],
  catalogue: AwsCatalogue,
): { readonly from: readonly Service[]; readonly sure: boolean } {
  const targeted = target === undefined ? undefined : catalogue.byTarget.get(target);
  if (target !== undefined) {
    const fitting = services.filter(({ head }) => head.target === target);
    if (fitting.length > 0) return { from: fitting, sure: true };
    const meant = (targeted ?? []).map((head) => catalogue.service(head));
    return { from: [...services, ...meant], sure: services.length === 0 };
  }
  if (services.length === 0) {
    const meant = version === undefined ? [] : (catalogue.byVersion.get(version) ?? []);
    return { from: meant.map((head) => catalogue.service(head)), sure: true };
  }
  const fitting = services.filter(({ head }) => head.version !== undefined);
  if (fitting.length === 0) return { from: services, sure: false };
  const exact = fitting.filter(({ head }) => head.version === version);
  return { from: exact.length > 0 ? exact : fitting, sure: true };
}

/** Services that share an endpoint share actions: where what IAM asks for is the same, it is one reading. */
function distinct(readings: readonly Reading[]): Reading[] {
  const found = new Map<string, Reading>();
  for (const reading of readings) {
    const actions = reading.operation?.actions.map(({ prefix, name, level }) => `${prefix}:${name}:${level}`);
    const key = `${reading.name} ${actions?.join() ?? prefixOf(reading.service)}`;
    const before = found.get(key);
    if (
      !before ||
      (before.service.id !== prefixOf(before.service) && reading.service.id === prefixOf(reading.service))
    ) {
      found.set(key, before ? { ...reading, sure: before.sure && reading.sure } : reading);
    }
  }
  return [...found.values()];
}

const prefixOf = (head: ServiceHead): string => head.prefixes[0] ?? '';
