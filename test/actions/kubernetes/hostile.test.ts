// Calls made to be misread. Each has to show the strictest thing that the API server, or a hop in front of it, could make of it, and
// where it can be read in two ways nothing may be called exact.
import { describe, expect, it } from 'vitest';
import { type CallParts, recognise } from './calls.ts';
import { envelope, message, metadata, PROTOBUF } from './protobuf-bytes.ts';

const NS = '/api/v1/namespaces/prod';
const PODS = `POST ${NS}/pods`;
const RBAC = '/apis/rbac.authorization.k8s.io/v1';
const bytes = (...parts: (string | number[])[]): Buffer =>
  Buffer.concat(parts.map((part) => Buffer.from(part as string)));
const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value));
const whole = (sent: Uint8Array, decoded: Uint8Array): CallParts => ({
  state: { state: 'whole', bytes: sent, decoded },
});
const pod = (fields: object = {}) => ({ apiVersion: 'v1', kind: 'Pod', metadata: { name: 'p' }, spec: {}, ...fields });

/** Ambiguous or unknown, and among the readings these. */
const UNSURE: [why: string, line: string, readings: string[], parts?: CallParts][] = [
  ['an escaped slash that reaches exec', `GET ${NS}/pods/web-0%2Fexec?command=sh`, ['k8s:create:pods/exec']],
  ['an escaped slash twice over', `GET ${NS}/pods/web-0%252Fexec`, ['k8s:create:pods/exec']],
  ['an escaped slash in a namespace', 'GET /api/v1/namespaces/prod%2Fsecrets/db', ['k8s:get:secrets']],
  ['an escaped slash before a resource', 'DELETE /api/v1/namespaces/a%2f..%2fprod', ['k8s:delete:namespaces']],
  ['an overlong slash', `GET ${NS}/pods/web-0%c0%afexec`, ['k8s:create:pods/exec']],
  ['dot segments', `GET ${NS}/pods/../secrets/db`, ['k8s:get:secrets']],
  ['dot segments out of the name', `DELETE ${NS}/pods/web-0/..`, ['k8s:deletecollection:pods']],
  ['escaped dots', `GET ${NS}/pods/%2e%2e/secrets/db`, ['k8s:get:secrets']],
  ['dots from discovery to a secret', 'GET /version/../api/v1/namespaces/prod/secrets/db', ['k8s:get:secrets']],
  [
    'dots behind the path of a proxy',
    `GET ${NS}/services/web/proxy/../../../secrets/db`,
    ['k8s:get:secrets', 'k8s:create:services/proxy'],
  ],
  ['one dot', `DELETE ${NS}/pods/.`, ['k8s:deletecollection:pods']],
  ['a double slash', 'GET /api//v1/namespaces/prod/secrets', ['k8s:list:secrets']],
  ['an empty name', `DELETE ${NS}/pods//web-0`, ['k8s:delete:pods']],
  ['an empty namespace', 'DELETE /api/v1/namespaces//pods/web-0', ['k8s:delete:pods', 'k8s:deletecollection:web-0']],
  ['a double slash before a subresource', `GET ${NS}/pods/web-0//exec`, ['k8s:create:pods/exec']],
  ['a backslash', `GET ${NS}/pods\\web-0\\exec`, ['k8s:create:pods/exec']],
  ['a path parameter', `GET ${NS};x=1/secrets;y/db`, ['k8s:get:secrets']],
  ['a dot at the end of a resource', `GET ${NS}/secrets./db`, ['k8s:get:secrets']],
  ['an escaped question mark', `GET ${NS}/secrets%3Fwatch=1`, ['k8s:list:secrets']],
  ['an escaped NUL', `GET ${NS}/secrets%00/x`, ['k8s:list:secrets']],
  ['a blank at the end', `GET ${NS}/secrets%20/db`, ['k8s:get:secrets']],
  ['a subresource in capitals', `GET ${NS}/pods/web-0/EXEC`, ['k8s:create:pods/exec']],
  ['a subresource in mixed case', `POST ${NS}/pods/web-0/Eviction`, ['k8s:create:pods/eviction']],
  ['a resource in capitals', `GET ${NS}/Secrets/db`, ['k8s:get:secrets']],
  ['the prefix in capitals', 'GET /API/v1/namespaces/prod/secrets', ['k8s:list:secrets']],
  ['the version in capitals', 'DELETE /apis/apps/V1/namespaces/prod/deployments/web', ['k8s:delete:apps/deployments']],
  ['a namespace in capitals', 'DELETE /api/v1/namespaces/PROD', ['k8s:delete:namespaces']],
  ['a watch of nothing', 'GET /api/v1/watch', ['k8s:unknown']],
  ['a proxy of nothing', 'GET /api/v1/proxy', ['k8s:unknown']],
  ['a write to a watch', `DELETE /api/v1/watch/namespaces/prod/pods`, ['k8s:unknown']],
  ['watch twice', `GET ${NS}/secrets?watch=0&watch=1`, ['k8s:list:secrets', 'k8s:watch:secrets']],
  ['watch in another case', `GET ${NS}/pods?Watch=1`, ['k8s:list:pods', 'k8s:watch:pods']],
  ['watch behind a semicolon', `GET ${NS}/pods?a=1;watch=1`, ['k8s:list:pods', 'k8s:watch:pods']],
  ['watch escaped twice', `GET ${NS}/pods?%2577atch=1`, ['k8s:list:pods', 'k8s:watch:pods']],
  ['an unknown method', `PROPFIND ${NS}/pods`, ['k8s:unknown']],
  ['a method in small letters', `delete ${NS}/pods/web-0`, ['k8s:unknown']],
  ['OPTIONS', `OPTIONS ${NS}/pods`, ['k8s:unknown']],
  [
    'a method in a header',
    `GET ${NS}/pods/web-0`,
    ['k8s:delete:pods', 'k8s:get:pods'],
    { headers: ['X-HTTP-Method-Override', 'DELETE'] },
  ],
  ['a method in the query', `POST ${NS}/pods/web-0?_method=delete`, ['k8s:delete:pods']],
  ['many methods in a header', `GET ${NS}/pods`, ['k8s:unknown'], { headers: ['X-HTTP-Method', 'A,B,C,D,E,F,G,H'] }],
  ['something behind a subresource', `GET ${NS}/pods/web-0/log/exec`, ['k8s:get:pods/log']],
  ['a group without a dot', 'GET /apis/pods/v1/namespaces/prod/exec/x', ['k8s:get:pods/exec']],
  ['a word that is none', `GET ${NS}/po*ds`, ['k8s:list:po*ds']],
  ['a path nobody knows', 'GET /k8s/clusters/c-1/api/v1/secrets', ['k8s:get:/k8s/clusters/c-1/api/v1/secrets']],
  ['a write to what is no resource', 'POST /version', ['k8s:post:/version']],
  ['debugging', 'PUT /debug/flags/v', ['k8s:put:/debug/flags/v']],
  [
    'the namespace of another',
    PODS,
    ['k8s:create:pods'],
    { body: pod({ metadata: { name: 'p', namespace: 'kube-system' } }) },
  ],
  ['the kind of another', PODS, ['k8s:create:pods', 'k8s:create:secrets'], { body: pod({ kind: 'Secret' }) }],
  [
    'the group of another',
    PODS,
    ['k8s:create:rbac.authorization.k8s.io/clusterrolebindings'],
    { body: pod({ apiVersion: 'rbac.authorization.k8s.io/v1', kind: 'ClusterRoleBinding' }) },
  ],
  ['the name of another', `PUT ${NS}/pods/web-0`, ['k8s:update:pods'], { body: pod() }],
  [
    'another version',
    'POST /apis/apps/v1/namespaces/prod/deployments',
    ['k8s:create:apps/deployments'],
    { body: { apiVersion: 'apps/v1beta1', kind: 'Deployment' } },
  ],
  ['a list for an object', PODS, ['k8s:create:pods'], { body: { apiVersion: 'v1', kind: 'List', items: [] } }],
  ['an array for an object', PODS, ['k8s:create:pods'], { body: [pod()] }],
  ['a number for a name', PODS, ['k8s:create:pods'], { body: pod({ metadata: { name: 5 } }) }],
  ['a field in another case', PODS, ['k8s:create:pods'], { body: pod({ Spec: { hostNetwork: true } }) }],
  ['a key twice', PODS, ['k8s:create:pods'], { body: '{"kind":"Pod","spec":{"hostNetwork":true},"spec":{}}' }],
  [
    'an escaped key twice',
    PODS,
    ['k8s:create:pods'],
    { body: '{"kind":"Pod","spec":{},"sp\\u0065c":{"hostNetwork":true}}' },
  ],
  ['a comment in JSON', PODS, ['k8s:create:pods'], { body: '{"kind":"Pod" /* */}' }],
  ['two documents in JSON', PODS, ['k8s:create:pods'], { body: '{"kind":"Pod"}{"kind":"Pod"}' }],
  ['deep nesting', PODS, ['k8s:create:pods'], { body: `{"a":${'['.repeat(5000)}${']'.repeat(5000)}}` }],
  ['a byte order mark', PODS, ['k8s:create:pods'], { body: bytes([0xef, 0xbb, 0xbf], JSON.stringify(pod())) }],
  ['UTF-16', PODS, ['k8s:create:pods'], { body: Buffer.from(JSON.stringify(pod()), 'utf16le') }],
  ['another charset', PODS, ['k8s:create:pods'], { body: pod(), type: 'application/json; charset=utf-16' }],
  ['YAML without a content type', PODS, ['k8s:create:pods'], { body: 'kind: Pod\nmetadata: {name: p}', type: '' }],
  ['two content types', PODS, ['k8s:create:pods'], { body: pod(), headers: ['content-type', 'application/yaml'] }],
  ['a form', PODS, ['k8s:create:pods'], { body: 'kind=Pod', type: 'application/x-www-form-urlencoded' }],
  ['a text', PODS, ['k8s:create:pods'], { body: pod(), type: 'text/plain' }],
  [
    'a patch without a type',
    `PATCH ${NS}/pods/p`,
    ['k8s:patch:pods', 'k8s:apply:pods', 'k8s:create:pods'],
    { body: {}, type: 'application/json' },
  ],
  [
    'a patch without any type',
    `PATCH ${NS}/pods/p`,
    ['k8s:patch:pods', 'k8s:apply:pods', 'k8s:create:pods'],
    { body: {}, type: '' },
  ],
  [
    'a patch that moves',
    `PATCH ${NS}/pods/p`,
    ['k8s:patch:pods'],
    { body: [{ op: 'move', from: '/a', path: '/b' }], type: 'application/json-patch+json' },
  ],
  [
    'a patch of an unknown sort',
    `PATCH ${NS}/pods/p`,
    ['k8s:patch:pods'],
    { body: [{ op: 'add', Path: '/spec', path: '/x', value: 1 }], type: 'application/json-patch+json' },
  ],
  ['YAML with an anchor', PODS, ['k8s:create:pods'], { body: 'kind: Pod\na: &x 1\nb: *x\n', type: 'application/yaml' }],
  [
    'YAML with a merge key',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\n<<: {spec: {hostNetwork: true}}\n', type: 'application/yaml' },
  ],
  ['YAML with a tag', PODS, ['k8s:create:pods'], { body: 'kind: !!str Pod\n', type: 'application/yaml' }],
  [
    'YAML in two documents',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\n---\nkind: Secret\n', type: 'application/yaml' },
  ],
  [
    'YAML that 1.1 reads as true',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\nspec: {hostNetwork: yes}\n', type: 'application/yaml' },
  ],
  [
    'YAML with a key twice',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\nspec: {}\nspec: {hostPID: true}\n', type: 'application/yaml' },
  ],
  [
    'YAML with a directive',
    PODS,
    ['k8s:create:pods'],
    { body: '%YAML 1.1\n---\nkind: Pod\n', type: 'application/yaml' },
  ],
  [
    'YAML with a quoted merge key',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\n"<<": {spec: {hostNetwork: true}}\n', type: 'application/yaml' },
  ],
  [
    'YAML with a line break that only 1.1 has',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\n# x\u2028spec: {hostNetwork: true}\n', type: 'application/yaml' },
  ],
  [
    'YAML with a lone carriage return',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\n# x\rspec: {hostNetwork: true}\n', type: 'application/yaml' },
  ],
  [
    'YAML with a number in base 60',
    PODS,
    ['k8s:create:pods'],
    { body: 'kind: Pod\nspec: {activeDeadlineSeconds: 1:30}\n', type: 'application/yaml' },
  ],
  [
    'JSON as YAML, with such a break',
    PODS,
    ['k8s:create:pods'],
    { body: pod({ metadata: { name: 'a\u0085b' } }), type: 'application/yaml' },
  ],
  ['long YAML', PODS, ['k8s:create:pods'], { body: `kind: Pod\n#${'x'.repeat(200_000)}\n`, type: 'application/yaml' }],
  ['deep YAML', PODS, ['k8s:create:pods'], { body: `a: ${'['.repeat(9000)}`, type: 'application/yaml' }],
  [
    'CBOR with a key as text and as bytes',
    PODS,
    ['k8s:create:pods'],
    { body: Buffer.from('a2646b696e6463506f64446b696e6463506f64', 'hex'), type: 'application/cbor' },
  ],
  ['cut CBOR', PODS, ['k8s:create:pods'], { body: Buffer.from('a1646b696e64', 'hex'), type: 'application/cbor' }],
  ['protobuf without its magic', PODS, ['k8s:create:pods'], { body: message([1, 'x']), type: PROTOBUF }],
  [
    'cut protobuf',
    PODS,
    ['k8s:create:pods'],
    { body: envelope('v1', 'Pod', message([1, metadata('p')])).subarray(0, -2), type: PROTOBUF },
  ],
  [
    'protobuf with a field twice',
    PODS,
    ['k8s:create:pods'],
    { body: envelope('v1', 'Pod', message([1, metadata('p')], [1, metadata('q')])), type: PROTOBUF },
  ],
  [
    'protobuf of a kind that is none',
    PODS,
    ['k8s:create:pods'],
    { body: envelope('example.com/v1', 'Thing', message()), type: PROTOBUF },
  ],
  [
    'protobuf of another kind',
    PODS,
    ['k8s:create:pods', 'k8s:create:secrets'],
    { body: envelope('v1', 'Secret', message([1, metadata('p')])), type: PROTOBUF },
  ],
  [
    'protobuf in protobuf, encoded',
    PODS,
    ['k8s:create:pods'],
    { body: envelope('v1', 'Pod', message(), [3, 'gzip']), type: PROTOBUF },
  ],
  [
    'protobuf that holds JSON',
    PODS,
    ['k8s:create:pods'],
    { body: envelope('v1', 'Pod', message(), [4, 'application/json']), type: PROTOBUF },
  ],
  [
    'protobuf with bytes for a flag',
    PODS,
    ['k8s:create:pods'],
    { body: envelope('v1', 'Pod', message([1, metadata('p')], [2, message([11, 'x'])])), type: PROTOBUF },
  ],
  [
    'a body in gzip',
    PODS,
    ['k8s:create:pods'],
    {
      ...whole(Buffer.from([31, 139]), json(pod())),
      headers: ['Content-Type', 'application/json', 'Content-Encoding', 'gzip'],
    },
  ],
  [
    'a body that could not be decoded',
    PODS,
    ['k8s:create:pods'],
    { state: { state: 'unreadable', why: 'undecodable', bytes: Buffer.from('x') } },
  ],
  ['a body over the limit', PODS, ['k8s:create:pods'], { state: { state: 'unreadable', why: 'over-limit' } }],
  [
    'a body that nobody has read',
    `DELETE ${NS}/pods/web-0?dryRun=All`,
    ['k8s:delete:pods'],
    { state: { state: 'unread' } },
  ],
  [
    'more subjects than can be shown',
    `POST ${RBAC}/clusterrolebindings`,
    ['k8s:create:rbac.authorization.k8s.io/clusterrolebindings'],
    { body: { subjects: Array.from({ length: 65 }, (_, i) => ({ kind: 'User', name: `u${i}` })) } },
  ],
  [
    'a command longer than can be shown',
    `POST ${NS}/pods/p/exec?command=${'x'.repeat(2000)}`,
    ['k8s:create:pods/exec'],
  ],
  ['a container named twice', `POST ${NS}/pods/p/exec?container=a&container=b`, ['k8s:create:pods/exec']],
  ['a selector twice', `DELETE ${NS}/pods?labelSelector=a&labelSelector=b`, ['k8s:deletecollection:pods']],
  ['a body that is no options', `DELETE ${NS}/pods/p`, ['k8s:delete:pods'], { body: pod() }],
];

describe('nothing of this is exact', () => {
  it.each<[string, string, string[], CallParts?]>(UNSURE)('%s', (_why, line, readings, parts) => {
    const actions = recognise(line, parts);
    expect(actions.length).toBeGreaterThan(0);
    expect(actions.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
    expect(actions.map(({ name }) => name)).toEqual(expect.arrayContaining(readings));
  });

  it('and there is plenty of it', () => {
    expect(UNSURE.length).toBeGreaterThan(60);
  });
});

describe('no dry run', () => {
  const OPTIONS = { dryRun: ['All'] };
  it.each<[string, string, CallParts?]>([
    ['options in the body replace those of the query', `DELETE ${NS}/pods/p?dryRun=All`, { body: {} }],
    ['a body that cannot be read', `DELETE ${NS}/pods/p?dryRun=All`, { body: '{' }],
    ['twice', `DELETE ${NS}/pods/p?dryRun=All&dryRun=All`],
    ['All and something else', `DELETE ${NS}/pods/p?dryRun=All&dryRun=None`],
    ['another value', `DELETE ${NS}/pods/p?dryRun=true`],
    ['another case', `DELETE ${NS}/pods/p?dryRun=all`],
    ['another name', `DELETE ${NS}/pods/p?dryrun=All`],
    ['a twin beside it', `DELETE ${NS}/pods/p?dryRun=All&DryRun=None`],
    ['a semicolon, at which Go drops it', `DELETE ${NS}/pods/p?dryRun=All;x`],
    ['an escape in its name', `DELETE ${NS}/pods/p?dry%2552un=All`],
    ['a broken escape', `DELETE ${NS}/pods/p?dryRun=All%`],
    ['in the fragment of the path', `DELETE ${NS}/pods/p%3FdryRun=All`],
    ['more parameters than Go reads', `DELETE ${NS}/pods/p?dryRun=All&${'a=1&'.repeat(1000)}`],
    ['of the query of a body', `DELETE ${NS}/pods/p`, { body: { dryRun: [] } }],
    ['a text for a list', `DELETE ${NS}/pods/p`, { body: { dryRun: 'All' } }],
    ['two values', `DELETE ${NS}/pods/p`, { body: { dryRun: ['All', 'All'] } }],
    ['a twin in the body', `DELETE ${NS}/pods/p`, { body: { ...OPTIONS, DryRun: [] } }],
    ['without a content type', `DELETE ${NS}/pods/p`, { body: OPTIONS, type: '' }],
    ['of a create, in its body', PODS, { body: { ...pod(), ...OPTIONS } }],
    ['of exec', `POST ${NS}/pods/p/exec?dryRun=All`],
    ['of a token', `POST ${NS}/serviceaccounts/s/token?dryRun=All`],
    ['of a proxy', `DELETE ${NS}/services/s/proxy/x?dryRun=All`],
    ['of an API that may not honour it', 'DELETE /apis/example.com/v1/namespaces/prod/things/t?dryRun=All'],
    [
      'of an eviction that says otherwise',
      `POST ${NS}/pods/p/eviction?dryRun=All`,
      { body: { deleteOptions: { dryRun: [] } } },
    ],
  ])('%s', (_why, line, parts) => {
    const actions = recognise(line, parts);
    expect(actions.length).toBeGreaterThan(0);
    for (const action of actions) {
      expect(['write', 'unknown']).toContain(action.level);
      expect(action.params['dry_run']).toBeUndefined();
    }
  });
});

describe('a body that cannot be read', () => {
  const state = { state: 'unreadable', why: 'over-limit' } as const;
  it.each<[string, string[]]>([
    [PODS, ['code-execution', 'destructive', 'network-exposure', 'privilege-escalation']],
    [
      'POST /apis/apps/v1/namespaces/prod/deployments',
      ['deployment', 'destructive', 'network-exposure', 'privilege-escalation'],
    ],
    [`POST ${NS}/services`, ['network-exposure']],
    [`POST ${NS}/secrets`, ['credential-issue', 'deployment']],
    [`PUT ${NS}/configmaps/app`, []],
    [`POST ${NS.replace('prod', 'kube-system')}/configmaps`, ['infrastructure', 'privilege-escalation']],
    ['POST /api/v1/namespaces', ['privilege-escalation']],
    ['PATCH /apis/apps/v1/namespaces/prod/deployments/web/scale', ['deployment', 'destructive']],
    ['POST /apis/example.com/v1/namespaces/prod/things', ['destructive', 'network-exposure', 'privilege-escalation']],
  ])('%s may hold whatever such a body can', (line, tags) => {
    const headers = line.startsWith('PATCH') ? ['Content-Type', 'application/merge-patch+json'] : [];
    const [action] = recognise(line, { state, headers });
    expect(action).toMatchObject({ tags, confidence: 'ambiguous' });
  });
});
