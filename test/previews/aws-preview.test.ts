// What a held call to AWS would change, read with a credential that only reads.
import { describe, expect, it } from 'vitest';
import { awsQuery, callOf, iam, policy } from '../core/risk/risk-fixture.ts';
import { answered, fakeReadClient, lines, previewOf, type Reply } from './fake-read-client.ts';

const xml = (name: string, inner: string): ReturnType<typeof answered> =>
  answered(200, `<R><${name}>${inner}</${name}></R>`);
const old = policy({ Effect: 'Allow', Action: 's3:GetObject', Resource: '*' });
const next = policy({ Effect: 'Allow', Action: '*', Resource: '*' });
const encoded = encodeURIComponent(old);

describe('policies of IAM', () => {
  it('an inline policy that is replaced shows both documents', async () => {
    const client = fakeReadClient(() => xml('PolicyDocument', encoded));
    const call = iam({ Action: 'PutRolePolicy', RoleName: 'ci', PolicyName: 'p', PolicyDocument: next });
    const preview = await previewOf(client, call, 'aws');
    expect(client.asked).toEqual(['GET /?Action=GetRolePolicy&Version=2010-05-08&RoleName=ci&PolicyName=p']);
    expect(lines(preview)).toEqual(['/Statement/0/Action: "s3:GetObject" → "*"']);
  });

  it('one that is new says that there is none', async () => {
    const client = fakeReadClient(() => answered(404, '<ErrorResponse/>'));
    const preview = await previewOf(
      client,
      iam({ Action: 'PutUserPolicy', UserName: 'u', PolicyName: 'p', PolicyDocument: next }),
      'aws',
    );
    expect(preview).toMatchObject({ outcome: 'shown', note: 'There is no such policy now.' });
    expect(preview.changes).toHaveLength(2);
  });

  it('one that is deleted is shown', async () => {
    const client = fakeReadClient(() => xml('PolicyDocument', encoded));
    const preview = await previewOf(
      client,
      iam({ Action: 'DeleteGroupPolicy', GroupName: 'g', PolicyName: 'p' }),
      'aws',
    );
    expect(client.asked[0]).toContain('GetGroupPolicy');
    expect(preview.changes.map(({ after }) => after)).toEqual([undefined, undefined]);
  });

  it('a managed policy that is attached says what it allows', async () => {
    const reply: Reply = (asked) =>
      asked.includes('GetPolicyVersion') ? xml('Document', encoded) : xml('DefaultVersionId', 'v3');
    const client = fakeReadClient(reply);
    const arn = 'arn:aws:iam::aws:policy/AdministratorAccess';
    const preview = await previewOf(client, iam({ Action: 'AttachUserPolicy', UserName: 'u', PolicyArn: arn }), 'aws');
    expect(client.asked.at(-1)).toContain('VersionId=v3');
    expect(preview.note).toContain('would be attached');
    expect(lines(preview).join()).toContain('s3:GetObject');
  });

  it('a new version is compared with the current one', async () => {
    const reply: Reply = (asked) =>
      asked.includes('GetPolicyVersion') ? xml('Document', encoded) : xml('DefaultVersionId', 'v1');
    const call = iam({
      Action: 'CreatePolicyVersion',
      PolicyArn: 'arn:aws:iam::111122223333:policy/p',
      PolicyDocument: next,
      SetAsDefault: 'true',
    });
    expect(lines(await previewOf(fakeReadClient(reply), call, 'aws'))).toEqual([
      '/Statement/0/Action: "s3:GetObject" → "*"',
    ]);
  });

  it('a trust policy is compared with that of the role', async () => {
    const client = fakeReadClient(() => xml('AssumeRolePolicyDocument', encoded));
    const preview = await previewOf(
      client,
      iam({ Action: 'UpdateAssumeRolePolicy', RoleName: 'r', PolicyDocument: next }),
      'aws',
    );
    expect(lines(preview)).toEqual(['/Statement/0/Action: "s3:GetObject" → "*"']);
  });

  it.each([
    ['no document', xml('Other', 'x'), 'does not say'],
    ['a broken one', xml('PolicyDocument', '%7B%22'), 'no JSON'],
    ['a badly encoded one', xml('PolicyDocument', '%E0%A4%A'), 'not encoded'],
    ['a refusal', answered(403, '<Error/>'), 'may not read'],
    ['nothing', { outcome: 'failed', why: 'the time was over' } as const, 'the time was over'],
  ])('an answer with %s is a preview that failed', async (_what, answer, why) => {
    const call = iam({ Action: 'PutUserPolicy', UserName: 'u', PolicyName: 'p', PolicyDocument: next });
    expect(
      await previewOf(
        fakeReadClient(() => answer),
        call,
        'aws',
      ),
    ).toMatchObject({ outcome: 'failed', note: expect.stringContaining(why) });
  });
});

describe('S3', () => {
  const s3 = (method: string, target: string, body?: string | object): ReturnType<typeof callOf> =>
    callOf({
      method,
      url: `https://files.s3.eu-west-1.amazonaws.com${target}`,
      ...(body !== undefined && { body, type: 'application/xml' }),
    });

  it('an object that is deleted is measured', async () => {
    const client = fakeReadClient(() =>
      answered(200, '', ['Content-Length', '1024', 'Last-Modified', 'Mon, 01 Jan 2024 00:00:00 GMT']),
    );
    const preview = await previewOf(client, s3('DELETE', '/a/b.txt'), 'aws');
    expect(client.asked).toEqual(['HEAD /a/b.txt']);
    expect(preview.facts).toEqual([
      { name: 'bytes', value: '1024' },
      { name: 'changed', value: 'Mon, 01 Jan 2024 00:00:00 GMT' },
    ]);
  });

  it.each<[number, string]>([
    [200, 'The object that would be replaced.'],
    [404, 'There is no such object now.'],
  ])('an object that is written may replace one: HTTP %d', async (status, note) => {
    const client = fakeReadClient(() => answered(status, '', ['Content-Length', '9']));
    expect(await previewOf(client, s3('PUT', '/a/b.txt', 'hello'), 'aws')).toMatchObject({ outcome: 'shown', note });
    expect(client.asked).toEqual(['HEAD /a/b.txt']);
  });

  it('several are counted, the first few measured', async () => {
    const keys = ['a', 'b/c d', 'e', 'f', 'g', 'h'];
    const body = `<Delete>${keys.map((key) => `<Object><Key>${key}</Key></Object>`).join('')}</Delete>`;
    const client = fakeReadClient(() => answered(200, '', ['content-length', '7']));
    const preview = await previewOf(client, s3('POST', '/?delete', body), 'aws');
    expect(client.asked).toEqual(['HEAD /a', 'HEAD /b/c%20d', 'HEAD /e', 'HEAD /f']);
    expect(preview.facts[0]).toEqual({ name: 'objects', value: '6' });
    expect(preview.facts[2]).toEqual({ name: 'b/c d', value: '7 bytes' });
    expect(preview.cut).toBe(true);
  });

  it('a bucket that is deleted is counted', async () => {
    const list =
      '<R><IsTruncated>true</IsTruncated><Contents><Size>5</Size></Contents><Contents><Size>6</Size></Contents></R>';
    const client = fakeReadClient(() => answered(200, list));
    const preview = await previewOf(client, s3('DELETE', '/'), 'aws');
    expect(client.asked).toEqual(['GET /?list-type=2&max-keys=1000']);
    expect(preview.facts).toEqual([
      { name: 'objects', value: 'more than 2' },
      { name: 'bytes', value: 'more than 11' },
    ]);
  });

  it('a bucket policy is compared', async () => {
    const client = fakeReadClient(() => answered(200, old));
    const call = callOf({
      method: 'PUT',
      url: 'https://files.s3.eu-west-1.amazonaws.com/?policy',
      body: next,
      type: 'application/json',
    });
    const preview = await previewOf(client, call, 'aws');
    expect(client.asked).toEqual(['GET /?policy']);
    expect(lines(preview)).toEqual(['/Statement/0/Action: "s3:GetObject" → "*"']);
  });
});

describe('EC2', () => {
  const call = awsQuery('ec2.eu-west-1', '2016-11-15', { Action: 'TerminateInstances', 'InstanceId.1': 'i-1' });
  const error = (code: string, message = 'm'): ReturnType<typeof answered> =>
    answered(
      412,
      `<Response><Errors><Error><Code>${code}</Code><Message>${message}</Message></Error></Errors></Response>`,
    );

  it.each([
    ['DryRunOperation', 'shown', 'would succeed'],
    ['UnauthorizedOperation', 'failed', 'may not rehearse'],
    ['InvalidInstanceID.NotFound', 'failed', 'InvalidInstanceID.NotFound'],
  ])('%s is a preview that is %s', async (code, outcome, note) => {
    const client = fakeReadClient(() => error(code), true);
    expect(await previewOf(client, call, 'aws')).toMatchObject({ outcome, note: expect.stringContaining(note) });
    expect(client.asked).toEqual([expect.stringMatching(/^dry run POST \/ .*&DryRun=true$/)]);
  });

  it('is not asked without dry runs', async () => {
    const client = fakeReadClient(() => error('DryRunOperation'));
    expect(await previewOf(client, call, 'aws')).toMatchObject({ outcome: 'none' });
    expect(client.asked).toEqual([]);
  });
});

it('what is not certain is not asked about', async () => {
  const client = fakeReadClient(() => answered(200, old), true);
  const call = callOf({
    url: 'https://iam.amazonaws.com/',
    body: 'Action=PutUserPolicy&Action=ListUsers&Version=2010-05-08',
  });
  expect(await previewOf(client, call, 'aws')).toMatchObject({ outcome: 'none' });
  expect(client.asked).toEqual([]);
});
