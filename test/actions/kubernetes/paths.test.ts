// What a call is by its path, query and method alone: verbs, groups, namespaces, subresources, and what is no resource at all.
import { describe, expect, it } from 'vitest';
import { recognise, told } from './calls.ts';

/** `METHOD target => name level tags namespace/id`; several actions are joined by ` + `. */
const READS = `
GET /api/v1/pods => k8s:list:pods list - */*
GET /api/v1/namespaces/prod/pods => k8s:list:pods list - prod/*
HEAD /api/v1/namespaces/prod/pods => k8s:list:pods list - prod/*
GET /api/v1/namespaces/prod/pods/ => k8s:list:pods list - prod/*
GET /api/v1/namespaces/prod/pods?limit=500 => k8s:list:pods list - prod/*
GET /api/v1/namespaces/prod/pods/web-0 => k8s:get:pods read - prod/web-0
HEAD /api/v1/namespaces/prod/pods/web-0 => k8s:get:pods read - prod/web-0
GET /api/v1/namespaces/prod/pods/web-0?watch=true => k8s:get:pods read - prod/web-0
GET /api/v1/namespaces/prod/pods?watch=true => k8s:watch:pods list - prod/*
GET /api/v1/namespaces/prod/pods?watch=1&resourceVersion=7 => k8s:watch:pods list - prod/*
GET /api/v1/namespaces/prod/pods?watch => k8s:watch:pods list - prod/*
GET /api/v1/namespaces/prod/pods?watch=yes => k8s:watch:pods list - prod/*
GET /api/v1/namespaces/prod/pods?watch=false => k8s:list:pods list - prod/*
GET /api/v1/namespaces/prod/pods?watch=0 => k8s:list:pods list - prod/*
GET /api/v1/namespaces/prod/pods?watch=False => k8s:list:pods list - prod/*
GET /api/v1/watch/namespaces/prod/pods => k8s:watch:pods list - prod/*
GET /api/v1/watch/pods => k8s:watch:pods list - */*
GET /api/v1/watch/namespaces/prod/pods/web-0 => k8s:watch:pods list - prod/web-0
GET /apis/apps/v1/watch/deployments => k8s:watch:apps/deployments list - */*
GET /api/v1/namespaces/prod/pods?fieldSelector=metadata.name%3Dweb-0 => k8s:list:pods list - prod/web-0
GET /api/v1/namespaces/prod/pods?fieldSelector=metadata.name%3D%3Dweb-0&watch=true => k8s:watch:pods list - prod/web-0
GET /api/v1/namespaces/prod/pods?fieldSelector=metadata.name%21%3Dweb-0 => k8s:list:pods list - prod/*
GET /api/v1/namespaces/prod/pods?fieldSelector=spec.nodeName%3Dn1%2Cmetadata.name%3Dweb-0 => k8s:list:pods list - prod/web-0
GET /api/v1/pods?fieldSelector=spec.nodeName%3Dnode-1&limit=500 => k8s:list:pods list - */*
GET /api/v1/namespaces => k8s:list:namespaces list - *
GET /api/v1/namespaces/prod => k8s:get:namespaces read - prod/prod
GET /api/v1/namespaces/prod/status => k8s:get:namespaces/status read - prod/prod
GET /api/v1/nodes => k8s:list:nodes list - *
GET /api/v1/nodes/node-1 => k8s:get:nodes read - node-1
GET /api/v1/nodes/node-1/status => k8s:get:nodes/status read - node-1
GET /api/v1/namespaces/prod/pods/web-0/log => k8s:get:pods/log read - prod/web-0
GET /api/v1/namespaces/prod/pods/web-0/log?container=app&follow=true => k8s:get:pods/log read - prod/web-0
GET /api/v1/namespaces/prod/pods/web-0/status => k8s:get:pods/status read - prod/web-0
GET /api/v1/namespaces/prod/services/web => k8s:get:services read - prod/web
GET /api/v1/namespaces/prod/configmaps => k8s:list:configmaps list - prod/*
GET /api/v1/namespaces/prod/events => k8s:list:events list - prod/*
GET /api/v1/namespaces/prod/secrets => k8s:list:secrets list secret-read prod/*
GET /api/v1/secrets => k8s:list:secrets list secret-read */*
GET /api/v1/namespaces/prod/secrets/db => k8s:get:secrets read secret-read prod/db
GET /api/v1/namespaces/prod/secrets?watch=1 => k8s:watch:secrets list secret-read prod/*
GET /api/v1/watch/secrets => k8s:watch:secrets list secret-read */*
GET /apis/apps/v1/deployments => k8s:list:apps/deployments list - */*
GET /apis/apps/v1/namespaces/prod/deployments/web => k8s:get:apps/deployments read - prod/web
GET /apis/apps/v1/namespaces/prod/deployments/web/scale => k8s:get:apps/deployments/scale read - prod/web
GET /apis/batch/v1/namespaces/prod/cronjobs => k8s:list:batch/cronjobs list - prod/*
GET /apis/rbac.authorization.k8s.io/v1/clusterroles => k8s:list:rbac.authorization.k8s.io/clusterroles list - *
GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system:node => k8s:get:rbac.authorization.k8s.io/clusterroles read - system:node
GET /apis/rbac.authorization.k8s.io/v1/clusterroles/system%3Anode => k8s:get:rbac.authorization.k8s.io/clusterroles read - system:node
GET /apis/rbac.authorization.k8s.io/v1/clusterroles/Admin_One => k8s:get:rbac.authorization.k8s.io/clusterroles read - Admin_One
GET /apis/metrics.k8s.io/v1beta1/nodes => k8s:list:metrics.k8s.io/nodes list - */*
GET /apis/metrics.k8s.io/v1beta1/namespaces/prod/pods/web-0 => k8s:get:metrics.k8s.io/pods read - prod/web-0
GET /apis/cert-manager.io/v1/namespaces/prod/certificates/web-tls => k8s:get:cert-manager.io/certificates read - prod/web-tls
GET /apis/cert-manager.io/v1/certificates => k8s:list:cert-manager.io/certificates list - */*
GET /apis/cert-manager.io/v1/clusterissuers/letsencrypt => k8s:get:cert-manager.io/clusterissuers read - letsencrypt
GET /apis/networking.k8s.io/v1/namespaces/prod/ingresses => k8s:list:networking.k8s.io/ingresses list - prod/*
GET /apis/coordination.k8s.io/v1/namespaces/kube-system/leases/x => k8s:get:coordination.k8s.io/leases read - kube-system/x
`;

const DISCOVERY = `
GET / => k8s:get:/ read - /
GET /version => k8s:get:/version read - /version
GET /version?timeout=32s => k8s:get:/version read - /version
HEAD /version => k8s:get:/version read - /version
GET /version/ => k8s:get:/version/ read - /version/
GET /api => k8s:get:/api read - /api
GET /api?timeout=32s => k8s:get:/api read - /api
GET /apis => k8s:get:/apis read - /apis
GET /api/v1 => k8s:get:/api/v1 read - /api/v1
GET /api/v1/ => k8s:get:/api/v1/ read - /api/v1/
GET /apis/apps => k8s:get:/apis/apps read - /apis/apps
GET /apis/apps/v1 => k8s:get:/apis/apps/v1 read - /apis/apps/v1
GET /apis/rbac.authorization.k8s.io/v1?timeout=32s => k8s:get:/apis/rbac.authorization.k8s.io/v1 read - /apis/rbac.authorization.k8s.io/v1
GET /openapi/v2 => k8s:get:/openapi/v2 read - /openapi/v2
GET /openapi/v3 => k8s:get:/openapi/v3 read - /openapi/v3
GET /openapi/v3/apis/apps/v1?hash=1&timeout=32s => k8s:get:/openapi/v3/apis/apps/v1 read - /openapi/v3/apis/apps/v1
GET /healthz => k8s:get:/healthz read - /healthz
GET /livez => k8s:get:/livez read - /livez
GET /readyz?verbose => k8s:get:/readyz read - /readyz
GET /readyz/etcd => k8s:get:/readyz/etcd read - /readyz/etcd
GET /metrics => k8s:get:/metrics read - /metrics
GET /.well-known/openid-configuration => k8s:get:/.well-known/openid-configuration read - /.well-known/openid-configuration
GET /openid/v1/jwks => k8s:get:/openid/v1/jwks read - /openid/v1/jwks
`;

const WRITES = `
DELETE /apis/apps/v1/namespaces/prod/deployments/web => k8s:delete:apps/deployments write destructive prod/web
DELETE /apis/apps/v1/namespaces/prod/deployments => k8s:deletecollection:apps/deployments write destructive prod/*
DELETE /apis/apps/v1/deployments => k8s:deletecollection:apps/deployments write destructive */*
DELETE /api/v1/namespaces/prod/pods/web-0 => k8s:delete:pods write destructive prod/web-0
DELETE /api/v1/namespaces/prod/pods?labelSelector=app%3Dweb => k8s:deletecollection:pods write destructive prod/*
DELETE /api/v1/namespaces/prod => k8s:delete:namespaces write destructive prod/prod
DELETE /api/v1/namespaces/prod/secrets/db => k8s:delete:secrets write destructive,secret-read prod/db
DELETE /api/v1/namespaces/prod/secrets => k8s:deletecollection:secrets write destructive,secret-read prod/*
DELETE /api/v1/nodes/node-1 => k8s:delete:nodes write destructive,infrastructure node-1
DELETE /api/v1/persistentvolumes/pv1 => k8s:delete:persistentvolumes write destructive,infrastructure pv1
DELETE /api/v1/namespaces/prod/persistentvolumeclaims/data => k8s:delete:persistentvolumeclaims write destructive prod/data
DELETE /api/v1/namespaces/prod/events => k8s:deletecollection:events write audit-tamper,destructive prod/*
DELETE /apis/events.k8s.io/v1/namespaces/prod/events/e1 => k8s:delete:events.k8s.io/events write audit-tamper,destructive prod/e1
DELETE /apis/networking.k8s.io/v1/namespaces/prod/networkpolicies/deny-all => k8s:delete:networking.k8s.io/networkpolicies write destructive,network-exposure prod/deny-all
DELETE /apis/networking.k8s.io/v1/namespaces/prod/ingresses/web => k8s:delete:networking.k8s.io/ingresses write destructive prod/web
DELETE /apis/rbac.authorization.k8s.io/v1/clusterrolebindings/x => k8s:delete:rbac.authorization.k8s.io/clusterrolebindings permissions-management destructive x
DELETE /apis/apiextensions.k8s.io/v1/customresourcedefinitions/crds.example.com => k8s:delete:apiextensions.k8s.io/customresourcedefinitions write destructive,infrastructure crds.example.com
DELETE /apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guard => k8s:delete:admissionregistration.k8s.io/validatingwebhookconfigurations write destructive,infrastructure guard
DELETE /apis/apiregistration.k8s.io/v1/apiservices/v1.x => k8s:delete:apiregistration.k8s.io/apiservices write destructive,infrastructure v1.x
DELETE /apis/cert-manager.io/v1/namespaces/prod/certificates/web-tls => k8s:delete:cert-manager.io/certificates write destructive prod/web-tls
DELETE /apis/batch/v1/namespaces/prod/jobs/j => k8s:delete:batch/jobs write destructive prod/j
POST /api/v1/namespaces/prod/pods => k8s:create:pods write code-execution prod/*
POST /apis/apps/v1/namespaces/prod/deployments => k8s:create:apps/deployments write deployment prod/*
POST /apis/apps/v1/namespaces/prod/statefulsets => k8s:create:apps/statefulsets write deployment prod/*
POST /apis/apps/v1/namespaces/prod/daemonsets => k8s:create:apps/daemonsets write deployment prod/*
POST /apis/batch/v1/namespaces/prod/jobs => k8s:create:batch/jobs write code-execution prod/*
POST /apis/batch/v1/namespaces/prod/cronjobs => k8s:create:batch/cronjobs write code-execution prod/*
POST /api/v1/namespaces => k8s:create:namespaces write - *
POST /api/v1/nodes => k8s:create:nodes write infrastructure *
POST /apis/rbac.authorization.k8s.io/v1/clusterrolebindings => k8s:create:rbac.authorization.k8s.io/clusterrolebindings permissions-management privilege-escalation *
POST /apis/rbac.authorization.k8s.io/v1/namespaces/prod/roles => k8s:create:rbac.authorization.k8s.io/roles permissions-management privilege-escalation prod/*
POST /apis/networking.k8s.io/v1/namespaces/prod/ingresses => k8s:create:networking.k8s.io/ingresses write network-exposure prod/*
POST /apis/apiregistration.k8s.io/v1/apiservices => k8s:create:apiregistration.k8s.io/apiservices write infrastructure,privilege-escalation *
POST /apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations => k8s:create:admissionregistration.k8s.io/mutatingwebhookconfigurations write infrastructure,privilege-escalation *
POST /apis/apiextensions.k8s.io/v1/customresourcedefinitions => k8s:create:apiextensions.k8s.io/customresourcedefinitions write infrastructure *
POST /apis/certificates.k8s.io/v1/certificatesigningrequests => k8s:create:certificates.k8s.io/certificatesigningrequests write - *
POST /apis/argoproj.io/v1alpha1/namespaces/prod/workflows => k8s:create:argoproj.io/workflows write code-execution prod/*
POST /apis/tekton.dev/v1/namespaces/prod/pipelineruns => k8s:create:tekton.dev/pipelineruns write code-execution prod/*
POST /api/v1/namespaces/prod/events => k8s:create:events write - prod/*
POST /apis/coordination.k8s.io/v1/namespaces/prod/leases => k8s:create:coordination.k8s.io/leases write - prod/*
POST /apis/storage.k8s.io/v1/storageclasses => k8s:create:storage.k8s.io/storageclasses write infrastructure *
PUT /apis/apps/v1/namespaces/prod/deployments/web => k8s:update:apps/deployments write deployment prod/web
PUT /apis/rbac.authorization.k8s.io/v1/clusterroles/x => k8s:update:rbac.authorization.k8s.io/clusterroles permissions-management privilege-escalation x + k8s:create:rbac.authorization.k8s.io/clusterroles permissions-management privilege-escalation x
PUT /api/v1/namespaces/prod => k8s:update:namespaces write privilege-escalation prod/prod
PUT /api/v1/namespaces/prod/finalize => k8s:update:namespaces/finalize write destructive prod/prod
PUT /api/v1/namespaces/kube-system/configmaps/aws-auth => k8s:update:configmaps write infrastructure,privilege-escalation kube-system/aws-auth
PUT /api/v1/namespaces/kube-system/configmaps/coredns => k8s:update:configmaps write infrastructure kube-system/coredns
PUT /api/v1/namespaces/prod/configmaps/app => k8s:update:configmaps write - prod/app
PUT /api/v1/namespaces/prod/secrets/sh.helm.release.v1.web.v1 => k8s:update:secrets write deployment prod/sh.helm.release.v1.web.v1
`;

const SUBRESOURCES = `
POST /api/v1/namespaces/prod/pods/web-0/exec?command=id => k8s:create:pods/exec write code-execution prod/web-0
GET /api/v1/namespaces/prod/pods/web-0/exec?command=id => k8s:create:pods/exec write code-execution prod/web-0
POST /api/v1/namespaces/prod/pods/web-0/attach => k8s:create:pods/attach write code-execution prod/web-0
GET /api/v1/namespaces/prod/pods/web-0/attach => k8s:create:pods/attach write code-execution prod/web-0
POST /api/v1/namespaces/prod/pods/web-0/portforward => k8s:create:pods/portforward write network-exposure prod/web-0
GET /api/v1/namespaces/prod/pods/web-0/portforward?ports=80 => k8s:create:pods/portforward write network-exposure prod/web-0
GET /api/v1/namespaces/prod/pods/web-0/proxy => k8s:create:pods/proxy write network-exposure prod/web-0
GET /api/v1/namespaces/prod/services/http:web:80/proxy/admin => k8s:create:services/proxy write network-exposure prod/http:web:80
PUT /api/v1/namespaces/prod/services/web/proxy/ => k8s:create:services/proxy write network-exposure prod/web
DELETE /api/v1/namespaces/prod/services/web/proxy/users/1 => k8s:create:services/proxy write network-exposure prod/web
GET /api/v1/nodes/node-1/proxy/pods => k8s:create:nodes/proxy write code-execution,network-exposure,privilege-escalation node-1
POST /api/v1/nodes/node-1/proxy/run/prod/web-0/app => k8s:create:nodes/proxy write code-execution,network-exposure,privilege-escalation node-1
GET /api/v1/nodes/node-1:10250/proxy/ => k8s:create:nodes/proxy write code-execution,network-exposure,privilege-escalation node-1:10250
GET /api/v1/proxy/nodes/node-1/pods => k8s:create:nodes/proxy write code-execution,network-exposure,privilege-escalation node-1
GET /api/v1/proxy/namespaces/prod/services/web/admin => k8s:create:services/proxy write network-exposure prod/web
POST /api/v1/proxy/namespaces/prod/pods/web-0 => k8s:create:pods/proxy write network-exposure prod/web-0
POST /api/v1/namespaces/prod/pods/web-0/eviction => k8s:create:pods/eviction write destructive prod/web-0
POST /api/v1/namespaces/prod/pods/web-0/binding => k8s:create:pods/binding write infrastructure prod/web-0
POST /api/v1/namespaces/prod/bindings => k8s:create:bindings write infrastructure prod/*
POST /api/v1/namespaces/prod/serviceaccounts/ci/token => k8s:create:serviceaccounts/token write credential-issue,secret-read prod/ci
PUT /api/v1/namespaces/prod/pods/web-0/ephemeralcontainers => k8s:update:pods/ephemeralcontainers write code-execution prod/web-0
PUT /api/v1/namespaces/prod/pods/web-0/status => k8s:update:pods/status write - prod/web-0
PUT /api/v1/nodes/node-1/status => k8s:update:nodes/status write infrastructure node-1
PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/c/approval => k8s:update:certificates.k8s.io/certificatesigningrequests/approval permissions-management credential-issue,privilege-escalation c
PUT /apis/certificates.k8s.io/v1/certificatesigningrequests/c/status => k8s:update:certificates.k8s.io/certificatesigningrequests/status permissions-management credential-issue,privilege-escalation c
POST /apis/apps/v1/namespaces/prod/deployments/web/rollback => k8s:create:apps/deployments/rollback write deployment prod/web
GET /apis/subresources.kubevirt.io/v1/namespaces/prod/virtualmachineinstances/vm/console => k8s:create:subresources.kubevirt.io/virtualmachineinstances/console write code-execution prod/vm
GET /apis/subresources.kubevirt.io/v1/namespaces/prod/virtualmachineinstances/vm/vnc => k8s:create:subresources.kubevirt.io/virtualmachineinstances/vnc write code-execution prod/vm
GET /apis/subresources.kubevirt.io/v1/namespaces/prod/virtualmachineinstances/vm/usbredir => k8s:create:subresources.kubevirt.io/virtualmachineinstances/usbredir write code-execution prod/vm
GET /apis/subresources.kubevirt.io/v1/namespaces/prod/virtualmachineinstances/vm/vsock?port=22 => k8s:create:subresources.kubevirt.io/virtualmachineinstances/vsock write network-exposure prod/vm
GET /apis/image.openshift.io/v1/namespaces/prod/imagestreams/web/secrets => k8s:get:image.openshift.io/imagestreams/secrets read secret-read prod/web
GET /apis/oauth.openshift.io/v1/oauthclients => k8s:list:oauth.openshift.io/oauthclients list secret-read */*
GET /apis/management.cattle.io/v3/tokens/t => k8s:get:management.cattle.io/tokens read secret-read t
PUT /apis/subresources.kubevirt.io/v1/namespaces/prod/virtualmachines/vm/restart => k8s:update:subresources.kubevirt.io/virtualmachines/restart write - prod/vm
POST /apis/authorization.k8s.io/v1/selfsubjectaccessreviews => k8s:create:authorization.k8s.io/selfsubjectaccessreviews read - *
POST /apis/authorization.k8s.io/v1/selfsubjectrulesreviews => k8s:create:authorization.k8s.io/selfsubjectrulesreviews read - *
POST /apis/authorization.k8s.io/v1/subjectaccessreviews => k8s:create:authorization.k8s.io/subjectaccessreviews read - *
POST /apis/authorization.k8s.io/v1/namespaces/prod/localsubjectaccessreviews => k8s:create:authorization.k8s.io/localsubjectaccessreviews read - prod/*
POST /apis/authentication.k8s.io/v1/selfsubjectreviews => k8s:create:authentication.k8s.io/selfsubjectreviews read - *
POST /apis/authentication.k8s.io/v1/tokenreviews => k8s:create:authentication.k8s.io/tokenreviews read - *
`;

const rows = (table: string): (readonly [line: string, expected: string])[] =>
  table
    .trim()
    .split('\n')
    .map((row) => row.split(' => ') as [string, string]);

describe.each([
  ['reads', READS],
  ['discovery and health', DISCOVERY],
  ['writes', WRITES],
  ['subresources and reviews', SUBRESOURCES],
])('%s', (_name, table) => {
  it.each(rows(table))('%s', (line, expected) => {
    expect(recognise(line).map(told).join(' + ')).toBe(expected);
  });
});

it('has a table worth the name', () => {
  expect([READS, DISCOVERY, WRITES, SUBRESOURCES].flatMap(rows).length).toBeGreaterThan(150);
});
