// GraphQL over HTTP: the root fields of what is asked, `graphql:query:<field>`, `graphql:mutation:<field>`, `graphql:subscription:<field>`.
import { type Call, headerValues } from '../../core/call.ts';
import type { Recogniser } from '../recogniser.ts';
import { graphqlActions } from './graphql-actions.ts';
import { type GraphqlReading, readGraphql } from './graphql-reading.ts';

/** `base`: the path of the upstream's address, without a trailing slash. */
export function createGraphqlRecogniser(base = ''): Recogniser {
  return {
    // Any path may be a GraphQL endpoint: the upstream has to be configured as one.
    claims: () => false,
    needsBody: ({ method }) => method === 'POST',
    recognise: (call) => graphqlActions(placed(base, call, readGraphql(call)), call.upstream),
    envelope(call) {
      if (call.body.state !== 'whole' && call.body.state !== 'none') return undefined;
      const { batch, answers, hashOnly } = readGraphql(call);
      return { batch, ids: Array.from({ length: answers }, () => undefined), ...(hashOnly && { hashOnly }) };
    },
  };
}

/** Below the base: itself, or a path that ends as endpoints do. Anything else may be no GraphQL at all. */
const ENDPOINT = /^(?:\/[A-Za-z0-9_~-][A-Za-z0-9_~.-]*)*\/(?:graphql|gql|query)(?:\.json)?\/?$/;

function placed(base: string, call: Call, reading: GraphqlReading): GraphqlReading {
  const rest = call.path.startsWith(base) ? call.path.slice(base.length) : undefined;
  const endpoint = rest !== undefined && (rest === '' || rest === '/' || ENDPOINT.test(rest));
  const doubts: string[] = [];
  if (!endpoint) doubts.push('its path is not that of a GraphQL endpoint');
  // A handshake opens a connection on which anything may be asked.
  if (headerValues(call.headers, 'sec-websocket-protocol').length > 0) doubts.push('it asks for a WebSocket');
  return doubts.length === 0 ? reading : { ...reading, doubts: [...reading.doubts, ...doubts] };
}
