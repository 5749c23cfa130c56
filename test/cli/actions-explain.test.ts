// `holdgate actions explain`: calls in every form that people and clients have them in are recognised as the gate would.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsCommand } from './actions-cli.ts';

const FORM = 'application/x-www-form-urlencoded';
const ATTACH =
  'Action=AttachRolePolicy&Version=2010-05-08&RoleName=ci&PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess';
const FIELDS = [
  'provider',
  'service',
  'operation',
  'name',
  'level',
  'levelSource',
  'tags',
  'resource',
  'params',
  'summary',
  'confidence',
];

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-actions-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Shown {
  readonly name: string;
  readonly confidence: string;
}

/** Names (and, where they are not exact, how sure they are) of the actions of each line. */
async function batch(lines: readonly (object | string)[], args: readonly string[] = []) {
  const text = lines.map((line) => (typeof line === 'string' ? line : JSON.stringify(line))).join('\n');
  const { out, code } = await actionsCommand(['explain', '--batch', ...args], [`${text}\n`]);
  const answers = out
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as { actions?: Shown[]; error?: string });
  const names = answers.map(({ actions, error }) =>
    actions
      ? actions.map(({ name, confidence }) => (confidence === 'exact' ? name : `${name} (${confidence})`))
      : error,
  );
  return { names, code };
}

describe('one curl command', () => {
  const CURL = `curl -X POST https://iam.amazonaws.com/ -d '${ATTACH}'`;

  it('is shown with its sentence and all that rules can ask about', async () => {
    const { out, code, err } = await actionsCommand(['explain', CURL]);
    expect(err).toBe('');
    expect(code).toBe(0);
    expect(out).toBe(`POST https://iam.amazonaws.com/ (read as aws)

aws:iam:AttachRolePolicy
  Attach managed policy AdministratorAccess to role ci
  level       permissions-management (catalogue)
  tags        privilege-escalation
  resource    type=role id=ci
  params      RoleName=ci PolicyArn=arn:aws:iam::aws:policy/AdministratorAccess
  confidence  exact
`);
  });

  it('is the same in JSON', async () => {
    const { out } = await actionsCommand(['explain', CURL, '--json']);
    const { actions } = JSON.parse(out) as { actions: object[] };
    expect(actions).toHaveLength(1);
    expect(Object.keys(actions[0] ?? {})).toEqual(FIELDS);
  });

  it('numbers several actions and says what doubt means', async () => {
    const { out } = await actionsCommand(['explain', CURL.replace('.com/', '.com/?Action=CreateUser')]);
    expect(out).toMatch(/^1\. aws:iam:/m);
    expect(out).toMatch(/^2\. aws:iam:/m);
    expect(out).toContain('ambiguous: one of several readings');
  });

  it('shows nothing that a terminal would act on', async () => {
    const { out } = await actionsCommand(['explain', 'curl https://api.example.com/a\u202Eb?c=\u009B']);
    expect(out).toContain('http:GET:api.example.com/a');
    // oxlint-disable-next-line no-control-regex -- control characters are what this looks for
    expect(out).not.toMatch(/[\u202E\u0080-\u009F]/);
  });

  it('is a call to a Kubernetes API server where --kind says so', async () => {
    const { out } = await actionsCommand([
      'explain',
      '--kind',
      'kubernetes',
      'curl -X DELETE https://10.0.0.1:6443/apis/apps/v1/namespaces/prod/deployments/web',
    ]);
    expect(out).toContain('(read as kubernetes)');
    expect(out).toContain('k8s:delete:apps/deployments');
  });
});

describe('--batch', () => {
  const call = { method: 'POST', url: 'https://iam.amazonaws.com/', headers: { 'Content-Type': FORM }, body: ATTACH };

  it('answers with {"actions": […]} and exactly the fields of an action', async () => {
    const { out, code } = await actionsCommand(['explain', '--batch'], [`${JSON.stringify(call)}\n`]);
    expect(code).toBe(0);
    const answer = JSON.parse(out) as { actions: object[] };
    expect(Object.keys(answer)).toEqual(['actions']);
    expect(answer.actions.map((action) => Object.keys(action))).toEqual([FIELDS]);
    expect(answer.actions[0]).toMatchObject({
      name: 'aws:iam:AttachRolePolicy',
      level: 'permissions-management',
      tags: ['privilege-escalation'],
      resource: { type: 'role', id: 'ci' },
      confidence: 'exact',
    });
  });

  it('takes headers as a map, as lists, as pairs and as a raw list, and bodies as text or bytes', async () => {
    const { url, method, body } = call;
    const zipped = gzipSync(body).toString('base64');
    const { names, code } = await batch([
      call,
      { url, method, body, headers: { 'content-type': [FORM] } },
      { url, method, body, headers: [['Content-Type', FORM]] },
      { url, method, body, headers: ['Content-Type', FORM, 'Host', 'iam.amazonaws.com'] },
      { url, method, body_base64: Buffer.from(body).toString('base64'), headers: { 'Content-Type': FORM } },
      { url, method, body_base64: zipped, headers: { 'Content-Type': FORM, 'Content-Encoding': 'gzip' } },
      { url, method, body, headers: { 'Content-Type': FORM, 'Transfer-Encoding': 'chunked' } },
      { url: `${url}?${body}`, method: 'GET', body: null, headers: null },
    ]);
    expect(names).toEqual(Array.from({ length: 8 }, () => ['aws:iam:AttachRolePolicy']));
    expect(code).toBe(0);
  });

  it('reads the signature as evidence, and says so where it disagrees with the host', async () => {
    const scope = (service: string) =>
      `AWS4-HMAC-SHA256 Credential=AKIAEXAMPLE/20260101/us-east-1/${service}/aws4_request, SignedHeaders=host, Signature=0`;
    const list = { url: 'https://iam.amazonaws.com/?Action=ListUsers&Version=2010-05-08' };
    const { names } = await batch([
      { ...list, headers: { Authorization: scope('iam') } },
      { ...list, headers: { Authorization: scope('sts') } },
    ]);
    expect(names[0]).toEqual(['aws:iam:ListUsers']);
    expect(names[1]).toContainEqual(expect.stringMatching(/\((ambiguous|unknown)\)$/));
  });

  it('holds bodies that nobody can read for the worst', async () => {
    const { names } = await batch([
      { ...call, headers: { 'Content-Type': FORM, 'Content-Encoding': 'gzip' } },
      { ...call, body: `${ATTACH}&Pad=${'x'.repeat(1_100_000)}` },
    ]);
    for (const found of names) expect(found).not.toEqual(['aws:iam:AttachRolePolicy']);
  });

  it('answers each bad line in its place and exits with 2 at the end', async () => {
    const good = { url: 'https://api.example.com/v1' };
    const { names, code } = await batch([
      good,
      'nonsense',
      '',
      '[1]',
      '{"method":"GET"}',
      '{"url":"/relative"}',
      '{"url":"https://a/x","headers":["Odd"]}',
      '{"url":"https://a/x","body":"a","body_base64":"YQ=="}',
      '{"url":"https://a/x","headers":{"X":"a\\nb"}}',
      '{"url":"https://a/x","upstream":7}',
      good,
    ]);
    const kinds = names.map((answer) => (typeof answer === 'string' ? 'error' : 'actions'));
    expect(kinds).toEqual(['actions', ...Array.from({ length: 9 }, () => 'error'), 'actions']);
    expect(code).toBe(2);
  });

  it('reads lines whatever their ends and chunks, and without an end', async () => {
    const line = JSON.stringify({ ...call, body: `${ATTACH}&Description=é€😀` });
    const bytes = Buffer.from(`${line}\r\n${line}\n${line}`);
    const chunks = Array.from({ length: Math.ceil(bytes.length / 7) }, (_, i) => bytes.subarray(i * 7, i * 7 + 7));
    const { out, code } = await actionsCommand(['explain', '--batch'], chunks);
    expect(out.trimEnd().split('\n')).toHaveLength(3);
    expect(out).not.toContain('error');
    expect(code).toBe(0);
  });

  it('has an error for bytes that are no text', async () => {
    const { out, code } = await actionsCommand(['explain', '--batch'], [Buffer.from([0x7b, 0xff, 0x7d, 0x0a])]);
    expect(out).toBe('{"error":"a line is not valid UTF-8"}\n');
    expect(code).toBe(2);
  });

  it('prints nothing for no input', async () => {
    expect(await actionsCommand(['explain', '--batch'])).toMatchObject({ out: '', code: 0 });
  });

  it('reads calls behind a mount as those of its upstream', async () => {
    const config = join(folder, 'holdgate.yaml');
    mkdirSync(join(folder, 'policies'));
    writeFileSync(
      config,
      `version: 1
upstreams:
  cloud: {base: "https://iam.amazonaws.com", mount: /aws, kind: aws}
  cluster: {base: "https://cluster.example.com/k8s", mount: /cluster, kind: kubernetes, credential: {header: Authorization, value: "Bearer \${env:NOT_SET}"}}
`,
    );
    const scope = 'AWS4-HMAC-SHA256 Credential=AK/20260101/us-east-1/iam/aws4_request, SignedHeaders=host, Signature=0';
    const { names, code } = await batch(
      [
        { ...call, url: 'http://127.0.0.1:8080/aws/', headers: { 'Content-Type': FORM, Authorization: scope } },
        { url: 'http://127.0.0.1:8080/cluster/api/v1/namespaces/prod/secrets/db' },
        { url: 'https://anywhere.example.com/k8s/api/v1/nodes', upstream: 'cluster' },
      ],
      ['--config', config],
    );
    expect(names).toEqual([['aws:iam:AttachRolePolicy'], ['k8s:get:secrets'], ['k8s:list:nodes']]);
    expect(code).toBe(0);
    const lost = await batch([{ url: 'http://127.0.0.1:8080/nowhere' }], ['--config', config]);
    expect(lost.names).toEqual([expect.stringContaining('no upstream is configured')]);
    expect(lost.code).toBe(2);
  });
});

describe('wrong usage exits with 2 and says what is right', () => {
  it.each<[string, readonly string[], RegExp]>([
    ['no call at all', [], /exactly one of them/],
    ['a call and a batch', ['curl https://a/', '--batch'], /exactly one of them/],
    ['no curl', ['curl'], /no URL/],
    ['an unknown kind', ['curl https://a/', '--kind', 'kuberntes'], /did you mean "kubernetes"/],
    ['an unknown service of SQL', ['curl https://a/', '--kind', 'sql-over-http:snowflak'], /did you mean "snowflake"/],
    ['a document that is not there', ['curl https://a/', '--kind', 'openapi:gone.yaml'], /gone\.yaml cannot be read/],
    ['a kind and a configuration', ['curl https://a/', '--kind', 'aws', '--config', 'x'], /not both/],
    ['an upstream of nothing', ['curl https://a/', '--upstream', 'x'], /give --config too/],
    ['a configuration that is not there', ['curl https://a/', '--config', 'gone.yaml'], /gone\.yaml/],
    ['a dialect without SQL', ['--dialect', 'mysql', 'curl https://a/'], /--sql reads statements/],
    ['SQL and a call', ['--sql', 'curl https://a/'], /--sql reads statements/],
  ])('%s', async (_, args, message) => {
    const { out, err, code } = await actionsCommand(['explain', ...args]);
    expect(out).toBe('');
    expect(err).toMatch(message);
    expect(code).toBe(2);
  });
});

describe('--sql', () => {
  async function statements(lines: readonly string[], ...args: string[]) {
    const { out, code } = await actionsCommand(['explain', '--sql', ...args], [lines.join('\n')]);
    const names = out
      .trimEnd()
      .split('\n')
      .map((line) => {
        const { actions, error } = JSON.parse(line) as { actions?: Shown[]; error?: string };
        return actions ? actions.map(({ name }) => name) : `error: ${error}`;
      });
    return { names, code };
  }

  it('reads a statement a line, a JSON string, or an object that may name its dialect', async () => {
    const { names, code } = await statements([
      'delete from users',
      '  DROP TABLE audit.log;  ',
      '"select *\\nfrom users"',
      '{"sql": "delete from users"}',
      '{"sql": "delete from users", "dialect": "mysql"}',
    ]);
    expect(names).toEqual([
      ['sql:delete:public.users'],
      ['sql:drop:audit.log'],
      ['sql:select:public.users'],
      ['sql:delete:public.users'],
      ['sql:delete:users'],
    ]);
    expect(code).toBe(0);
  });

  it('takes the dialect from --dialect, also by the name of a product', async () => {
    expect((await statements(['delete from users'], '--dialect', 'mariadb')).names).toEqual([['sql:delete:users']]);
  });

  it('prints exactly the fields of an action, of unknown statements too', async () => {
    const { out } = await actionsCommand(['explain', '--sql', '--batch'], ['select 1\nno sql at all\n']);
    const answers = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as { actions: object[] });
    expect(answers.flatMap(({ actions }) => actions.map((action) => Object.keys(action)))).toEqual([FIELDS, FIELDS]);
    expect(answers[1]?.actions).toMatchObject([{ confidence: 'unknown', level: 'unknown' }]);
  });

  it('answers bad lines in their place', async () => {
    const { names, code } = await statements([
      '',
      '{"sql": 1}',
      '{bad',
      '{"sql": "select 1", "dialect": "oracel"}',
      'select 1',
    ]);
    expect(names.slice(0, 4).every((answer) => typeof answer === 'string' && answer.startsWith('error: '))).toBe(true);
    expect(names[4]).toEqual([expect.stringMatching(/^sql:select:/)]);
    expect(code).toBe(2);
  });

  it('refuses a dialect that nobody here reads', async () => {
    const { err, code } = await actionsCommand(['explain', '--sql', '--dialect', 'postgresq']);
    expect(err).toMatch(/did you mean "postgresql"/);
    expect(code).toBe(2);
  });
});

it('calls the upstream of a kind what --upstream says', async () => {
  const call = {
    method: 'POST',
    url: 'https://crm.example.com/mcp',
    headers: { 'Content-Type': 'application/json' },
    body: { jsonrpc: '2.0', id: 1, method: 'tools/list' },
  };
  const { names } = await batch([call, { ...call, upstream: 'other' }], ['--kind', 'mcp', '--upstream', 'crm']);
  expect(names).toEqual([['mcp:crm:tools/list'], ['mcp:other:tools/list']]);
});

it('has a fault with its place for a described API that cannot be read', async () => {
  const file = join(folder, 'broken.yaml');
  writeFileSync(file, 'openapi: 3.0.3\npaths: [');
  const { err, code } = await actionsCommand(['explain', 'curl https://a/', '--kind', `openapi:${file}`]);
  expect([code, err.includes('broken.yaml:')]).toEqual([2, true]);
});
