// Writes docs/errors.md from the error table. The advice is typed by the table: a problem without it does not compile.
import { PROBLEM_BASE, type ProblemType, problems } from '../../src/core/problems.ts';

const groups: readonly (readonly [title: string, first: ProblemType])[] = [
  ['Decisions', 'denied-by-policy'],
  ['The call itself', 'unauthenticated'],
  ['The upstream', 'upstream-address-refused'],
  ['The gate', 'gate-unavailable'],
  ['The console API', 'not-signed-in'],
];

const advice: Readonly<Record<ProblemType, string>> = {
  'denied-by-policy':
    'A rule denies this call (`rule_id`), or no rule matched and the default is deny. Sending it again changes nothing; ask the owner of the policy if it should be possible.',
  'denied-by-person':
    'An approver said no; `detail` has the reason. The denial is remembered for a while: the same call is refused without asking again. Do something else, or ask the approver.',
  'approval-pending':
    'The call is held and nobody has decided yet. Send exactly the same call again after `Retry-After`: it rejoins the same approval and runs at most once. Nothing has been sent.',
  'approval-expired':
    'The approval ran out before enough people voted. Nothing was sent. A new call opens a new approval.',
  'approval-cancelled':
    'The approval was cancelled before it was decided. Nothing was sent. A new call opens a new approval.',
  'approval-void':
    'What was approved is no longer allowed: policy, agent or upstream changed before the call was sent. Nothing was sent. A new call is decided by the rules of now.',
  'approval-backpressure':
    'This agent, or the gate as a whole, has as many open approvals as it may, or as many of its calls came to be held lately. Wait until some are decided, and for `Retry-After`. This call opened none.',
  'not-sent':
    'The call was approved, but it failed before its first byte was sent. It is safe to send again: a new approval is opened.',
  'outcome-unknown':
    'The call was sent and the connection broke before the answer was complete. It may have taken effect. It is never sent again by itself: look at the upstream, then tell the approver, who can annotate the approval.',
  'already-executed':
    'Exactly this call was approved and has run; its response is no longer kept for replay. If you mean to do it once more, make it a different call (`Idempotency-Key`).',
  unauthenticated:
    'Send the agent credential as `Authorization: Bearer hg_…`, `Proxy-Authorization` or `Holdgate-Agent`.',
  'proxy-unauthenticated': 'As `unauthenticated`, for calls in absolute-form: send `Proxy-Authorization`.',
  'signing-key-refused':
    'The call is signed with an access key that this gate has not issued, or that was revoked. Ask whoever runs the gate for a key (`holdgate agents aws-key`).',
  'signature-mismatch':
    'The signature is not the one that this key gives for this call, or it leaves out what has to be signed (Host, `X-Amz-*`, the media type), or it was made for a service that this upstream is not. Check the secret access key, and that nothing on the way changes calls.',
  'signature-expired':
    'The signature is more than 15 minutes away from the gate’s clock, or the presigned URL is too old. Set the clock right and sign again.',
  'signature-missing':
    'This upstream takes calls that are signed with an access key of this gate only. Ask for one, and configure the SDK with it.',
  'signed-body-mismatch':
    'The body that came is not the one that was signed. It was changed on the way, or the hash is wrong; nothing was forwarded whole.',
  'signing-unsupported':
    'Accepted are AWS4-HMAC-SHA256 with the SHA-256 of the body, `UNSIGNED-PAYLOAD` or `STREAMING-UNSIGNED-PAYLOAD-TRAILER`. Bodies whose chunks are signed one by one, and signatures for several regions, are not.',
  'malformed-call':
    'The call can be read in more than one way (two lengths, two hosts, an odd path, …). `detail` names the place. Nothing was forwarded.',
  'document-needed':
    'A GraphQL client sent only the hash of a query (automatic persisted queries), and no rule lets that pass. It is told what a server says that does not know the hash, and sends the query itself.',
  'unknown-upstream':
    'Neither the path nor the host belongs to a configured upstream. `/.well-known/holdgate` lists those there are.',
  'misdirected-request':
    'The console is only reached under its own names: a browser that was led here by another name gets nothing.',
  'method-refused': '`TRACE`, `TRACK` and `CONNECT` to an upstream are never forwarded.',
  'upgrade-refused': 'Only WebSocket, and only by a rule with `websocket: true` or one that holds.',
  'expectation-failed': 'Only `Expect: 100-continue` is understood.',
  'body-too-large':
    'A rule needs to read the body, or the call would be held, and the body is over the limit of the configuration.',
  'body-timeout': 'The body stopped coming. Nothing was forwarded, or the forwarded call was aborted.',
  'headers-too-large': 'The header section is over the limit of the configuration.',
  'version-not-supported': 'Only HTTP/1.1 is spoken on this port.',
  'loop-detected': 'The call has already been through this gate: an upstream points back at it.',
  'upstream-address-refused':
    'The name of the upstream resolves to a loopback, private, link-local or metadata address, and the configuration does not say `allow_private: true`.',
  'upstream-unreachable':
    'The upstream refused or dropped the connection, or its name does not resolve. For a routine call, whether it was processed is not known.',
  'upstream-timeout':
    'The upstream accepted the call and did not answer in time. For a routine call, whether it was processed is not known.',
  'upstream-invalid': 'The response of the upstream is not valid HTTP, or broke off.',
  'gate-unavailable':
    'The store or the audit log does not answer, so no decision can be made or recorded. Nothing was forwarded.',
  'shutting-down': 'The gate is stopping. Nothing was forwarded; try again in a few seconds.',
  'internal-error': 'A bug in the gate. Nothing was forwarded. The log line with `decision_id` has the cause.',
  'not-signed-in': 'Send a person credential as `Authorization: Bearer hg_…`. Agent credentials are worthless here.',
  'not-found': 'There is no such approval, receipt or path, or this person may not see it.',
  'method-not-allowed': '`Allow` lists the methods of this path.',
  'unsupported-media-type': 'Bodies of the console API are `application/json`.',
  'cross-site-refused':
    'A browser sent this request from another site. Only pages of the console itself may change anything.',
  'too-many-sign-ins': 'Too many credentials were tried from this address. `Retry-After` says when to try again.',
  'invalid-request': 'The body or a parameter does not have the documented shape. `detail` names the place.',
  'vote-refused':
    'This person may not vote here: the owner or beneficiary of the agent, not among those asked, a second vote, another digest, too late. `reason` says which.',
  'vote-conflict': 'The approval was decided, or has expired, before this vote. Load it again.',
  'link-refused': 'Another person has linked this account. They can let it go with `holdgate unlink`.',
  'vote-not-recorded':
    'The store or the audit log did not confirm the vote. Look at the approval before you vote again.',
};

/** The whole page, as docs/errors.md must read. */
export function errorsPage(): string {
  const lines = [
    '# Problems',
    '',
    '<!-- Generated from src/core/problems.ts by `npm run docs:write`. Do not edit. -->',
    '',
    'Every refusal is an `application/problem+json` body (RFC 9457) with `type`, `title`, `status`, `detail`, `reason` and',
    '`retryable`, and where they apply `decision_id`, `approval_id`, `approval_url` and `rule_id`. Where the API of the',
    'upstream has an error format of its own, the same facts come in that format. `type` is the name below after',
    `\`${PROBLEM_BASE}\`. *Retryable* means: sending the same call again later can help.`,
    '',
  ];
  for (const [name, { status, title, retryable }] of Object.entries(problems) as [
    ProblemType,
    (typeof problems)[ProblemType],
  ][]) {
    const group = groups.find(([, first]) => first === name);
    if (group) lines.push(`## ${group[0]}`, '');
    lines.push(
      `### ${name}`,
      '',
      `${status} · ${title} · ${retryable ? 'retryable' : 'not retryable'}`,
      '',
      advice[name],
      '',
    );
  }
  return `${lines.join('\n').trimEnd()}\n`;
}
