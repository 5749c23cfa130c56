// Refusals as Google's APIs say them. Kept in the shapes that gaxios, google-auth, apitools (gcloud) and boto (gsutil) read.
import { expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';
import { call } from '../../actions/gcp/calls.ts';

const API = call('POST https://iam.googleapis.com/v1/projects/p/serviceAccounts/x:setIamPolicy');
const XML = call('PUT https://data.storage.googleapis.com/a');
const TOKEN = call('POST https://oauth2.googleapis.com/token');

type Words = Parameters<typeof nativeRefusal>;
const said = (each: Call, type: Words[2], words: Words[3]): string =>
  nativeRefusal('gcp', each, type, words)?.body ?? '';

it('says no with the words of the approver', () => {
  expect(JSON.parse(said(API, 'denied-by-person', { detail: 'denied: “not now”', approvalId: 'apr_1' }))).toEqual({
    error: {
      code: 403,
      message: 'denied: “not now” (approval apr_1) [denied-by-person]',
      status: 'PERMISSION_DENIED',
      errors: [
        { message: 'denied: “not now” (approval apr_1) [denied-by-person]', domain: 'global', reason: 'forbidden' },
      ],
      details: [
        { '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'DENIED_BY_PERSON', domain: 'holdgate.dev' },
      ],
    },
  });
});

it.each([
  ['approval-pending', 503, 'UNAVAILABLE'],
  ['approval-backpressure', 503, 'UNAVAILABLE'],
  ['gate-unavailable', 503, 'UNAVAILABLE'],
  ['malformed-call', 400, 'INVALID_ARGUMENT'],
  ['unauthenticated', 401, 'UNAUTHENTICATED'],
  ['already-executed', 409, 'ABORTED'],
  ['upstream-timeout', 504, 'DEADLINE_EXCEEDED'],
  ['body-too-large', 413, 'FAILED_PRECONDITION'],
  ['upstream-unreachable', 502, 'UNAVAILABLE'],
] as const)('%s has status %d, and its code', (type, code, status) => {
  const found = nativeRefusal('gcp', API, type, { detail: 'd' });
  expect(found?.status).toBe(code);
  expect(JSON.parse(found?.body ?? '')).toMatchObject({ error: { code, status } });
});

it('says when to come back, with the status that gcloud and the generated clients try again', () => {
  expect(nativeRefusal('gcp', API, 'approval-pending', { detail: 'd' })?.status).toBe(503);
  expect(JSON.parse(said(API, 'approval-pending', { detail: 'd', retryAfter: 5 }))).toMatchObject({
    error: { details: [{}, { '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: '5s' }] },
  });
});

it('never says what Google says of a limit, which some clients try again without end', () => {
  for (const type of ['denied-by-policy', 'approval-pending'] as const)
    expect(said(API, type, { detail: 'd' })).not.toMatch(/rateLimitExceeded|quotaExceeded/i);
});

it('speaks XML to clients of the XML API, and OAuth to those that want a token', () => {
  expect(said(XML, 'denied-by-policy', { detail: 'a <b> & "c"' })).toBe(
    "<?xml version='1.0' encoding='UTF-8'?><Error><Code>AccessDenied</Code><Message>a &lt;b&gt; &amp; &quot;c&quot; [denied-by-policy]</Message></Error>",
  );
  expect(JSON.parse(said(TOKEN, 'denied-by-policy', { detail: 'd' }))).toEqual({
    error: 'access_denied',
    error_description: 'd [denied-by-policy]',
  });
});
