// What calls to Google's APIs are: names, resources, tags that depend on the parameters, sentences.
import { beforeAll, describe, expect, it } from 'vitest';
import { loadSqlParser } from '../../../src/actions/sql/load-sql-parser.ts';
import type { Call } from '../../../src/core/call.ts';
import { call, names, only, type Parts, recognise, recogniser, resources, whole } from './calls.ts';

beforeAll(loadSqlParser);

const IAM = 'https://iam.googleapis.com/v1/projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com';
const POLICY = '{"policy":{"bindings":[{"role":"roles/owner","members":["user:eve@example.com"]}]}}';

describe('methods', () => {
  it.each([
    [
      'POST',
      `${IAM}:setIamPolicy`,
      'iam.projects.serviceAccounts.setIamPolicy serviceAccounts/ci@p.iam.gserviceaccount.com',
    ],
    ['GET', IAM, 'iam.projects.serviceAccounts.get serviceAccounts/ci@p.iam.gserviceaccount.com'],
    ['GET', `${IAM}/keys`, 'iam.projects.serviceAccounts.keys.list keys/*'],
    ['DELETE', `${IAM}/keys/k1`, 'iam.projects.serviceAccounts.keys.delete keys/ci@p.iam.gserviceaccount.com/k1'],
    ['HEAD', IAM, 'iam.projects.serviceAccounts.get serviceAccounts/ci@p.iam.gserviceaccount.com'],
    [
      'GET',
      'https://cloudresourcemanager.googleapis.com/v3/projects/p',
      'cloudresourcemanager.projects.get projects/p',
    ],
    [
      'GET',
      'https://secretmanager.googleapis.com/v1/projects/p/secrets/db/versions/latest:access',
      'secretmanager.projects.secrets.versions.access versions/db/latest',
    ],
    [
      'GET',
      'https://secretmanager.us-east1.rep.googleapis.com/v1/projects/p/locations/us-east1/secrets/db/versions/1:access',
      'secretmanager.projects.locations.secrets.versions.access versions/db/1',
    ],
    [
      'DELETE',
      'https://compute.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/web-1',
      'compute.instances.delete instances/web-1',
    ],
    [
      'DELETE',
      'https://www.googleapis.com/compute/beta/projects/p/zones/us-central1-a/instances/web-1',
      'compute.instances.delete instances/web-1',
    ],
    [
      'GET',
      'https://compute.googleapis.com/compute/v1/projects/p/aggregated/instances',
      'compute.instances.aggregatedList instances/*',
    ],
    [
      'POST',
      'https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/us-central1/endpoints/e:predict',
      'aiplatform.projects.locations.endpoints.predict endpoints/e',
    ],
    [
      'GET',
      'https://storage.googleapis.com/storage/v1/b/data/o/a%2Fb.txt?alt=media',
      'storage.objects.get objects/data/a/b.txt',
    ],
    [
      'GET',
      'https://storage.googleapis.com/download/storage/v1/b/data/o/a%2Fb.txt?alt=media',
      'storage.objects.get objects/data/a/b.txt',
    ],
    ['GET', 'https://www.googleapis.com/storage/v1/b/data/o', 'storage.objects.list buckets/data'],
    ['DELETE', 'https://storage.googleapis.com/storage/v1/b/data', 'storage.buckets.delete buckets/data'],
    ['GET', 'https://www.googleapis.com/drive/v3/files/f', 'drive.files.get files/f'],
    ['POST', 'https://gmail.googleapis.com/gmail/v1/users/me/messages/send', 'gmail.users.messages.send users/me'],
    [
      'GET',
      'https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d/tables/t/data',
      'bigquery.tabledata.list tables/d/t',
    ],
    [
      'GET',
      'https://firestore.googleapis.com/v1/projects/p/databases/(default)/documents/users/u1',
      'firestore.projects.databases.documents.get documents/(default)/users/u1',
    ],
    [
      'GET',
      'https://firestore.googleapis.com/v1/projects/p/databases/(default)/documents/users',
      'firestore.projects.databases.documents.list documents/*?',
    ],
    ['POST', 'https://oauth2.googleapis.com/token', 'oauth2.token -/*'],
    ['POST', 'https://sts.googleapis.com/v1/token', 'sts.token -/*'],
    ['GET', 'https://oauth2.googleapis.com/tokeninfo?access_token=t', 'oauth2.tokeninfo -/*'],
    ['POST', 'https://www.googleapis.com/oauth2/v3/tokeninfo', 'oauth2.tokeninfo -/*'],
    ['GET', 'https://openidconnect.googleapis.com/v1/userinfo', 'oauth2.userinfo.get userinfo/*'],
    ['GET', 'https://www.googleapis.com/oauth2/v3/certs', 'oauth2.certs.list certs/*'],
    ['GET', 'https://www.googleapis.com/robot/v1/metadata/x509/a@b', 'oauth2.certs.get metadata/x509/a@b'],
    ['GET', 'https://accounts.google.com/.well-known/openid-configuration', 'oauth2.certs.openidConfiguration -/*'],
    ['GET', 'https://compute.googleapis.com/$discovery/rest?version=v1', 'discovery.apis.getRest -/*'],
    [
      'GET',
      'https://bigquery.googleapis.com/discovery/v1/apis/bigquery/v2/rest',
      'discovery.apis.getRest apis/bigquery/v2',
    ],
    [
      'POST',
      'https://admin.googleapis.com/admin/directory/v1/users/eve@example.com/makeAdmin',
      'directory.users.makeAdmin users/eve@example.com',
    ],
    ['PATCH', 'https://sqladmin.googleapis.com/v1/projects/p/instances/db', 'sql.instances.patch instances/db'],
    [
      'GET',
      'https://compute.googleapis.com/compute/v1/projects/p/zones/-/instances',
      'compute.instances.list instances/*',
    ],
  ])('%s %s', (method, url, expected) => {
    const found = resources(call(`${method} ${url}`));
    if (expected.endsWith('?')) expect(found[0]).toContain(expected.split(' ')[0]);
    else expect(found).toEqual([expected]);
  });

  it.each(['POST', 'DELETE'])('what a service says of itself is only read: %s', (method) => {
    const [first] = recognise(
      call(`${method} https://compute.googleapis.com/$discovery/rest?version=v1`, { body: '{}' }),
    );
    expect(first?.confidence).toBe('unknown');
  });

  it('know the project and the place', () => {
    expect(
      only(call('DELETE https://compute.googleapis.com/compute/v1/projects/p/zones/us-central1-a/instances/web-1'))
        .resource,
    ).toEqual({
      type: 'instances',
      id: 'web-1',
      region: 'us-central1',
      account: 'p',
    });
    expect(
      only(call('GET https://run.googleapis.com/v2/projects/p/locations/europe-west1/services/web')).resource,
    ).toEqual({
      type: 'services',
      id: 'web',
      region: 'europe-west1',
      account: 'p',
      arn: '//run.googleapis.com/projects/p/locations/europe-west1/services/web',
    });
  });

  it.each([
    ['https://run.googleapis.com/v2/projects/p/locations/l/services?serviceId=web', '{}', 'web'],
    ['https://compute.googleapis.com/compute/v1/projects/p/zones/z/instances', '{"name":"web-1"}', 'web-1'],
    ['https://iam.googleapis.com/v1/projects/p/serviceAccounts', '{"accountId":"ci"}', 'ci'],
    ['https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets', '{"datasetReference":{"datasetId":"d"}}', 'd'],
    ['https://storage.googleapis.com/storage/v1/b?project=p', '{"name":"data"}', 'data'],
    ['https://storage.googleapis.com/upload/storage/v1/b/data/o?uploadType=resumable&name=a/b', '{}', 'data/a/b'],
    ['https://logging.googleapis.com/v2/projects/p/sinks', '{"name":"s"}', 's'],
    ['https://iam.googleapis.com/v1/projects/p/serviceAccounts/ci/keys', '{}', '*'],
  ])('make %s with the name that the call gives', (url, body, id) => {
    expect(only(call(`POST ${url}`, { body })).resource.id).toBe(id);
  });

  it('read what a copy reads', () => {
    const copy = call('POST https://storage.googleapis.com/storage/v1/b/from/o/a/rewriteTo/b/to/o/b', { body: '{}' });
    expect(resources(copy)).toEqual(['storage.objects.rewrite objects/to/b', 'storage.objects.get objects/from/a']);
  });
});

describe('parameters', () => {
  it('are those of path, query and body, and of a policy who gets what', () => {
    const { params, summary } = only(call(`POST ${IAM}:setIamPolicy?prettyPrint=false&key=AIza`, { body: POLICY }));
    expect(params).toEqual({
      resource: 'projects/p/serviceAccounts/ci@p.iam.gserviceaccount.com',
      policy: { bindings: [{ role: 'roles/owner', members: ['user:eve@example.com'] }] },
      members: ['user:eve@example.com'],
      roles: ['roles/owner'],
    });
    expect(summary).toBe(
      'Replace who may use service account ci@p.iam.gserviceaccount.com: roles/owner for user:eve@example.com',
    );
  });

  it('have the names of JSON where the body has those of protocol buffers', () => {
    const { params } = only(call(`POST ${IAM}/keys`, { body: '{"private_key_type":"TYPE_GOOGLE_CREDENTIALS_FILE"}' }));
    expect(params['privateKeyType']).toBe('TYPE_GOOGLE_CREDENTIALS_FILE');
  });

  it('hold no secrets', () => {
    const secret = call('POST https://secretmanager.googleapis.com/v1/projects/p/secrets/db:addVersion', {
      body: '{"payload":{"data":"aHVudGVyMg=="}}',
    });
    const service = call('POST https://run.googleapis.com/v2/projects/p/locations/l/services?serviceId=web', {
      body: '{"template":{"containers":[{"image":"i","env":[{"name":"PASSWORD","value":"hunter2"}]}]}}',
    });
    const token = call('POST https://oauth2.googleapis.com/token', {
      headers: ['Content-Type', 'application/x-www-form-urlencoded'],
      body: 'grant_type=authorization_code&code=hunter2&client_secret=hunter2&assertion=hunter2',
    });
    for (const each of [secret, service, token]) {
      const text = JSON.stringify(recognise(each));
      expect(text).not.toMatch(/hunter2|aHVudGVyMg/);
      expect(recognise(each)[0]?.confidence).toBe('exact');
    }
    expect(only(service).params['template']).toEqual({ containers: [{ image: 'i', env: [{ name: 'PASSWORD' }] }] });
  });
});

describe('tags', () => {
  const tagsOf = (url: string, body: string): readonly string[] => only(call(`POST ${url}`, { body })).tags;

  it.each([
    ['allUsers', true],
    ['allAuthenticatedUsers', true],
    ['principalSet://goog/public:all', true],
    ['user:a@example.com', false],
  ])('of a policy that lets %s in', (member, shared) => {
    const tags = tagsOf(`${IAM}:setIamPolicy`, POLICY.replace('user:eve@example.com', member));
    expect(tags.includes('external-sharing')).toBe(shared);
    expect(tags).toContain('privilege-escalation');
  });

  it('of an object that everybody may read', () => {
    const upload = 'https://storage.googleapis.com/upload/storage/v1/b/data/o?uploadType=media&name=a';
    expect(tagsOf(`${upload}&predefinedAcl=publicRead`, 'x')).toContain('external-sharing');
    expect(tagsOf(upload, 'x')).toEqual([]);
  });

  it('of a program that runs as some account', () => {
    const jobs = 'https://run.googleapis.com/v2/projects/p/locations/l/jobs?jobId=j';
    expect(tagsOf(jobs, '{"template":{"template":{"serviceAccount":"admin@p.iam"}}}')).toContain(
      'privilege-escalation',
    );
    expect(tagsOf(jobs, '{"template":{}}')).not.toContain('privilege-escalation');
  });

  it('of a dataset whose access changes', () => {
    const dataset = 'https://bigquery.googleapis.com/bigquery/v2/projects/p/datasets/d';
    const patched = (body: string): readonly string[] => only(call(`PATCH ${dataset}`, { body })).tags;
    expect(patched('{"access":[]}')).toContain('external-sharing');
    expect(patched('{"description":"d"}')).toEqual([]);
  });
});

describe('BigQuery and Spanner', () => {
  const query = (sql: string): readonly string[] =>
    recognise(
      call('POST https://bigquery.googleapis.com/bigquery/v2/projects/p/queries', {
        body: JSON.stringify({ query: sql, useLegacySql: false }),
      }),
    ).map(({ name, level }) => `${name} ${level}`);

  it('say what their statements do', () => {
    expect(query('select a from d.t')).toEqual(['gcp:bigquery.jobs.query read', 'sql:select:d.t read']);
    expect(query('delete from d.t where true')).toEqual(['gcp:bigquery.jobs.query write', 'sql:delete:d.t write']);
  });

  it.each([
    ['{"configuration":{"extract":{"destinationUris":["gs://b/x"]}}}', ['data-export']],
    ['{"configuration":{"load":{"sourceUris":["gs://b/x"]}}}', []],
    ['{"configuration":{"query":{"query":"select 1","useLegacySql":false}}}', []],
    ['{"configuration":{"dryRun":true,"query":{"query":"drop table d.t","useLegacySql":false}}}', []],
    ['{"configuration":{"query":{"query":"select d.f(a) from d.t","useLegacySql":false}}}', ['sql-execution']],
    ['{"configuration":{"query":{"query":"delete from d.t where a = 1","useLegacySql":false}}}', ['sql-execution']],
    ['{"configuration":{"query":{"query":"select 1"}}}', ['data-export', 'sql-execution']],
    [
      `{"configuration":{"query":{"query":"export data options(uri='gs://b/*') as select 1","useLegacySql":false}}}`,
      ['data-export', 'sql-execution'],
    ],
    ['{}', ['data-export', 'sql-execution']],
  ])('tell jobs apart: %s', (body, tags) => {
    const [job] = recognise(call('POST https://bigquery.googleapis.com/bigquery/v2/projects/p/jobs', { body }));
    expect(job?.name).toBe('gcp:bigquery.jobs.insert');
    expect(job?.tags.toSorted()).toEqual(tags);
  });

  it('read Spanner too', () => {
    const session = 'https://spanner.googleapis.com/v1/projects/p/instances/i/databases/d/sessions/s';
    const found = names(call(`POST ${session}:executeSql`, { body: '{"sql":"update t set a = 1 where true"}' }));
    expect(found[0]).toBe('spanner.projects.instances.databases.sessions.executeSql');
    expect(found.length).toBeGreaterThan(1);
  });
});

describe('the XML API of Cloud Storage', () => {
  it.each([
    ['GET https://storage.googleapis.com/', 'storage.buckets.list -/-'],
    ['GET https://storage.googleapis.com/data', 'storage.objects.list buckets/data'],
    ['GET https://storage.googleapis.com/data?list-type=2&prefix=a', 'storage.objects.list buckets/data'],
    ['GET https://storage.googleapis.com/data?acl', 'storage.bucketAccessControls.list buckets/data'],
    ['GET https://storage.googleapis.com/data?lifecycle', 'storage.buckets.get buckets/data'],
    ['PUT https://storage.googleapis.com/data', 'storage.buckets.insert buckets/data'],
    ['PUT https://storage.googleapis.com/data?cors', 'storage.buckets.update buckets/data'],
    ['PUT https://storage.googleapis.com/data?acl', 'storage.bucketAccessControls.update buckets/data'],
    ['DELETE https://storage.googleapis.com/data', 'storage.buckets.delete buckets/data'],
    ['GET https://storage.googleapis.com/data/a/b.txt', 'storage.objects.get objects/data/a/b.txt'],
    ['GET https://data.storage.googleapis.com/a/b.txt', 'storage.objects.get objects/data/a/b.txt'],
    ['HEAD https://my.data.storage.googleapis.com/a%20b', 'storage.objects.get objects/my.data/a b'],
    ['PUT https://data.storage.googleapis.com/a', 'storage.objects.insert objects/data/a'],
    ['PUT https://data.storage.googleapis.com/a?acl', 'storage.objectAccessControls.update objects/data/a'],
    ['PUT https://data.storage.googleapis.com/a?partNumber=1&uploadId=u', 'storage.objects.insert objects/data/a'],
    ['POST https://data.storage.googleapis.com/a?uploads', 'storage.objects.insert objects/data/a'],
    ['DELETE https://data.storage.googleapis.com/a', 'storage.objects.delete objects/data/a'],
    ['POST https://storage.googleapis.com/data?delete', 'storage.objects.delete buckets/*'],
  ])('%s', (request, expected) => {
    expect(resources(call(request))).toEqual([expected]);
  });

  it('copies, and shares', () => {
    const copy = call('PUT https://to.storage.googleapis.com/b', {
      headers: ['x-goog-copy-source', '/from/a', 'x-goog-acl', 'public-read'],
    });
    expect(resources(copy)).toEqual(['storage.objects.copy objects/to/b', 'storage.objects.get objects/from/a']);
    expect(recognise(copy)[0]?.tags).toContain('external-sharing');
  });
});

describe('uploads', () => {
  const bytes = whole(new Uint8Array([1, 2, 3]));
  const at = 'https://storage.googleapis.com/upload/storage/v1/b/data/o';

  it('need no body where it is nothing but bytes', () => {
    for (const each of [
      call(`POST ${at}?uploadType=media&name=a`, {
        headers: ['Content-Type', 'text/plain'],
        body: { state: 'unread' },
      }),
      call(`PUT ${at}?uploadType=resumable&upload_id=x`, { headers: [], body: { state: 'unread' } }),
    ]) {
      expect(recogniser.needsBody(each)).toBe(false);
      expect(recognise(each)[0]?.name).toBe('gcp:storage.objects.insert');
    }
    expect(names(call(`POST ${at}?uploadType=media&name=a`, { body: bytes }))).toEqual(['storage.objects.insert']);
  });

  it('are read where metadata stand before the bytes', () => {
    const headers = ['Content-Type', 'multipart/related; boundary=b'];
    const body =
      '--b\r\nContent-Type: application/json\r\n\r\n{"name":"a","acl":[{"entity":"allUsers"}]}\r\n--b\r\nContent-Type: text/plain\r\n\r\nx\r\n--b--\r\n';
    const found = only(call(`POST ${at}?uploadType=multipart`, { headers, body }));
    expect(found).toMatchObject({ resource: { id: 'data/a' }, confidence: 'exact', tags: ['external-sharing'] });
  });
});

describe('uploads of any bytes', () => {
  const related = (metadata: string, bytes: string): Parts => ({
    headers: ['Content-Type', 'multipart/related; boundary="=b="'],
    body: whole(
      Buffer.from(
        `--=b=\r\ncontent-type: application/json; charset=UTF-8\r\n\r\n${metadata}\r\n--=b=\r\ncontent-type: application/octet-stream\r\n\r\n${bytes}\r\n--=b=--`,
        'latin1',
      ),
    ),
  });
  const object = 'POST https://storage.googleapis.com/upload/storage/v1/b/data/o?uploadType=multipart';
  const job = 'POST https://bigquery.googleapis.com/upload/bigquery/v2/projects/p/jobs?uploadType=multipart';
  const load = '{"configuration":{"load":{"destinationTable":{"projectId":"p","datasetId":"d","tableId":"t"}}}}';

  it('need only metadata that can be read', () => {
    const found = only(call(object, related('{"name":"a.png"}', '\x89PNG\r\n\x1a\n\0\xff\r')));
    expect(found).toMatchObject({ resource: { id: 'data/a.png' }, confidence: 'exact', tags: [] });
    expect(names(call(object, related('{"name":"a\xff"}', 'x')))).toEqual(['storage.objects.insert!']);
    expect(names(call(object, related('{"name":"a"}', 'x\r\n--=b=\r\n\r\ny')))).toEqual(['storage.objects.insert!']);
  });

  it('say which table they load', () => {
    const told = (each: Call): string[] => recognise(each).map(({ name, confidence }) => `${name} ${confidence}`);
    const loads = ['gcp:bigquery.jobs.insert exact', 'sql:load:p.d.t exact'];
    expect(told(call(job, related(load, 'PAR1\xff')))).toEqual(loads);
    const session = job.replace('multipart', 'resumable');
    expect(told(call(session, { body: load }))).toEqual(loads);
    expect(told(call(`${session.replace('POST', 'PUT')}&upload_id=x`, { body: whole(new Uint8Array([255])) }))).toEqual(
      ['gcp:bigquery.jobs.insert exact', 'sql:load:- exact'],
    );
    const query = '{"configuration":{"query":{"query":"DROP TABLE d.t","useLegacySql":false}}}';
    expect(told(call(session, { body: query }))).toEqual(['gcp:bigquery.jobs.insert exact', 'sql:drop:d.t exact']);
    const read = query.replace('DROP TABLE d.t', 'SELECT 1');
    expect(recognise(call(job, related(read, query)))[0]).toMatchObject({ level: 'write', tags: ['sql-execution'] });
  });
});

it.each([
  [
    'PATCH https://storage.googleapis.com/storage/v1/b/data',
    '{"lifecycle":{"rule":[{"action":{"type":"Delete"},"condition":{"age":1}}]}}',
    true,
  ],
  ['PATCH https://storage.googleapis.com/storage/v1/b/data', '{"versioning":{"enabled":false}}', true],
  ['PATCH https://storage.googleapis.com/storage/v1/b/data', '{"labels":{"a":"b"}}', false],
  [
    'POST https://sheets.googleapis.com/v4/spreadsheets/s:batchUpdate',
    '{"requests":[{"deleteSheet":{"sheetId":1}}]}',
    true,
  ],
  ['POST https://sheets.googleapis.com/v4/spreadsheets/s:batchUpdate', '{"requests":[{"addSheet":{}}]}', false],
])('marks %s with %s', (request, body, destroys) => {
  expect(only(call(request, { body })).tags.includes('destructive')).toBe(destroys);
});

it('needs the body of what changes something, and of no read', () => {
  expect(recogniser.needsBody(call(`POST ${IAM}:setIamPolicy`, { body: { state: 'unread' } }))).toBe(true);
  expect(recogniser.needsBody(call(`GET ${IAM}`))).toBe(false);
  expect(recogniser.needsBody(call('POST https://www.googleapis.com/batch/drive/v3'))).toBe(true);
});
