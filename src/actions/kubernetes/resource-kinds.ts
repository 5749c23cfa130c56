// The resources that Kubernetes itself serves, with the kind of their objects and whether they live in namespaces. Others (custom
// resources, aggregated APIs) are recognised from the path alone; of these it is known what a body must be and what PUT may create.
export interface ResourceKind {
  readonly group: string;
  readonly resource: string;
  readonly kind: string;
  readonly namespaced: boolean;
}

/** Group, then `resource=Kind` of what lives in namespaces, then of what does not. */
const TABLE: readonly (readonly [group: string, namespaced: string, cluster: string])[] = [
  [
    '',
    'bindings=Binding configmaps=ConfigMap endpoints=Endpoints events=Event limitranges=LimitRange persistentvolumeclaims=PersistentVolumeClaim pods=Pod podtemplates=PodTemplate replicationcontrollers=ReplicationController resourcequotas=ResourceQuota secrets=Secret serviceaccounts=ServiceAccount services=Service',
    'componentstatuses=ComponentStatus namespaces=Namespace nodes=Node persistentvolumes=PersistentVolume',
  ],
  [
    'apps',
    'controllerrevisions=ControllerRevision daemonsets=DaemonSet deployments=Deployment replicasets=ReplicaSet statefulsets=StatefulSet',
    '',
  ],
  [
    'extensions',
    'daemonsets=DaemonSet deployments=Deployment ingresses=Ingress networkpolicies=NetworkPolicy replicasets=ReplicaSet',
    'podsecuritypolicies=PodSecurityPolicy',
  ],
  ['batch', 'cronjobs=CronJob jobs=Job', ''],
  ['autoscaling', 'horizontalpodautoscalers=HorizontalPodAutoscaler', ''],
  ['policy', 'poddisruptionbudgets=PodDisruptionBudget', 'podsecuritypolicies=PodSecurityPolicy'],
  [
    'networking.k8s.io',
    'ingresses=Ingress networkpolicies=NetworkPolicy',
    'ingressclasses=IngressClass ipaddresses=IPAddress servicecidrs=ServiceCIDR',
  ],
  [
    'rbac.authorization.k8s.io',
    'rolebindings=RoleBinding roles=Role',
    'clusterrolebindings=ClusterRoleBinding clusterroles=ClusterRole',
  ],
  [
    'certificates.k8s.io',
    'podcertificaterequests=PodCertificateRequest',
    'certificatesigningrequests=CertificateSigningRequest clustertrustbundles=ClusterTrustBundle',
  ],
  [
    'admissionregistration.k8s.io',
    '',
    'mutatingadmissionpolicies=MutatingAdmissionPolicy mutatingadmissionpolicybindings=MutatingAdmissionPolicyBinding mutatingwebhookconfigurations=MutatingWebhookConfiguration validatingadmissionpolicies=ValidatingAdmissionPolicy validatingadmissionpolicybindings=ValidatingAdmissionPolicyBinding validatingwebhookconfigurations=ValidatingWebhookConfiguration',
  ],
  ['apiextensions.k8s.io', '', 'customresourcedefinitions=CustomResourceDefinition'],
  ['apiregistration.k8s.io', '', 'apiservices=APIService'],
  ['auditregistration.k8s.io', '', 'auditsinks=AuditSink'],
  ['authentication.k8s.io', '', 'selfsubjectreviews=SelfSubjectReview tokenreviews=TokenReview'],
  [
    'authorization.k8s.io',
    'localsubjectaccessreviews=LocalSubjectAccessReview',
    'selfsubjectaccessreviews=SelfSubjectAccessReview selfsubjectrulesreviews=SelfSubjectRulesReview subjectaccessreviews=SubjectAccessReview',
  ],
  ['coordination.k8s.io', 'leasecandidates=LeaseCandidate leases=Lease', ''],
  ['discovery.k8s.io', 'endpointslices=EndpointSlice', ''],
  ['events.k8s.io', 'events=Event', ''],
  ['flowcontrol.apiserver.k8s.io', '', 'flowschemas=FlowSchema prioritylevelconfigurations=PriorityLevelConfiguration'],
  ['internal.apiserver.k8s.io', '', 'storageversions=StorageVersion'],
  ['node.k8s.io', '', 'runtimeclasses=RuntimeClass'],
  [
    'resource.k8s.io',
    'resourceclaims=ResourceClaim resourceclaimtemplates=ResourceClaimTemplate',
    'deviceclasses=DeviceClass resourceslices=ResourceSlice devicetaintrules=DeviceTaintRule',
  ],
  ['scheduling.k8s.io', '', 'priorityclasses=PriorityClass'],
  [
    'storage.k8s.io',
    'csistoragecapacities=CSIStorageCapacity',
    'csidrivers=CSIDriver csinodes=CSINode storageclasses=StorageClass volumeattachments=VolumeAttachment volumeattributesclasses=VolumeAttributesClass',
  ],
  ['storagemigration.k8s.io', '', 'storageversionmigrations=StorageVersionMigration'],
];

/** Resources that a PUT creates where there is none of that name. */
const MADE_BY_PUT: ReadonlySet<string> = new Set([
  '/endpoints',
  '/events',
  '/limitranges',
  '/services',
  'coordination.k8s.io/leases',
  'events.k8s.io/events',
  'node.k8s.io/runtimeclasses',
  'rbac.authorization.k8s.io/clusterrolebindings',
  'rbac.authorization.k8s.io/clusterroles',
  'rbac.authorization.k8s.io/rolebindings',
  'rbac.authorization.k8s.io/roles',
]);

const BY_RESOURCE = new Map<string, ResourceKind>();
const BY_KIND = new Map<string, ResourceKind>();
for (const [group, inNamespaces, clusterWide] of TABLE) {
  for (const [words, namespaced] of [[inNamespaces, true] as const, [clusterWide, false] as const]) {
    for (const word of words.split(' ')) {
      const [resource = '', kind] = word.split('=');
      if (kind === undefined) continue;
      const entry = { group, resource, kind, namespaced };
      BY_RESOURCE.set(`${group}/${resource}`, entry);
      BY_KIND.set(`${group}/${kind}`, entry);
    }
  }
}
const GROUPS: ReadonlySet<string> = new Set(TABLE.map(([group]) => group));

/** Undefined for a custom resource or one of an aggregated API. */
export function resourceKind(group: string, resource: string): ResourceKind | undefined {
  return BY_RESOURCE.get(`${group}/${resource}`);
}

export function kindResource(group: string, kind: string): ResourceKind | undefined {
  return BY_KIND.get(`${group}/${kind}`);
}

export function resourceKinds(): Iterable<ResourceKind> {
  return BY_RESOURCE.values();
}

/** True for a group of Kubernetes itself; the API server dispatches others, and whether those honour a dry run is theirs. */
export function isBuiltInGroup(group: string): boolean {
  return GROUPS.has(group);
}

export function isMadeByPut(group: string, resource: string): boolean {
  return MADE_BY_PUT.has(`${group}/${resource}`);
}
