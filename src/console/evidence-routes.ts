// What proves afterwards what was decided: receipts, and the public keys to verify them with.
import { approvalIdOfReceipt } from '../core/approval/view.ts';
import type { ApprovalGate } from '../gate/api.ts';
import { json, problem } from './answer.ts';
import type { Route } from './route.ts';
import { keysSchema, meSchema, receiptSchema } from './schemas.ts';

const JSON_MEDIA = 'application/json';

export function evidenceRoutes(
  gate: ApprovalGate,
  publicKeys: () => readonly Record<string, unknown>[],
): readonly Route[] {
  return [
    {
      method: 'GET',
      path: '/api/v1/receipts/{id}',
      operation: 'getReceipt',
      summary: 'The signed receipt of a decided approval',
      principal: 'person',
      answer: { status: 200, description: 'The receipt', contentType: JSON_MEDIA, schema: receiptSchema },
      problems: ['not-found'],
      async handle({ params }) {
        const id = params['id'] ?? '';
        if (!id.startsWith('rcp_')) return problem('not-found', { detail: 'The id of a receipt begins with "rcp_".' });
        const receipt = await gate.receipt(approvalIdOfReceipt(id));
        if (receipt === undefined) {
          return problem('not-found', { detail: 'There is no such receipt, or its approval is still open.' });
        }
        return json({ receipt });
      },
    },
    {
      method: 'GET',
      path: '/api/v1/keys',
      operation: 'getKeys',
      summary: 'Public keys of receipts, votes and checkpoints, newest first (RFC 7517)',
      principal: 'public',
      answer: { status: 200, description: 'A JWK set', contentType: 'application/jwk-set+json', schema: keysSchema },
      problems: [],
      handle: () => ({
        kind: 'json',
        status: 200,
        body: { keys: publicKeys() },
        contentType: 'application/jwk-set+json',
      }),
    },
    {
      method: 'GET',
      path: '/api/v1/me',
      operation: 'getMe',
      summary: 'Who you are here, and your groups as of now',
      principal: 'person',
      answer: {
        status: 200,
        description: 'The person behind the credential',
        contentType: JSON_MEDIA,
        schema: meSchema,
      },
      problems: [],
      handle: ({ person }) => json({ email: person.email, groups: person.groups }),
    },
  ];
}
