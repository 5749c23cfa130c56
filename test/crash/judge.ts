// Reads what a story left behind and says what is wrong with it: the invariants of docs on held calls, as far as they can be seen
// from the upstream's bytes, the event log, the audit log, the receipts and what the agent and the people were told.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { verifyAll } from '../../src/audit/verify-log.ts';
import { openSegmentFolder } from '../../src/audit/segment-folder.ts';
import { type Approval, isOpen } from '../../src/core/approval/state.ts';
import { fold } from '../../src/core/approval/transition.ts';
import { verifyReceipt } from '../../src/core/receipt/verify.ts';
import { createJwsVerifier } from '../../src/signers/jws-verifier.ts';
import type { ApprovalStore } from '../../src/ports/approval-store.ts';
import type { RawUpstream } from '../e2e/raw-upstream.ts';
import type { Heard } from './agent.ts';
import type { Acknowledged } from './cast.ts';

/** What a story left behind. */
export interface Evidence {
  /** Of the call at the upstream: tells this story's approvals and requests from those of others on the same store. */
  readonly path: string;
  readonly upstream: RawUpstream;
  readonly heard: readonly Heard[];
  readonly acknowledged: readonly Acknowledged[];
  /** Folders of the audit logs of all gates that had to do with it. */
  readonly logs: readonly string[];
  /** Folder of the keys. */
  readonly keys: string;
  open(): Promise<ApprovalStore>;
}

interface Entry {
  readonly type: string;
  readonly approval?: { readonly id?: string };
  readonly actor?: { readonly email?: string };
  readonly vote?: string;
}

/** Statuses that an approval may have after the agent was told this. */
const MEANS: Readonly<Record<string, readonly string[]>> = {
  'denied-by-person': ['denied'],
  'outcome-unknown': ['indeterminate'],
  'approval-expired': ['expired'],
  'approval-void': ['void'],
  'not-sent': ['not_sent'],
  'already-executed': ['succeeded', 'upstream_error'],
};

async function entriesOf(log: string): Promise<readonly Entry[]> {
  const segments = await openSegmentFolder(log, false);
  return (await segments.names())
    .flatMap((name) => readFileSync(join(log, name), 'utf8').split('\n'))
    .filter((line) => line.startsWith('{"entry":'))
    .map((line) => (JSON.parse(line) as { entry: Entry }).entry);
}

/** Requests for this path that reached the upstream; the last of a connection may be no more than its first bytes. */
function arrivedAt({ received }: RawUpstream, path: string): readonly string[] {
  const line = `POST ${path} `;
  return received
    .flatMap((bytes) => bytes.toString('latin1').split(/(?=POST \/)/))
    .filter((request) => request !== '' && (request.startsWith(line) || line.startsWith(request)));
}

function judgeAnswer({ status, reason, approvalId }: Heard, approvals: ReadonlyMap<string, Approval>): string[] {
  const approval = approvals.get(approvalId ?? '');
  if (status === 200) {
    return approval?.status === 'succeeded' ? [] : [`I12: the agent read 200 and the log says ${approval?.status}`];
  }
  const means = MEANS[reason ?? ''];
  if (!means) return [];
  const open = [...approvals.values()].map((one) => one.status);
  return means.some((one) => open.includes(one as never))
    ? []
    : [`I12: the agent read ${reason}, the log says ${open.join()}`];
}

/** `expected` is the request as it has to reach the upstream, see `blank`. */
export async function judge(evidence: Evidence, expected: string | undefined): Promise<string[]> {
  const wrong: string[] = [];
  const { path, upstream, heard, acknowledged, logs, keys } = evidence;
  const store = await evidence.open();
  const jwks = JSON.parse(readFileSync(join(keys, 'public.json'), 'utf8')) as { keys: unknown[] };
  const verify = await createJwsVerifier(jwks.keys);
  const entries = (await Promise.all(logs.map(entriesOf))).flat();
  try {
    const { items } = await store.list({ limit: 200 });
    const approvals = new Map<string, Approval>();
    for (const { id, opened } of items) {
      if (opened.url.endsWith(path)) approvals.set(id, fold(await store.events(id)));
    }
    const logged = (type: string, id: string, more: (entry: Entry) => boolean = () => true): boolean =>
      entries.some((entry) => entry.type === type && entry.approval?.id === id && more(entry));

    const arrived = arrivedAt(upstream, path);
    const intended = [...approvals.values()].filter(({ intent }) => intent !== undefined);
    if (arrived.length > 1) wrong.push(`I1: ${arrived.length} requests reached the upstream`);
    if (arrived.length > intended.length) wrong.push('I6: a request reached the upstream without an intent');
    for (const request of arrived) {
      const text = blank(request);
      // A process that dies right behind the write may leave a part of it.
      if (expected !== undefined && !expected.startsWith(text)) wrong.push(`I3: other bytes were sent: ${text}`);
    }
    for (const { id, status, votes, opened, intent } of approvals.values()) {
      const yes = new Set(votes.filter(({ vote }) => vote === 'approve').map(({ by }) => by));
      if (intent) {
        const needed = opened.terms.quorums[0]?.approvals ?? 1;
        if (yes.size < needed) wrong.push(`I2: sent with ${yes.size} of ${needed} votes`);
        if (votes.some(({ vote }) => vote === 'deny')) wrong.push('I2: sent in spite of a denial');
        if (intent.at >= opened.expiresAt) wrong.push('I4: sent at or after expiry');
        if (!logged('approval:intent', id)) wrong.push('I6: an intent that the audit log does not show');
      }
      for (const vote of votes)
        if (!logged('approval:voted', id, ({ actor }) => actor?.email === vote.by))
          wrong.push(`I6: the vote of ${vote.by} is not in the audit log`);
      if (isOpen(status)) wrong.push(`I8: left at ${status}`);
      const receipt = await store.blob(id, 'receipt');
      const check = receipt && (await verifyReceipt(Buffer.from(receipt).toString(), verify));
      if (!check?.valid)
        wrong.push(`no valid receipt: ${check?.findings.map(({ message }) => message).join() ?? 'none'}`);
      else if (check.statement?.status !== status) wrong.push(`I12: the receipt says ${check.statement?.status}`);
      if (!logged('receipt:issued', id)) wrong.push('a receipt that the audit log does not show');
    }
    for (const { approvalId, by, vote } of acknowledged) {
      if (!approvals.get(approvalId)?.votes.some((one) => one.by === by && one.vote === vote))
        wrong.push(`I7: the acknowledged vote of ${by} is lost`);
    }
    for (const answer of heard) wrong.push(...judgeAnswer(answer, approvals));
    if (!heard.some(({ status, reason }) => status === 200 || (reason !== undefined && reason in MEANS)))
      wrong.push(`the agent never had an answer: ${JSON.stringify(heard)}`);
  } finally {
    await store.close();
  }
  for (const log of logs) {
    const { findings } = await verifyAll(await openSegmentFolder(log, false), { verify });
    wrong.push(...findings.map(({ kind, message }) => `audit log: ${kind}: ${message}`));
  }
  return wrong;
}

/** What differs between two runs by right: the upstream's port, the story's path and the key that names the gate. */
export function blank(request: string): string {
  return request
    .replaceAll(/127\.0\.0\.1:\d+/g, 'upstream')
    .replaceAll(/holdgate-[\w-]+/g, 'holdgate')
    .replace(/^POST \/things\S*/, 'POST /things');
}
