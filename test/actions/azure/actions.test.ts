// What calls to Azure are: names, resources, parameters, tags that depend on them, sentences.
import { describe, expect, it } from 'vitest';
import { readAzureHost } from '../../../src/actions/azure/host.ts';
import { arm, call, GROUP, ids, names, only, recognise, recogniser } from './calls.ts';

const SUB = 'https://management.azure.com/subscriptions/s1';
const ROLE = 'Microsoft.Authorization/roleAssignments';

describe('Resource Manager', () => {
  it.each([
    [`PUT ${GROUP}/${ROLE}/a1?api-version=2022-04-01`, `${ROLE}/write a1`],
    [`PUT ${GROUP}/Microsoft.Compute/virtualMachines/vm1/providers/${ROLE}/a1`, `${ROLE}/write a1`],
    [
      `PUT https://management.azure.com/providers/Microsoft.Management/managementGroups/mg/providers/${ROLE}/a1`,
      `${ROLE}/write a1`,
    ],
    [`DELETE ${SUB}/providers/${ROLE}/a1`, `${ROLE}/delete a1`],
    ['GET https://management.azure.com/subscriptions', 'Microsoft.Resources/subscriptions/read *'],
    [`GET ${SUB}`, 'Microsoft.Resources/subscriptions/read s1'],
    [`GET ${SUB}/resourceGroups`, 'Microsoft.Resources/subscriptions/resourceGroups/read *'],
    [`PUT ${SUB}/resourceGroups/prod`, 'Microsoft.Resources/subscriptions/resourceGroups/write prod'],
    [`DELETE ${SUB}/resourcegroups/PROD`, 'Microsoft.Resources/subscriptions/resourceGroups/delete prod'],
    [
      `POST ${SUB}/resourceGroups/prod/moveResources`,
      'Microsoft.Resources/subscriptions/resourceGroups/moveResources/action prod',
    ],
    [`GET ${SUB}/resources`, 'Microsoft.Resources/subscriptions/resources/read *'],
    [`GET ${SUB}/locations`, 'Microsoft.Resources/subscriptions/locations/read *'],
    [`GET ${SUB}/providers`, 'Microsoft.Resources/subscriptions/providers/read *'],
    [`GET ${SUB}/providers/Microsoft.Compute`, 'Microsoft.Resources/subscriptions/providers/read microsoft.compute'],
    [`POST ${SUB}/providers/Microsoft.Compute/register`, 'Microsoft.Compute/register/action s1'],
    ['GET https://management.azure.com/tenants', 'Microsoft.Resources/tenants/read *'],
    [`GET ${SUB}/tagNames`, 'Microsoft.Resources/subscriptions/tagNames/read *'],
    [`GET ${GROUP}/Microsoft.Compute/virtualMachines`, 'Microsoft.Compute/virtualMachines/read *'],
    [`HEAD ${GROUP}/Microsoft.Compute/virtualMachines/VM1`, 'Microsoft.Compute/virtualMachines/read vm1'],
    [`PATCH ${GROUP}/Microsoft.Compute/virtualMachines/vm1`, 'Microsoft.Compute/virtualMachines/write vm1'],
    [
      `POST ${GROUP}/Microsoft.Compute/virtualMachines/vm1/powerOff`,
      'Microsoft.Compute/virtualMachines/powerOff/action vm1',
    ],
    [
      `PUT ${GROUP}/Microsoft.Compute/virtualMachines/vm1/extensions/e1`,
      'Microsoft.Compute/virtualMachines/extensions/write vm1/e1',
    ],
    [
      `POST ${GROUP}/Microsoft.Storage/storageAccounts/st/listKeys`,
      'Microsoft.Storage/storageAccounts/listKeys/action st',
    ],
    [
      `POST ${GROUP}/Microsoft.Web/sites/app/config/appsettings/list`,
      'Microsoft.Web/sites/config/list/action app/appsettings',
    ],
    [
      `PUT ${GROUP}/microsoft.network/NETWORKSECURITYGROUPS/n1/SecurityRules/r1`,
      'Microsoft.Network/networkSecurityGroups/securityRules/write n1/r1',
    ],
    [
      `GET ${SUB}/providers/Microsoft.Compute/locations/eastus/operations/o1`,
      'Microsoft.Compute/locations/operations/read eastus/o1',
    ],
    [
      'POST https://management.azure.com/providers/Microsoft.Authorization/elevateAccess',
      'Microsoft.Authorization/elevateAccess/action *',
    ],
    [`PUT ${SUB}/resourceGroups/providers/providers/${ROLE}/a1`, `${ROLE}/write a1`],
    [
      `GET https://westeurope.management.azure.com/subscriptions/s1/resourceGroups/prod`,
      'Microsoft.Resources/subscriptions/resourceGroups/read prod',
    ],
    [
      'DELETE https://management.usgovcloudapi.net/subscriptions/s1/resourceGroups/prod',
      'Microsoft.Resources/subscriptions/resourceGroups/delete prod',
    ],
    [
      'DELETE https://management.chinacloudapi.cn/subscriptions/s1/resourceGroups/prod',
      'Microsoft.Resources/subscriptions/resourceGroups/delete prod',
    ],
  ])('%s', (request, expected) => {
    expect(ids(call(request))).toEqual([expected]);
  });

  it('knows the subscription, the group and what is extended', () => {
    const found = only(call(`PUT ${GROUP}/Microsoft.Compute/virtualMachines/VM1/providers/${ROLE}/a1`, { body: '{}' }));
    expect(found.resource).toEqual({ type: ROLE, id: 'a1', namespace: 'prod', account: 's1' });
    expect(found.params['scope']).toBe(
      '/subscriptions/s1/resourcegroups/prod/providers/microsoft.compute/virtualmachines/vm1',
    );
  });

  it('says who gets what, however the properties are spelled', () => {
    const body =
      '{"properties":{"RoleDefinitionID":"/providers/Microsoft.Authorization/roleDefinitions/8e3af657","principalid":"p1"}}';
    const found = only(call(`PUT ${GROUP}/${ROLE}/a1`, { body }));
    expect(found.params).toEqual({
      properties: {
        roleDefinitionId: '/providers/Microsoft.Authorization/roleDefinitions/8e3af657',
        principalId: 'p1',
      },
    });
    expect(found.summary).toBe('Give role /providers/Microsoft.Authorization/roleDefinitions/8e3af657 to p1');
  });

  it('holds no secrets', () => {
    const calls = [
      call(`PUT ${GROUP}/Microsoft.Compute/virtualMachines/vm1`, {
        body: '{"properties":{"osProfile":{"adminPassword":"hunter2","customData":"hunter2"}}}',
      }),
      call(`PUT ${GROUP}/Microsoft.Compute/virtualMachines/vm1/extensions/e`, {
        body: '{"properties":{"protectedSettings":{"a":"hunter2"}}}',
      }),
      call('PUT https://kv.vault.azure.net/secrets/db', { body: '{"value":"hunter2"}' }),
      call('POST https://graph.microsoft.com/v1.0/users', { body: '{"passwordProfile":{"password":"hunter2"}}' }),
      call('POST https://login.microsoftonline.com/t/oauth2/v2.0/token', {
        headers: ['Content-Type', 'application/x-www-form-urlencoded'],
        body: 'client_secret=hunter2&code=hunter2&refresh_token=hunter2&password=hunter2&client_assertion=hunter2',
      }),
      call('PUT https://acc.blob.core.windows.net/c/b', {
        headers: ['x-ms-copy-source', 'https://x.blob.core.windows.net/a?sig=hunter2'],
      }),
    ];
    for (const each of calls) expect(JSON.stringify(recognise(each))).not.toContain('hunter2');
  });

  it('gives each request of a batch', () => {
    const body = JSON.stringify({
      requests: [
        { httpMethod: 'DELETE', url: '/subscriptions/s1/resourcegroups/prod?api-version=1' },
        { httpMethod: 'PUT', url: `${GROUP}/${ROLE}/a1`, content: { properties: { principalId: 'p1' } } },
      ],
    });
    expect(names(arm('POST /batch?api-version=2020-06-01', { body }))).toEqual([
      'Microsoft.Resources/subscriptions/resourceGroups/delete',
      `${ROLE}/write`,
    ]);
  });

  it('never is sure of a type whose spelling it does not know', () => {
    expect(names(call(`GET ${GROUP}/Microsoft.Quantumish/flubs/x`))).toEqual([
      'Microsoft.Quantumish/flubs/read!',
      'unknown!',
    ]);
    expect(names(call(`POST ${GROUP}/Microsoft.Compute/virtualMachines/vm1`))).toEqual([
      'Microsoft.Compute/virtualMachines/action!',
      'unknown!',
    ]);
  });
});

describe('tags', () => {
  const tagsOf = (path: string, body: string): readonly string[] => only(call(`PUT ${GROUP}/${path}`, { body })).tags;

  it.each([
    ['{"properties":{"allowBlobPublicAccess":true}}', true],
    ['{"properties":{"AllowBlobPublicAccess":true}}', true],
    ['{"properties":{"allowBlobPublicAccess":false}}', false],
    ['{"properties":{}}', false],
  ])('of a storage account with %s', (body, shared) => {
    expect(tagsOf('Microsoft.Storage/storageAccounts/st', body).includes('external-sharing')).toBe(shared);
  });

  it('of a machine with an identity', () => {
    expect(tagsOf('Microsoft.Compute/virtualMachines/vm', '{"identity":{"type":"SystemAssigned"}}')).toContain(
      'privilege-escalation',
    );
    expect(tagsOf('Microsoft.Compute/virtualMachines/vm', '{}')).not.toContain('privilege-escalation');
  });

  it.each([
    [
      'PUT',
      'Microsoft.Storage/storageAccounts/st/managementPolicies/default',
      '{"properties":{"policy":{"rules":[]}}}',
      true,
    ],
    [
      'PUT',
      'Microsoft.Storage/storageAccounts/st/blobServices/default',
      '{"properties":{"deleteRetentionPolicy":{"enabled":false}}}',
      true,
    ],
    ['PUT', 'Microsoft.Storage/storageAccounts/st/blobServices/default', '{"properties":{"cors":{}}}', false],
    ['PATCH', 'Microsoft.Compute/virtualMachineScaleSets/s', '{"sku":{"capacity":0}}', true],
    ['PATCH', 'Microsoft.Compute/virtualMachineScaleSets/s', '{"sku":{"capacity":3}}', false],
    ['POST', 'Microsoft.Compute/virtualMachineScaleSets/s/delete', '{"instanceIds":["0"]}', true],
    ['PUT', 'Microsoft.ContainerService/managedClusters/k/agentPools/np', '{"properties":{"count":0}}', true],
    [
      'POST',
      'Microsoft.ContainerService/managedClusters/k/agentPools/np/deleteMachines',
      '{"machineNames":["m"]}',
      true,
    ],
    ['POST', 'Microsoft.Web/sites/app/stop', '{}', true],
  ])('of %s %s with %s', (method, path, body, destroys) => {
    expect(only(call(`${method} ${GROUP}/${path}`, { body })).tags.includes('destructive')).toBe(destroys);
  });

  it('of a vault whose access changes', () => {
    expect(tagsOf('Microsoft.KeyVault/vaults/kv', '{"properties":{"accessPolicies":[]}}')).toContain(
      'privilege-escalation',
    );
    expect(tagsOf('Microsoft.KeyVault/vaults/kv', '{"tags":{}}')).toEqual(['infrastructure']);
  });
});

describe('Key Vault', () => {
  const V = 'Microsoft.KeyVault/vaults';
  it.each([
    ['GET /secrets', `${V}/secrets/readMetadata/action *`],
    ['GET /secrets/db', `${V}/secrets/getSecret/action db`],
    ['GET /secrets/DB/0123', `${V}/secrets/getSecret/action db`],
    ['GET /secrets/db/versions', `${V}/secrets/readMetadata/action db`],
    ['PUT /secrets/db', `${V}/secrets/setSecret/action db`],
    ['PATCH /secrets/db/0123', `${V}/secrets/update/action db`],
    ['DELETE /secrets/db', `${V}/secrets/delete db`],
    ['POST /secrets/db/backup', `${V}/secrets/backup/action db`],
    ['POST /secrets/restore', `${V}/secrets/restore/action *`],
    ['GET /deletedsecrets', `${V}/secrets/readMetadata/action *`],
    ['DELETE /deletedsecrets/db', `${V}/secrets/purge/action db`],
    ['POST /deletedsecrets/db/recover', `${V}/secrets/recover/action db`],
    ['GET /keys/k', `${V}/keys/read k`],
    ['POST /keys/k/create', `${V}/keys/create/action k`],
    ['PUT /keys/k', `${V}/keys/import/action k`],
    ['POST /keys/k/0123/decrypt', `${V}/keys/decrypt/action k`],
    ['POST /keys/k/0123/unwrapkey', `${V}/keys/unwrap/action k`],
    ['POST /keys/k/0123/sign', `${V}/keys/sign/action k`],
    // Without a version, as the SDKs write it.
    ['POST /keys/k//decrypt', `${V}/keys/decrypt/action k`],
    ['GET /certificates/issuers', `${V}/certificatecas/read *`],
    ['PUT /certificates/issuers/DigiCert', `${V}/certificatecas/write digicert`],
    ['DELETE /certificates/contacts', `${V}/certificatecontacts/delete *`],
    ['POST /keys/k/rotate', `${V}/keys/rotate/action k`],
    ['DELETE /keys/k', `${V}/keys/delete k`],
    ['POST /certificates/c/create', `${V}/certificates/create/action c`],
    ['DELETE /certificates/c', `${V}/certificates/delete c`],
    ['GET /nothing/x', 'unknown! -'],
    ['PUT /keys/k/0123/x', 'unknown! -'],
  ])('%s', (request, expected) => {
    expect(ids(call(request.replace(' ', ' https://kv.vault.azure.net')))).toEqual([expected]);
  });

  it('is told from a managed HSM', () => {
    expect(names(call('POST https://m.managedhsm.azure.net/keys/k/0123/sign'))).toEqual([
      'Microsoft.KeyVault/managedHSMs/keys/sign/action',
    ]);
  });
});

describe('Microsoft Graph', () => {
  it.each([
    ['GET /v1.0/me', 'graph:GET:/me me'],
    ['GET /beta/USERS/a@b.c', 'graph:GET:/users/{id} a@b.c'],
    ["GET /v1.0/users('a@b.c')/messages", 'graph:GET:/users/{id}/messages *'],
    ["PATCH /v1.0/applications(appId='abc')", 'graph:PATCH:/applications/{id} abc'],
    ['POST /v1.0/applications/abc/addPassword', 'graph:POST:/applications/{id}/addPassword abc'],
    ['POST /v1.0/applications/abc/microsoft.graph.addPassword', 'graph:POST:/applications/{id}/addPassword abc'],
    ['GET /v1.0/users/delta', 'graph:GET:/users/delta *'],
    ['GET /v1.0/groups/g/members/$count', 'graph:GET:/groups/{id}/members/$count g'],
    ['POST /v1.0/groups/g/members/$ref', 'graph:POST:/groups/{id}/members/$ref g'],
    ['POST /v1.0/directoryThings/getByIds', 'unknown! -'],
    ['GET /v2.0/users', 'unknown! -'],
    ['GET /users', 'unknown! -'],
  ])('%s', (request, expected) => {
    expect(ids(call(request.replace(' ', ' https://graph.microsoft.com')))[0]).toBe(expected);
  });

  it('gives each request of a batch', () => {
    const body = JSON.stringify({
      requests: [
        { id: '1', method: 'GET', url: '/users' },
        {
          id: '2',
          method: 'POST',
          url: '/roleManagement/directory/roleAssignments',
          body: { principalId: 'p', roleDefinitionId: 'r' },
        },
      ],
    });
    const found = recognise(call('POST https://graph.microsoft.com/v1.0/$batch', { body }));
    expect(found.map(({ name, summary }) => `${name} ${summary}`)).toEqual([
      'azure:graph:GET:/users List users',
      'azure:graph:POST:/roleManagement/directory/roleAssignments Give directory role r to p',
    ]);
  });
});

describe('sign-in', () => {
  it.each([
    ['POST /contoso/oauth2/v2.0/token', 'login:token contoso'],
    ['POST /common/oauth2/token', 'login:token common'],
    ['POST /common/oauth2/v2.0/devicecode', 'login:devicecode common'],
    ['GET /common/oauth2/v2.0/authorize', 'login:authorize common'],
    ['GET /common/v2.0/.well-known/openid-configuration', 'login:discovery common'],
    ['GET /common/discovery/instance', 'login:discovery common'],
    ['POST /common/reprocess', 'unknown! -'],
  ])('%s', (request, expected) => {
    expect(ids(call(request.replace(' ', ' https://login.microsoftonline.com')))).toEqual([expected]);
  });
});

it.each([
  ['GET https://management.azure.com/metadata/endpoints?api-version=2023-01-01', 'login:discovery -'],
  ['POST https://management.azure.com/metadata/endpoints', 'unknown! -'],
  ['POST https://api.loganalytics.io/v1/workspaces/W/query', 'Microsoft.OperationalInsights/workspaces/query/read w'],
  [
    'GET https://api.loganalytics.azure.com/v1/workspaces/w/query?query=x',
    'Microsoft.OperationalInsights/workspaces/query/read w',
  ],
  ['DELETE https://api.loganalytics.io/v1/workspaces/w/query', 'unknown! -'],
  ['POST https://api.loganalytics.io/v1/$batch', 'unknown! -'],
  ['POST https://graph.microsoft.com/v1.0/directoryObjects/getByIds', 'graph:POST:/directoryObjects/getByIds *'],
])('%s', (request, expected) => {
  expect(ids(call(request, request.startsWith('POST') ? { body: '{"query":"Heartbeat"}' } : {}))).toEqual([expected]);
});

it.each([
  ['POST', 'Heartbeat | take 5', undefined, []],
  ['POST', "externaldata(a: string) [@'https://example.com/?d=x']", undefined, ['network-exposure']],
  ['POST', "evaluate http_request('https://example.com')", undefined, ['network-exposure']],
  ['POST', ['Heartbeat'], undefined, ['network-exposure']],
  ['GET', undefined, 'query=Heartbeat', []],
  ['GET', undefined, 'query=%65xternaldata(a%3Astring)', ['network-exposure']],
  ['GET', undefined, 'query=Heartbeat&query=externaldata', ['network-exposure']],
] as const)('a query of Log Analytics may fetch from elsewhere: %s %s %s', (method, query, inUrl, tags) => {
  const url = `https://api.loganalytics.io/v1/workspaces/w/query${inUrl === undefined ? '' : `?${inUrl}`}`;
  const made = call(`${method} ${url}`, query === undefined ? {} : { body: JSON.stringify({ query }) });
  expect(recognise(made).map((action) => action.tags)).toEqual([tags]);
});

it.each([
  ['management.azure.com', 'arm'],
  ['management.azure.com:443', 'arm'],
  ['MANAGEMENT.azure.com'.toLowerCase(), 'arm'],
  ['management.microsoftazure.de', 'arm'],
  ['kv.vault.azure.cn', 'vault'],
  ['kv.vault.usgovcloudapi.net', 'vault'],
  ['acc-secondary.blob.core.windows.net', 'blob'],
  ['acc.z1.blob.storage.azure.net', 'blob'],
  ['acc.blob.core.usgovcloudapi.net', 'blob'],
  ['acc.queue.core.windows.net', 'other'],
  ['acc.dfs.core.windows.net', 'other'],
  ['acc.z6.web.core.windows.net', undefined],
  ['graph.windows.net', 'other'],
  ['app.scm.azurewebsites.net', 'other'],
  ['app.scm.westeurope-01.azurewebsites.net', 'other'],
  ['main.iam.ad.ext.azure.com', 'other'],
  // The app itself, which is somebody's own.
  ['app.azurewebsites.net', undefined],
  ['graph.microsoft.us', 'graph'],
  ['login.microsoftonline.us', 'login'],
  ['azure.com', undefined],
  ['management.azure.com.evil.example', undefined],
  ['evilmanagement.azure.com', undefined],
  ['portal.azure.com', undefined],
  ['127.0.0.1:8080', undefined],
])('%s is %s', (host, plane) => {
  expect(readAzureHost(host)?.plane).toBe(plane);
  expect(recogniser.claims(call(`GET https://${host}/`))).toBe(plane !== undefined);
});

it('needs the body of what changes something, and of no read', () => {
  expect(recogniser.needsBody(call(`PUT ${GROUP}/${ROLE}/a`, { body: { state: 'unread' } }))).toBe(true);
  expect(
    recogniser.needsBody(call('POST https://graph.microsoft.com/v1.0/$batch', { body: { state: 'unread' } })),
  ).toBe(true);
  expect(recogniser.needsBody(call(`GET ${GROUP}/${ROLE}/a`))).toBe(false);
  expect(recogniser.needsBody(call('PUT https://acc.blob.core.windows.net/c/b', { body: { state: 'unread' } }))).toBe(
    false,
  );
});
