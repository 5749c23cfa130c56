// Refusals as GraphQL errors, with status 200: clients take those for answers of the API and raise their typed error with our words in it
// (CombinedGraphQLErrors, ClientError, CombinedError, GraphqlResponseError); any other status is a fault of the network to most of
// them, and the body is lost. No GraphQL client tries again by itself, whatever the status.
import type { Call } from '../../core/call.ts';
import type { ProblemType } from '../../core/problems.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

/** `extensions.code`, as Apollo Server spells its own. */
const CODES: Partial<Readonly<Record<ProblemType, string>>> = {
  'denied-by-policy': 'FORBIDDEN',
  'denied-by-person': 'FORBIDDEN',
  'document-needed': 'PERSISTED_QUERY_NOT_FOUND',
};

/** From which clients of persisted queries know that they have to send the query itself (Apollo Server's words). */
const NOT_FOUND = 'PersistedQueryNotFound';

export function graphqlRefusal(
  { type, message, retryAfter, decisionId, envelope }: RefusalWords,
  _call: Call,
): NativeRefusal {
  const answer = {
    errors: [
      {
        message: type === 'document-needed' ? NOT_FOUND : message,
        extensions: {
          code: CODES[type] ?? type.replaceAll('-', '_').toUpperCase(),
          type,
          ...(decisionId !== undefined && { decision_id: decisionId }),
          ...(retryAfter !== undefined && { retry_after: retryAfter }),
        },
      },
    ],
  };
  // A client that asked in a batch matches the answers to its questions by their places.
  const body = envelope?.batch === true ? envelope.ids.map(() => answer) : answer;
  return { status: 200, contentType: 'application/json', body: JSON.stringify(body) };
}
