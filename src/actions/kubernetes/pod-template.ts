// What a pod, or the template of pods in a workload, runs, and what of the node and of the cluster it may touch. Custom resources
// that carry a template in the usual place are read the same.
import type { JsonObject } from '../../core/body/json.ts';
import type { ObjectReader } from './object-reader.ts';

export interface PodFindings {
  /** `container=image`. */
  readonly images: readonly string[];
  /** What lets its containers out of their sandbox: `privileged`, `hostPath:/etc`, `hostNetwork`, `capability:SYS_ADMIN` … */
  readonly privileges: readonly string[];
  /** Other than `default`. */
  readonly serviceAccounts: readonly string[];
  readonly hostPorts: readonly number[];
  readonly commands: readonly string[];
}

/** Where the pod's spec stands in a pod, a workload, a cron job and a bare template. */
const PLACES: readonly (readonly string[])[] = [
  ['spec'],
  ['spec', 'template', 'spec'],
  ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  ['template', 'spec'],
];
const CONTAINERS: readonly string[] = ['containers', 'initContainers', 'ephemeralContainers'];
/** Allowed by the strictest of the Pod Security Standards. */
const HARMLESS_CAPABILITIES: ReadonlySet<string> = new Set(['NET_BIND_SERVICE']);

interface Found {
  readonly images: string[];
  readonly privileges: Set<string>;
  readonly serviceAccounts: Set<string>;
  readonly hostPorts: Set<number>;
  readonly commands: string[];
}

export function podFindings(object: JsonObject, reader: ObjectReader): PodFindings {
  const found: Found = {
    images: [],
    privileges: new Set(),
    serviceAccounts: new Set(),
    hostPorts: new Set(),
    commands: [],
  };
  for (const place of PLACES) {
    const spec = quietly(object, place, reader);
    if (spec) readSpec(spec, reader, found);
  }
  return {
    images: reader.some(found.images),
    privileges: reader.some([...found.privileges]),
    serviceAccounts: reader.some([...found.serviceAccounts]),
    hostPorts: reader.some([...found.hostPorts]),
    commands: reader.some(found.commands),
  };
}

/** A custom resource may have anything in these places. */
function quietly(object: JsonObject, names: readonly string[], reader: ObjectReader): JsonObject | undefined {
  let at: JsonObject | undefined = object;
  for (const name of names) {
    const value = reader.member(at, name);
    at = value instanceof Map ? (value as JsonObject) : undefined;
  }
  return at;
}

function readSpec(spec: JsonObject, reader: ObjectReader, found: Found): void {
  for (const name of ['hostNetwork', 'hostPID', 'hostIPC']) if (reader.flag(spec, name)) found.privileges.add(name);
  for (const name of ['serviceAccountName', 'serviceAccount']) {
    const account = reader.member(spec, name);
    if (typeof account === 'string' && account !== '' && account !== 'default') {
      found.serviceAccounts.add(reader.cut(account));
    }
  }
  const volumes = reader.member(spec, 'volumes');
  if (Array.isArray(volumes)) {
    for (const volume of reader.objects(spec, 'volumes')) {
      const hostPath = reader.object(volume, 'hostPath');
      if (hostPath) found.privileges.add(`hostPath:${reader.text(hostPath, 'path') ?? ''}`);
    }
  }
  if (isHostProcess(spec, reader)) found.privileges.add('hostProcess');
  for (const list of CONTAINERS) {
    if (Array.isArray(reader.member(spec, list))) {
      for (const container of reader.objects(spec, list)) readContainer(container, reader, found);
    }
  }
}

function isHostProcess(holder: JsonObject, reader: ObjectReader): boolean {
  const context = reader.member(holder, 'securityContext');
  return context instanceof Map && reader.flag(reader.object(context as JsonObject, 'windowsOptions'), 'hostProcess');
}

function readContainer(container: JsonObject, reader: ObjectReader, found: Found): void {
  const image = reader.text(container, 'image');
  const name = reader.text(container, 'name');
  if (image !== undefined) found.images.push(name === undefined ? image : `${name}=${image}`);
  const command = [...reader.texts(container, 'command'), ...reader.texts(container, 'args')];
  if (command.length > 0) found.commands.push(reader.cut(command.join(' ')));
  for (const port of reader.objects(container, 'ports')) {
    const hostPort = reader.number(port, 'hostPort') ?? 0;
    if (hostPort !== 0) found.hostPorts.add(hostPort);
  }
  const context = reader.object(container, 'securityContext');
  if (!context) return;
  if (reader.flag(context, 'privileged')) found.privileges.add('privileged');
  if (isHostProcess(container, reader)) found.privileges.add('hostProcess');
  if (reader.text(context, 'procMount') === 'Unmasked') found.privileges.add('procMount');
  for (const capability of reader.texts(reader.object(context, 'capabilities'), 'add')) {
    if (!HARMLESS_CAPABILITIES.has(capability.replace(/^CAP_/i, '').toUpperCase())) {
      found.privileges.add(`capability:${capability}`);
    }
  }
}
