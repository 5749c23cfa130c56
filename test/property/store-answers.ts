// Everything that a store can be asked, in a form that does not depend on the adapter.
import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { droppableFrom } from '../../src/core/approval/current.ts';
import type { Approval } from '../../src/core/approval/state.ts';
import { fold } from '../../src/core/approval/transition.ts';
import type { ApprovalStore, BlobKind, ListQuery } from '../../src/ports/approval-store.ts';

export interface Questions {
  /** Epoch ms. */
  readonly now: number;
  /** Ids that were ever tried. */
  readonly known: readonly string[];
  readonly agents: readonly string[];
  readonly digests: readonly string[];
}

const BLOBS: readonly BlobKind[] = ['call', 'response', 'receipt'];
const ids = (approvals: readonly Approval[]): string[] => approvals.map((one) => one.id).toSorted();

/** All pages of two. */
async function pages(store: ApprovalStore, query: Omit<ListQuery, 'limit'>): Promise<readonly (readonly Approval[])[]> {
  const found: (readonly Approval[])[] = [];
  let cursor: string | undefined;
  do {
    const page = await store.list({ ...query, limit: 2, ...(cursor !== undefined && { cursor }) });
    expect(page.items.length).toBeLessThanOrEqual(2);
    found.push(page.items);
    cursor = page.next;
  } while (cursor !== undefined);
  return found;
}

/** `frugal`: for an adapter that drops by itself what serves nobody, and whose pages may hold less than they could. */
export async function answers(store: ApprovalStore, questions: Questions, frugal = false): Promise<unknown> {
  const { now, known, agents, digests } = questions;
  const [agent = ''] = agents;
  const events = await Promise.all(known.map((id) => store.events(id)));
  const serves = (log: (typeof events)[number], kind: BlobKind): boolean =>
    !frugal || kind === 'receipt' || (log.length > 0 && now < (droppableFrom(fold(log)) ?? Infinity));
  const blobs = known.flatMap((id, n) =>
    BLOBS.map(async (kind) => (serves(events[n] ?? [], kind) ? store.blob(id, kind) : undefined)),
  );
  const paged = [pages(store, {}), pages(store, { status: 'open' }), pages(store, { status: 'denied', agent })];
  const listed = await Promise.all(paged);
  return {
    all: (await store.list({ limit: 200 })).items,
    pages: frugal ? listed.map((found) => found.flat()) : listed,
    open: [await store.countOpen(), await store.countOpen(agent)],
    current: await Promise.all(
      agents.flatMap((one) => digests.map(async (digest) => (await store.findCurrent(one, digest))?.id)),
    ),
    due: ids(await store.due(now, 200)),
    interrupted: [ids(await store.interrupted('r1')), ids(await store.interrupted('r2'))],
    orphaned: ids(await store.orphaned(200)),
    withoutReceipt: ids(await store.withoutReceipt(200)),
    events,
    blobs: (await Promise.all(blobs)).map((bytes) => bytes && [...bytes]),
  };
}

export function same(actual: unknown, expected: unknown): void {
  // Vitest's comparison explains, Node's is quick.
  if (!isDeepStrictEqual(actual, expected)) expect(actual).toStrictEqual(expected);
}
