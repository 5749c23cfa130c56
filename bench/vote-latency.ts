// From a vote that leaves the approver to the first byte that reaches the upstream: both ends are in this process.
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Gate } from './gate.ts';

export interface Recorder {
  readonly server: Server;
  readonly port: number;
  /** Resolves with the time (performance.now) at which the next call arrives. */
  next(): Promise<number>;
}

/** An upstream that notes when a call arrives and answers `ok`. */
export async function startRecorder(): Promise<Recorder> {
  const server = createServer((request, response) => {
    server.emit('call', performance.now());
    request.resume();
    response.end('ok');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const next = async (): Promise<number> => ((await once(server, 'call')) as [number])[0];
  return { server, port, next };
}

interface Item {
  readonly id: string;
  readonly digest: string;
  readonly url: string;
}

/** Waits for the approval of the call to `path`. */
async function openApproval(gate: Gate, path: string): Promise<Item> {
  for (let tries = 0; tries < 200; tries++) {
    const list = await fetch(`http://127.0.0.1:${gate.console}/api/v1/approvals?status=open`, { headers: gate.person });
    const { items } = (await list.json()) as { items: readonly Item[] };
    const item = items.find(({ url }) => url.endsWith(path));
    if (item !== undefined) return item;
    await sleep(10);
  }
  throw new Error(`no approval was opened for ${path}`);
}

/** ms of each of `votes` approvals, one after the other. */
export async function measureVotes(gate: Gate, recorder: Recorder, votes: number): Promise<readonly number[]> {
  const latencies: number[] = [];
  for (let i = 0; i < votes; i++) {
    const path = `/held/vote-${i}`;
    const answer = fetch(`http://127.0.0.1:${gate.proxy}/recorder${path}`, {
      method: 'POST',
      headers: { ...gate.agent, 'Content-Type': 'application/json' },
      body: JSON.stringify({ i }),
    });
    const { id, digest } = await openApproval(gate, path);
    const arrival = recorder.next();
    const began = performance.now();
    const vote = await fetch(`http://127.0.0.1:${gate.console}/api/v1/approvals/${id}/votes`, {
      method: 'POST',
      headers: { ...gate.person, 'Content-Type': 'application/json' },
      body: JSON.stringify({ vote: 'approve', digest }),
    });
    if (!vote.ok) throw new Error(`the vote was refused: ${vote.status} ${await vote.text()}`);
    latencies.push((await arrival) - began);
    const response = await answer;
    if (!response.ok) throw new Error(`the approved call ended with ${response.status}: ${await response.text()}`);
  }
  return latencies;
}
