// Refusals as Azure says them. Kept in the shapes that azure-core, @azure/core-rest-pipeline, MSAL and the Azure CLI read.
import { expect, it } from 'vitest';
import type { Call } from '../../../src/core/call.ts';
import { nativeRefusal } from '../../../src/proxy/dialects/native-refusal.ts';
import { call } from '../../actions/azure/calls.ts';

const ARM = call('DELETE https://management.azure.com/subscriptions/s1/resourceGroups/prod');
const BLOB = call('DELETE https://acc.blob.core.windows.net/c/b');
const LOGIN = call('POST https://login.microsoftonline.com/t/oauth2/v2.0/token');

type Words = Parameters<typeof nativeRefusal>;
const refusal = (each: Call, type: Words[2], words: Words[3]): NonNullable<ReturnType<typeof nativeRefusal>> => {
  const found = nativeRefusal('azure', each, type, words);
  if (!found) throw new Error('no refusal of its own');
  return found;
};

it('says no with the words of the approver', () => {
  const { body, headers } = refusal(ARM, 'denied-by-person', { detail: 'denied: “not now”', approvalId: 'apr_1' });
  expect(JSON.parse(body)).toEqual({
    error: { code: 'AuthorizationFailed', message: 'denied: “not now” (approval apr_1) [denied-by-person]' },
  });
  expect(headers).toEqual(['x-ms-error-code', 'AuthorizationFailed']);
});

it.each([
  ['approval-pending', 'TooManyRequests'],
  ['gate-unavailable', 'ServiceUnavailable'],
  ['malformed-call', 'BadRequest'],
  ['unauthenticated', 'AuthenticationFailed'],
  ['already-executed', 'Conflict'],
  ['upstream-timeout', 'GatewayTimeout'],
  ['upstream-unreachable', 'ServiceUnavailable'],
  ['expectation-failed', 'BadRequest'],
] as const)('%s is %s', (type, code) => {
  expect(JSON.parse(refusal(ARM, type, { detail: 'd' }).body)).toMatchObject({ error: { code } });
});

it('leaves the status of what can be tried again as it is', () => {
  expect(refusal(ARM, 'approval-pending', { detail: 'd', retryAfter: 5 }).status).toBeUndefined();
});

it('speaks XML to clients of Blob Storage, and OAuth to those that want a token', () => {
  expect(refusal(BLOB, 'denied-by-policy', { detail: 'a <b> & "c"' }).body).toBe(
    '<?xml version="1.0" encoding="utf-8"?><Error><Code>AuthorizationFailed</Code><Message>a &lt;b&gt; &amp; &quot;c&quot; [denied-by-policy]</Message></Error>',
  );
  expect(JSON.parse(refusal(LOGIN, 'denied-by-policy', { detail: 'd' }).body)).toEqual({
    error: 'access_denied',
    error_description: 'd [denied-by-policy]',
  });
});
