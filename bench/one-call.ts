// One held call at a time: asked at one gate, voted on at another one or the same.
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from './gate.ts';

export interface Item {
  readonly id: string;
  readonly digest: string;
}

let calls = 0;

export interface Held extends Item {
  /** The answer, once it is approved; throws if it is not what the upstream said. */
  answered(): Promise<void>;
}

/** Sends a call that no other one equals to the recorder, and waits until `voter` knows of its approval. */
export async function holdOne(holder: Gate, voter: Gate): Promise<Held> {
  const path = `/held/one-${calls++}`;
  const answer = fetch(`http://127.0.0.1:${holder.proxy}/recorder${path}`, {
    method: 'POST',
    headers: { ...holder.agent, 'Content-Type': 'application/json' },
    body: JSON.stringify({ path }),
  });
  const item = await openApproval(voter, path);
  return {
    ...item,
    async answered() {
      const response = await answer;
      const text = await response.text();
      if (!response.ok) throw new Error(`the approved call ended with ${response.status}: ${text}`);
    },
  };
}

/** Waits for the approval of the call to `path`. */
async function openApproval(gate: Gate, path: string): Promise<Item> {
  for (let tries = 0; tries < 200; tries++) {
    const list = await fetch(`http://127.0.0.1:${gate.console}/api/v1/approvals?status=open`, { headers: gate.person });
    const { items } = (await list.json()) as { items: readonly (Item & { readonly url: string })[] };
    const item = items.find(({ url }) => url.endsWith(path));
    if (item !== undefined) return item;
    await sleep(10);
  }
  throw new Error(`no approval was opened for ${path}`);
}

/** Resolves when the vote is recorded. */
export async function approve(voter: Gate, { id, digest }: Item): Promise<void> {
  const vote = await fetch(`http://127.0.0.1:${voter.console}/api/v1/approvals/${id}/votes`, {
    method: 'POST',
    headers: { ...voter.person, 'Content-Type': 'application/json' },
    body: JSON.stringify({ vote: 'approve', digest }),
  });
  if (!vote.ok) throw new Error(`the vote was refused: ${vote.status} ${await vote.text()}`);
}
