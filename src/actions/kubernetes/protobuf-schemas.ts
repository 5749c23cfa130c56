// The fields of Kubernetes objects that are read out of protobuf (k8s.io/api, generated.proto of each group): names, and what makes
// an object dangerous or is worth telling an approver. The numbers are part of the API and never change.
import type { FieldType, Schema } from './protobuf.ts';
import { kindResource } from './resource-kinds.ts';

type Fields = Readonly<Record<number, readonly [name: string, type: FieldType]>>;

function schema(fields: Fields): Schema {
  return new Map(Object.entries(fields).map(([number, field]) => [Number(number), field]));
}

const META = schema({
  1: ['name', 'string'],
  2: ['generateName', 'string'],
  3: ['namespace', 'string'],
  11: ['labels', 'map'],
  12: ['annotations', 'map'],
});
const METADATA = ['metadata', { message: META }] as const;

/** An object of metadata and, as its second field, `spec`. */
function withSpec(spec: Fields): Schema {
  return schema({ 1: METADATA, 2: ['spec', { message: schema(spec) }] });
}

const CONTAINER: Fields = {
  1: ['name', 'string'],
  2: ['image', 'string'],
  3: ['command', 'strings'],
  4: ['args', 'strings'],
  6: ['ports', { messages: schema({ 2: ['hostPort', 'int32'] }) }],
  15: [
    'securityContext',
    {
      message: schema({
        1: ['capabilities', { message: schema({ 1: ['add', 'strings'] }) }],
        2: ['privileged', 'bool'],
        9: ['procMount', 'string'],
        10: ['windowsOptions', { message: schema({ 4: ['hostProcess', 'bool'] }) }],
      }),
    },
  ],
};
const CONTAINERS: FieldType = { messages: schema(CONTAINER) };
const HOST_PATH = ['hostPath', { message: schema({ 1: ['path', 'string'] }) }] as const;
const POD_SPEC: Fields = {
  1: ['volumes', { messages: schema({ 1: ['name', 'string'], 2: ['', { inline: schema({ 1: HOST_PATH }) }] }) }],
  2: ['containers', CONTAINERS],
  8: ['serviceAccountName', 'string'],
  9: ['serviceAccount', 'string'],
  11: ['hostNetwork', 'bool'],
  12: ['hostPID', 'bool'],
  13: ['hostIPC', 'bool'],
  14: [
    'securityContext',
    { message: schema({ 8: ['windowsOptions', { message: schema({ 4: ['hostProcess', 'bool'] }) }] }) },
  ],
  20: ['initContainers', CONTAINERS],
  34: [
    'ephemeralContainers',
    { messages: schema({ 1: ['', { inline: schema(CONTAINER) }], 2: ['targetContainerName', 'string'] }) },
  ],
};
const TEMPLATE = [
  'template',
  { message: schema({ 1: METADATA, 2: ['spec', { message: schema(POD_SPEC) }] }) },
] as const;
const REPLICATED = withSpec({ 1: ['replicas', 'int32'], 3: TEMPLATE });
const JOB_SPEC: Fields = { 1: ['parallelism', 'int32'], 2: ['completions', 'int32'], 6: TEMPLATE };

const SUBJECTS: FieldType = {
  messages: schema({
    1: ['kind', 'string'],
    2: ['apiGroup', 'string'],
    3: ['name', 'string'],
    4: ['namespace', 'string'],
  }),
};
const ROLE_REF: FieldType = {
  message: schema({ 1: ['apiGroup', 'string'], 2: ['kind', 'string'], 3: ['name', 'string'] }),
};
const BINDING = schema({ 1: METADATA, 2: ['subjects', SUBJECTS], 3: ['roleRef', ROLE_REF] });
const ROLE = schema({
  1: METADATA,
  2: [
    'rules',
    {
      messages: schema({
        1: ['verbs', 'strings'],
        2: ['apiGroups', 'strings'],
        3: ['resources', 'strings'],
        4: ['resourceNames', 'strings'],
        5: ['nonResourceURLs', 'strings'],
      }),
    },
  ],
});

const DELETE_OPTIONS: Fields = {
  1: ['gracePeriodSeconds', 'int64'],
  4: ['propagationPolicy', 'string'],
  5: ['dryRun', 'strings'],
};

const SCHEMAS: ReadonlyMap<string, Schema> = new Map([
  ['/Pod', withSpec(POD_SPEC)],
  ['/PodTemplate', schema({ 1: METADATA, 2: TEMPLATE })],
  ['/ReplicationController', REPLICATED],
  ['apps/Deployment', REPLICATED],
  ['apps/StatefulSet', REPLICATED],
  ['apps/ReplicaSet', REPLICATED],
  ['apps/DaemonSet', withSpec({ 2: TEMPLATE })],
  ['batch/Job', withSpec(JOB_SPEC)],
  [
    'batch/CronJob',
    withSpec({
      1: ['schedule', 'string'],
      5: ['jobTemplate', { message: schema({ 1: METADATA, 2: ['spec', { message: schema(JOB_SPEC) }] }) }],
    }),
  ],
  ['/Service', withSpec({ 4: ['type', 'string'], 5: ['externalIPs', 'strings'] })],
  ['/Secret', schema({ 1: METADATA, 3: ['type', 'string'] })],
  ['/Node', withSpec({ 5: ['taints', { messages: schema({ 1: ['key', 'string'], 3: ['effect', 'string'] }) }] })],
  ['/PersistentVolume', withSpec({ 2: ['', { inline: schema({ 3: HOST_PATH }) }] })],
  ['rbac.authorization.k8s.io/ClusterRoleBinding', BINDING],
  ['rbac.authorization.k8s.io/RoleBinding', BINDING],
  ['rbac.authorization.k8s.io/ClusterRole', ROLE],
  ['rbac.authorization.k8s.io/Role', ROLE],
  ['certificates.k8s.io/CertificateSigningRequest', withSpec({ 7: ['signerName', 'string'] })],
  ['autoscaling/Scale', withSpec({ 1: ['replicas', 'int32'] })],
  ['authentication.k8s.io/TokenRequest', withSpec({ 1: ['audiences', 'strings'], 4: ['expirationSeconds', 'int64'] })],
  ['policy/Eviction', schema({ 1: METADATA, 2: ['deleteOptions', { message: schema(DELETE_OPTIONS) }] })],
  [
    '/Binding',
    schema({ 1: METADATA, 2: ['target', { message: schema({ 1: ['kind', 'string'], 3: ['name', 'string'] }) }] }),
  ],
]);
const METADATA_ONLY = schema({ 1: METADATA });
const OPTIONS = schema(DELETE_OPTIONS);

/** Undefined for a kind whose fields are not known; `DeleteOptions` is of every group. */
export function schemaOf(group: string, kind: string): Schema | undefined {
  if (kind === 'DeleteOptions') return OPTIONS;
  // The group from which the workloads came to `apps`, with the same fields.
  return (
    SCHEMAS.get(`${group === 'extensions' ? 'apps' : group}/${kind}`) ?? (kindResource(group, kind) && METADATA_ONLY)
  );
}
