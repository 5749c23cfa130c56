// One approval and the terms of messages, for tests of what Slack is shown.
import { createHmac } from 'node:crypto';
import { fold } from '../../../src/core/approval/transition.ts';
import { type ApprovalView, approvalView } from '../../../src/core/approval/view.ts';
import type { MessageTerms } from '../../../src/channels/card/terms.ts';
import type { Shown } from '../../../src/core/similar/shown.ts';
import type { SecretSource } from '../../../src/ports/secret-source.ts';
import { opened } from '../../conformance/approval-events.ts';

const AT = Date.UTC(2026, 0, 2, 3, 4, 5);

export const secrets: SecretSource = {
  keyId: 1,
  derive(keyId, context) {
    if (keyId !== 1) throw new Error('no such key');
    return createHmac('sha256', 'test').update(context).digest().subarray(0, 24);
  },
};

export const terms: MessageTerms = { secrets, approveUpTo: 'medium', consoleUrl: 'https://gate.example.com' };

export function approvalOf(): ApprovalView {
  return approvalView(fold([opened(AT)]), AT);
}

/** A message of two calls, the other one made of this text. */
export function withOther(shown: Shown, text: string): Shown {
  const view = { ...approvalOf(), summary: text };
  return { ...shown, others: [{ view, differs: [{ place: `body ${text}`, value: text }] }] };
}
