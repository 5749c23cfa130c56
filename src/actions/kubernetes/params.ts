// Parameters of an action on Kubernetes, as rules (`when: params.replicas == 0`) and approvers see them. What comes from an object has
// the name of its field in the API, what comes from the request is in snake_case.
import type { PatchType } from './body-reading.ts';

export interface RoleRef {
  readonly kind: string;
  readonly name: string;
}

export interface Subject {
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
}

export interface ObjectParams {
  /** `container=image`. */
  images?: readonly string[];
  replicas?: number;
  /** True for `kubectl rollout restart`. */
  restart?: boolean;
  /** What the containers run in place of what their images do. */
  commands?: readonly string[];
  /** What lets containers out of their sandbox: `privileged`, `hostPath:/etc`, `hostNetwork`, `capability:SYS_ADMIN` … */
  privileges?: readonly string[];
  /** Service accounts other than `default` that pods run as. */
  serviceAccounts?: readonly string[];
  hostPorts?: readonly number[];
  /** `annotation=value` with which a service account becomes an identity of a cloud. */
  cloudIdentities?: readonly string[];
  /** `key=effect` of a node. */
  taints?: readonly string[];
  roleRef?: RoleRef;
  subjects?: readonly Subject[];
  rules?: readonly Readonly<Record<string, readonly string[]>>[];
  /** True where a rule of the role has `*` in it. */
  wildcard?: boolean;
  /** Of a service or a secret. */
  type?: string;
  externalIPs?: readonly string[];
  /** Labels `pod-security.kubernetes.io/…` of a namespace. */
  podSecurity?: readonly string[];
  signerName?: string;
  audiences?: readonly string[];
  expirationSeconds?: number;
  /** Node that a pod is bound to. */
  target?: string;
}

export interface RequestParams {
  label_selector?: string;
  field_selector?: string;
  propagation_policy?: string;
  grace_period_seconds?: number;
  field_manager?: string;
  force?: boolean;
  /** Of `exec`. */
  command?: readonly string[];
  container?: string;
  stdin?: boolean;
  tty?: boolean;
  /** Of `portforward`. */
  ports?: readonly string[];
  /** What is sent through `proxy`. */
  method?: string;
  path?: string;
}

export interface KubernetesParams extends ObjectParams, RequestParams {
  dry_run?: boolean;
  patch_type?: PatchType;
  generate_name?: string;
}
