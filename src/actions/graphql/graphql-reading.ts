// Everything a call asks of a GraphQL API, read once: for upstreams of `kind: graphql`, and for APIs that have GraphQL beside REST.
import type { Call } from '../../core/call.ts';
import { type GraphqlField, readDocument } from './document-reading.ts';
import { readRequests } from './request-reading.ts';

export interface GraphqlReading {
  /** The root fields, of all requests and all operations that may be meant. */
  readonly fields: readonly GraphqlField[];
  /** Why something else may be asked for than these; then whoever names actions adds an `unknown` one and calls none exact. */
  readonly doubts: readonly string[];
  /** Hashes or ids of documents that the server has stored and nobody here knows. */
  readonly stored: readonly string[];
  /** Nothing is asked but one document by its hash, which its client can send instead. */
  readonly hashOnly: boolean;
  readonly batch: boolean;
  /** Answers that a batch waits for. */
  readonly answers: number;
}

const MAX_FIELDS = 200;
const readings = new WeakMap<Call, GraphqlReading>();

/** Reads a call once, however often it is asked for. Never throws. */
export function readGraphql(call: Call): GraphqlReading {
  let reading = readings.get(call);
  if (!reading) {
    reading = read(call);
    readings.set(call, reading);
  }
  return reading;
}

function read(call: Call): GraphqlReading {
  const { requests, batch, doubts } = readRequests(call);
  const all = [...doubts];
  const fields: GraphqlField[] = [];
  const stored: string[] = [];
  for (const { document, operationName, variables, stored: id } of requests) {
    if (document === undefined) {
      if (id !== undefined && id !== '') stored.push(id);
      all.push(id === undefined ? 'it asks nothing' : 'its document is stored at the server');
      continue;
    }
    if (fields.length >= MAX_FIELDS) {
      all.push('it asks too much at once');
      break;
    }
    const told = readDocument(document, operationName, variables);
    fields.push(...told.fields);
    all.push(...told.doubts);
  }
  const [only] = requests;
  const hashOnly = !batch && requests.length === 1 && only?.hashed === true && all.length === 1;
  return { fields, doubts: [...new Set(all)], stored, hashOnly, batch, answers: requests.length };
}
