// A held call from the first attempt to the last answer, over as many lives of the gate as it takes: an agent that retries, people
// who vote again until they are heard, an upstream that remembers every byte.
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { AGENT, APPROVER, SECOND, writeGate } from '../e2e/running-gate.ts';
import { type Answer, ok, type RawUpstream, startRawUpstream } from '../e2e/raw-upstream.ts';
import { type GateLife, startLife } from './gate-life.ts';

export interface Plot {
  readonly name: string;
  /** YAML of the rule's hold. */
  readonly hold: string;
  /** Votes, in order; nobody votes if empty. */
  readonly votes: readonly { readonly as: 'one' | 'two'; readonly vote: 'approve' | 'deny' }[];
  /** `before the vote`: the first connection hangs up once its approval is open. `before the answer`: once it was sent. */
  readonly hangsUp?: 'before the vote' | 'before the answer';
  /** The first place at which this story differs from the plain one; it is killed from there on. */
  readonly from?: string;
}

/** What one attempt of the agent read; status 0 if its connection ended before a whole response. */
export interface Heard {
  readonly status: number;
  readonly approvalId: string | undefined;
  readonly reason: string | undefined;
  readonly replayed: boolean;
}

export interface Acknowledged {
  readonly approvalId: string;
  readonly by: string;
  readonly vote: string;
}

export interface Told {
  readonly folder: string;
  readonly upstream: RawUpstream;
  readonly heard: readonly Heard[];
  readonly acknowledged: readonly Acknowledged[];
  /** Lives of the gate. */
  readonly lives: number;
  cleanUp(): Promise<void>;
}

const PEOPLE = {
  one: { secret: APPROVER, email: 'security-oncall@example.com' },
  two: { secret: SECOND, email: 'second-oncall@example.com' },
};
/** Answers after which the agent has no reason to ask again. */
const FINAL = new Set(['denied-by-person', 'outcome-unknown', 'approval-expired', 'already-executed']);
const NOTHING: Heard = { status: 0, approvalId: undefined, reason: undefined, replayed: false };
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

function parse(text: string): Heard {
  const end = text.indexOf('\r\n\r\n');
  const head = text.slice(0, end);
  const body = text.slice(end + 4);
  const length = /^content-length: (\d+)$/im.exec(head)?.[1];
  if (end < 0 || length === undefined || body.length !== Number(length)) return NOTHING;
  const problem = /^content-type: application\/problem\+json/im.test(head);
  return {
    status: Number(head.slice(9, 12)),
    approvalId: /^holdgate-approval: (\S+)$/im.exec(head)?.[1],
    reason: problem ? (JSON.parse(body) as { reason: string }).reason : undefined,
    replayed: /^holdgate-replayed: true$/im.test(head),
  };
}

/** One attempt on a connection of its own; `hangUp` resolves when the agent loses patience. */
function attempt(port: number, hangUp: Promise<void> | undefined): Promise<Heard> {
  const { promise, resolve } = Promise.withResolvers<Heard>();
  let text = '';
  const socket = connect(port, '127.0.0.1', () =>
    socket.write(
      `POST /api/things HTTP/1.1\r\nHost: api.test\r\nAuthorization: Bearer ${AGENT}\r\nContent-Type: text/plain\r\nConnection: close\r\nContent-Length: 3\r\n\r\na=1`,
    ),
  );
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')));
  socket.on('error', () => undefined).on('close', () => resolve(parse(text)));
  void hangUp?.then(() => socket.destroy());
  return promise;
}

async function api(life: GateLife, path: string, as: string, body?: object): Promise<[number, unknown]> {
  try {
    const response = await fetch(`http://127.0.0.1:${life.console}${path}`, {
      headers: { authorization: `Bearer ${as}`, 'content-type': 'application/json' },
      ...(body && { method: 'POST', body: JSON.stringify(body) }),
    });
    return [response.status, await response.json()];
  } catch {
    return [0, undefined];
  }
}

async function approvals(life: GateLife): Promise<readonly ApprovalView[]> {
  const [status, page] = await api(life, '/api/v1/approvals', APPROVER);
  return status === 200 ? (page as { items: ApprovalView[] }).items : [];
}

/** Tells the story once. With `deadly` the first life ends there; without, its places are in `places.txt`. */
export async function tell(plot: Plot, root: string, deadly?: string): Promise<Told> {
  const folder = mkdtempSync(join(root, 'story-'));
  const asked = Promise.withResolvers<void>();
  const hungUp = Promise.withResolvers<void>();
  const answer: Answer = (request, socket) => {
    asked.resolve();
    if (plot.hangsUp === 'before the answer') void hungUp.promise.then(() => ok(request, socket));
    else ok(request, socket);
  };
  const upstream = await startRawUpstream(answer);
  writeGate(
    folder,
    {
      upstream: upstream.url,
      rules: `  - id: writes\n    match: {method: POST}\n    effect: hold\n    hold: ${plot.hold}`,
      upstreamMore: 'credential: {header: Authorization, value: "Bearer ${env:UPSTREAM_TOKEN}"}',
    },
    '{proxy: "127.0.0.1:18080", console: "127.0.0.1:18081"}',
  );

  const heard: Heard[] = [];
  const acknowledged: Acknowledged[] = [];
  const deadline = Date.now() + 20_000;
  const late = (): boolean => Date.now() > deadline;
  const finished = (): boolean => heard.some(({ status, reason }) => status === 200 || FINAL.has(reason ?? ''));
  const opened = Promise.withResolvers<void>();
  let impatient = plot.hangsUp !== undefined;

  async function ask(life: GateLife): Promise<void> {
    while (!life.over() && !finished() && !late()) {
      if (!impatient) {
        heard.push(await attempt(life.proxy, undefined));
      } else {
        impatient = false;
        const moment = plot.hangsUp === 'before the vote' ? opened.promise : asked.promise;
        heard.push(await attempt(life.proxy, moment));
        await pause(30);
        hungUp.resolve();
        // The agent comes back only after the people had their say.
        if (plot.hangsUp === 'before the vote') await pause(150);
      }
      await pause(5);
    }
    hungUp.resolve();
  }

  async function vote(life: GateLife): Promise<void> {
    while (!life.over() && !finished() && !late()) {
      for (const approval of await approvals(life)) {
        if (approval.status !== 'pending') continue;
        opened.resolve();
        if (impatient && plot.hangsUp === 'before the vote') await pause(30);
        for (const { as, vote: ballot } of plot.votes) {
          const { secret, email } = PEOPLE[as];
          if (approval.votes.some(({ by }) => by === email)) continue;
          const [status] = await api(life, `/api/v1/approvals/${approval.id}/votes`, secret, {
            vote: ballot,
            reason: 'because',
            digest: approval.digest,
          });
          if (status === 200) acknowledged.push({ approvalId: approval.id, by: email, vote: ballot });
        }
      }
      await pause(10);
    }
  }

  async function receipts(life: GateLife): Promise<void> {
    while (!life.over() && !late()) {
      const ids = (await approvals(life)).map(({ receipt_id: id }) => id);
      const found = await Promise.all(
        ids.map(async (id) => id !== null && (await api(life, `/api/v1/receipts/${id}`, APPROVER))[0] === 200),
      );
      if (ids.length > 0 && found.every(Boolean)) return;
      await pause(20);
    }
  }

  let lives = 0;
  for (let next: string | undefined = deadly; !late() && lives < 4; next = undefined) {
    const life = await startLife(folder, next ?? (deadly === undefined ? undefined : 'nowhere'));
    lives++;
    if (!life) continue;
    await Promise.all([ask(life), vote(life)]);
    if (finished()) await receipts(life);
    const alive = !life.over();
    await life.end();
    if (alive) break;
  }
  return {
    folder,
    upstream,
    heard,
    acknowledged,
    lives,
    async cleanUp() {
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}
