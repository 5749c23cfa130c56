// A client for previews that answers from a table, and remembers what it was asked.
import type { Action } from '../../src/core/action.ts';
import type { Preview } from '../../src/core/approval/context.ts';
import type { Call } from '../../src/core/call.ts';
import { createActions } from '../../src/actions/registry.ts';
import type { Upstream } from '../../src/core/upstream.ts';
import { createPreviews } from '../../src/previews/create-previews.ts';
import type { ReadAnswer, ReadClient } from '../../src/ports/read-client.ts';
import { createManualClock } from '../ports/manual-clock.ts';

export interface FakeReadClient extends ReadClient {
  /** `GET /path?query`, `dry run POST /path?query body`. */
  readonly asked: string[];
}

export type Reply = (asked: string) => ReadAnswer | undefined;

export function answered(status: number, body: unknown, headers: readonly string[] = []): ReadAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { outcome: 'answered', status, headers, body: new TextEncoder().encode(text), cut: false };
}

const target = ({ path, query }: { readonly path: string; readonly query: string | undefined }): string =>
  query === undefined ? path : `${path}?${query}`;

export function fakeReadClient(reply: Reply, dryRun = false, basePath = ''): FakeReadClient {
  const asked: string[] = [];
  const ask = (what: string): Promise<ReadAnswer> => {
    asked.push(what);
    return Promise.resolve(reply(what) ?? { outcome: 'failed', why: 'nobody expected that' });
  };
  return {
    asked,
    terms: () => ({ dryRun, basePath }),
    read: (_upstream, request) => ask(`${request.method} ${target(request)}`),
    rehearse: ({ call }) => {
      const body = call.body.state === 'whole' ? Buffer.from(call.body.bytes).toString() : '';
      return ask(`dry run ${call.method} ${target(call)}${body === '' ? '' : ` ${body}`}`);
    },
  };
}

/** The preview of a call that is read as `kind`, or does these actions. */
export function previewOf(
  client: ReadClient,
  call: Call,
  read: Upstream['kind'] | readonly Action[],
): Promise<Preview> {
  const actions =
    typeof read === 'object' ? read : createActions([{ id: 'api', kind: read, basePath: '' }]).recognise(call);
  return createPreviews(client, createManualClock()).preview(call, actions);
}

export const lines = ({ changes }: Preview): readonly string[] =>
  changes.map(({ path, before, after }) => `${path}: ${before ?? '-'} → ${after ?? '-'}`);
