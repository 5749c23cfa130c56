// AWS: policy documents before and after, what a managed policy allows that is attached, objects that would be deleted, and the dry run
// of EC2. Sources: API references of IAM (2010-05-08), S3 (2006-03-01) and EC2 (2016-11-15).
import type { Action } from '../core/action.ts';
import { type JsonValue, parseJson } from '../core/body/json.ts';
import { ec2Rehearsal } from '../core/rehearsal.ts';
import type { ReadAnswer } from '../ports/read-client.ts';
import { type Asking, asJson, headerOf, refusal } from './asking.ts';
import { fact, failed, none, type Outcome, shownChanges, shownFacts } from './outcome.ts';

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export async function awsPreview(asking: Asking, actions: readonly Action[]): Promise<Outcome> {
  const main = actions.find(({ name }) => name !== 'aws:iam:PassRole') ?? actions[0];
  if (!main || main.confidence !== 'exact') return none('No preview: what this does is not certain.');
  if (main.service === 'iam') return iamPreview(asking, main);
  if (main.service === 's3') return s3Preview(asking, actions, main);
  if (main.service === 'ec2' && asking.dryRun) return ec2Preview(asking);
  return none('No preview: nothing is known that could be asked beforehand about this action.');
}

const text = (value: unknown): string => (typeof value === 'string' ? value : '');

/** Inline policies: which read shows the document that a write replaces. */
const INLINE: Readonly<Record<string, readonly [read: string, who: string]>> = {
  PutUserPolicy: ['GetUserPolicy', 'UserName'],
  PutRolePolicy: ['GetRolePolicy', 'RoleName'],
  PutGroupPolicy: ['GetGroupPolicy', 'GroupName'],
  DeleteUserPolicy: ['GetUserPolicy', 'UserName'],
  DeleteRolePolicy: ['GetRolePolicy', 'RoleName'],
  DeleteGroupPolicy: ['GetGroupPolicy', 'GroupName'],
};

async function iamPreview(asking: Asking, { operation, params }: Action): Promise<Outcome> {
  const iam = (Action: string, more: Readonly<Record<string, string>>): Promise<ReadAnswer> =>
    asking.read({ path: '/', query: new URLSearchParams({ Action, Version: '2010-05-08', ...more }).toString() });
  const given = (name: string): string => text(params[name]);
  const inline = INLINE[operation];
  if (inline) {
    const [read, who] = inline;
    const answer = await iam(read, { [who]: given(who), PolicyName: given('PolicyName') });
    return compared(answer, 'PolicyDocument', operation.startsWith('Delete') ? undefined : given('PolicyDocument'));
  }
  if (operation === 'UpdateAssumeRolePolicy') {
    return compared(
      await iam('GetRole', { RoleName: given('RoleName') }),
      'AssumeRolePolicyDocument',
      given('PolicyDocument'),
    );
  }
  const arn = given('PolicyArn');
  if (/^(?:Attach\w+Policy|CreatePolicyVersion|SetDefaultPolicyVersion|DeletePolicy)$/.test(operation) && arn !== '') {
    const version = element(await iam('GetPolicy', { PolicyArn: arn }), 'DefaultVersionId');
    if (version.why !== undefined) return failed(`The policy is not known: ${version.why}.`);
    const current = await iam('GetPolicyVersion', { PolicyArn: arn, VersionId: version.value });
    if (operation.startsWith('Attach'))
      return compared(current, 'Document', undefined, 'What the policy says that would be attached.');
    if (operation === 'DeletePolicy') return compared(current, 'Document', undefined);
    if (operation === 'CreatePolicyVersion') return compared(current, 'Document', given('PolicyDocument'));
    const next = element(await iam('GetPolicyVersion', { PolicyArn: arn, VersionId: given('VersionId') }), 'Document');
    return next.why === undefined
      ? compared(current, 'Document', next.value)
      : failed(`The new version is not known: ${next.why}.`);
  }
  return none('No preview: nothing is known that could be asked beforehand about this action.');
}

type Found =
  | { readonly value: string; readonly why?: undefined }
  | { readonly value?: undefined; readonly why: string };

/** The text of one element of an answer in XML; it is looked for, not parsed: nothing is decided by it. */
function element(answer: ReadAnswer, name: string): Found {
  if (answer.outcome === 'failed') return { why: answer.why };
  const why = refusal(answer.status);
  if (why !== undefined) return { why };
  const found = new RegExp(`<${name}>([^<]*)</${name}>`).exec(decoder.decode(answer.body))?.[1];
  if (found === undefined) return { why: 'the answer does not say it' };
  const plain = found
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&quot;', '"')
    .replaceAll('&amp;', '&');
  try {
    // IAM encodes documents as in a URL (RFC 3986).
    return { value: plain.startsWith('%') ? decodeURIComponent(plain) : plain };
  } catch {
    return { why: 'the answer is not encoded as it should be' };
  }
}

function document(source: string): JsonValue | undefined {
  const json = parseJson(encoder.encode(source));
  return json.ok ? json.value : undefined;
}

function compared(answer: ReadAnswer, name: string, after: string | undefined, note?: string): Outcome {
  const isAbsent = answer.outcome === 'answered' && answer.status === 404;
  const found: Found | undefined = isAbsent ? undefined : element(answer, name);
  if (found?.why !== undefined) return failed(`The policy as it is now is not known: ${found.why}.`);
  const before = found && document(found.value);
  if (found && before === undefined) return failed('The policy as it is now is no JSON.');
  const next = after === undefined ? undefined : document(after);
  if (after !== undefined && next === undefined) return failed('The policy document of the call is no JSON.');
  // What is attached is shown as what comes, not as what goes.
  if (note !== undefined) return shownChanges(note, undefined, before);
  return shownChanges(
    isAbsent ? 'There is no such policy now.' : 'The policy document as it is now, and as it would be.',
    before,
    next,
  );
}

const ONLY_LOOKED_AT = 4;

async function s3Preview(asking: Asking, actions: readonly Action[], { operation }: Action): Promise<Outcome> {
  switch (operation) {
    case 'PutBucketPolicy':
    case 'DeleteBucketPolicy': {
      const before = asJson(await asking.read({ query: 'policy' }));
      if (before.state === 'failed') return failed(`The policy as it is now is not known: ${before.why}.`);
      const { body } = asking.call;
      const after = operation === 'PutBucketPolicy' && body.state === 'whole' ? parseJson(body.decoded) : undefined;
      if (after && !after.ok) return failed('The policy document of the call is no JSON.');
      const note =
        before.state === 'absent'
          ? 'The bucket has no policy now.'
          : 'The policy of the bucket as it is now, and as it would be.';
      return shownChanges(note, before.state === 'json' ? before.value : undefined, after?.value);
    }
    case 'DeleteObject':
      return objectFacts(await asking.read({ method: 'HEAD' }), 'deleted');
    case 'PutObject':
    case 'CopyObject':
      return objectFacts(await asking.read({ method: 'HEAD', query: undefined }), 'replaced');
    case 'DeleteObjects':
      return severalObjects(asking, actions);
    case 'DeleteBucket':
      return bucketFacts(await asking.read({ query: 'list-type=2&max-keys=1000' }));
    default:
      return none('No preview: nothing is known that could be asked beforehand about this action.');
  }
}

function objectFacts(answer: ReadAnswer, what: 'deleted' | 'replaced'): Outcome {
  if (answer.outcome === 'failed') return failed(`What would be ${what} is not known: ${answer.why}.`);
  if (answer.status === 404) return shownFacts('There is no such object now.', []);
  const why = refusal(answer.status);
  if (why !== undefined) return failed(`What would be ${what} is not known: ${why}.`);
  const said = (name: string, header: string): ReturnType<typeof fact>[] => {
    const value = headerOf(answer.headers, header);
    return value === undefined ? [] : [fact(name, value)];
  };
  return shownFacts(`The object that would be ${what}.`, [
    ...said('bytes', 'content-length'),
    ...said('type', 'content-type'),
    ...said('changed', 'last-modified'),
    ...said('version', 'x-amz-version-id'),
  ]);
}

async function severalObjects(asking: Asking, actions: readonly Action[]): Promise<Outcome> {
  const keys = [
    ...new Set(actions.flatMap(({ resource }) => /^arn:[^:]*:s3:::[^/]+\/(.+)$/s.exec(resource.arn ?? '')?.[1] ?? [])),
  ];
  const facts = [fact('objects', keys.length)];
  const base = asking.call.path.replace(/\/$/, '');
  const looked = keys.slice(0, ONLY_LOOKED_AT);
  const heads = await Promise.all(
    looked.map((key) =>
      asking.read({
        method: 'HEAD',
        path: `${base}/${key.split('/').map(encodeURIComponent).join('/')}`,
        query: undefined,
      }),
    ),
  );
  for (const [i, answer] of heads.entries()) {
    const bytes =
      answer.outcome === 'answered' && answer.status === 200 ? headerOf(answer.headers, 'content-length') : undefined;
    facts.push(fact(looked[i] ?? '', bytes === undefined ? 'size not known' : `${bytes} bytes`));
  }
  return shownFacts(
    'The objects that would be deleted; of the first few, how large they are.',
    facts,
    keys.length > looked.length,
  );
}

function bucketFacts(answer: ReadAnswer): Outcome {
  if (answer.outcome === 'failed') return failed(`What is in the bucket is not known: ${answer.why}.`);
  const why = answer.status === 404 ? 'there is no such bucket' : refusal(answer.status);
  if (why !== undefined) return failed(`What is in the bucket is not known: ${why}.`);
  const xml = decoder.decode(answer.body);
  const sizes = [...xml.matchAll(/<Size>(\d{1,15})<\/Size>/g)].map(([, size]) => Number(size));
  const more = answer.cut || xml.includes('<IsTruncated>true</IsTruncated>');
  const bytes = sizes.reduce((sum, size) => sum + size, 0);
  const least = (n: number): string => (more ? `more than ${n}` : String(n));
  return shownFacts('What is in the bucket now; S3 deletes only empty ones.', [
    fact('objects', least(sizes.length)),
    fact('bytes', least(bytes)),
  ]);
}

async function ec2Preview(asking: Asking): Promise<Outcome> {
  const rehearsal = ec2Rehearsal(asking.call);
  if (!rehearsal) return none('No preview: this call cannot be rehearsed.');
  const answer = await asking.rehearse(rehearsal);
  if (answer.outcome === 'failed') return failed(`The dry run of EC2 failed: ${answer.why}.`);
  const body = decoder.decode(answer.body);
  const code = /<Code>([\w.]{1,100})<\/Code>/.exec(body)?.[1] ?? '';
  if (code === 'DryRunOperation') return shownFacts('A dry run of EC2: the call would succeed.', []);
  if (code === 'UnauthorizedOperation')
    return failed('The preview credential may not rehearse this (UnauthorizedOperation).');
  const message = /<Message>([^<]{1,500})<\/Message>/.exec(body)?.[1];
  const facts = message === undefined ? [] : [fact('EC2', message)];
  return failed(
    `A dry run of EC2 was refused (${code === '' ? `HTTP ${answer.status}` : code}): the call would probably fail.`,
    facts,
  );
}
