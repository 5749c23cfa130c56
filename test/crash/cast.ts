// Who acts in a story: an agent that retries until it has an answer, and people who vote again until they are heard; all of them talk to
// whichever gate is there.
import type { ApprovalView } from '../../src/core/approval/view.ts';
import { APPROVER, SECOND } from '../e2e/running-gate.ts';
import type { Answer } from '../e2e/raw-upstream.ts';
import { ok } from '../e2e/raw-upstream.ts';
import { attempt, type Heard } from './agent.ts';
import type { GateLife } from './gate-life.ts';
import type { Plot } from './plot.ts';

export interface Acknowledged {
  readonly approvalId: string;
  readonly by: string;
  readonly vote: string;
}

/** The gate to talk to now; undefined ends the act. */
export type Where = () => GateLife | undefined;

export interface Cast {
  readonly heard: readonly Heard[];
  readonly acknowledged: readonly Acknowledged[];
  /** True once the agent has no reason to ask again. */
  readonly finished: () => boolean;
  /** How the upstream answers this agent's call. */
  readonly answer: Answer;
  ask(where: Where): Promise<void>;
  vote(where: Where): Promise<void>;
  /** Waits for the receipts of everything that was opened. */
  receipts(where: Where): Promise<void>;
}

const PEOPLE = {
  one: { secret: APPROVER, email: 'security-oncall@example.com' },
  two: { secret: SECOND, email: 'second-oncall@example.com' },
};
/** Answers after which the agent has no reason to ask again. */
const FINAL = new Set(['denied-by-person', 'outcome-unknown', 'approval-expired', 'already-executed']);
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

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

/** `path` of the call at the upstream; `patience`: ms between two looks of the people. */
export function createCast(plot: Plot, path: string, patience: number): Cast {
  const heard: Heard[] = [];
  const acknowledged: Acknowledged[] = [];
  const opened = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const hungUp = Promise.withResolvers<void>();
  let impatient = plot.hangsUp !== undefined;
  const finished = (): boolean => heard.some(({ status, reason }) => status === 200 || FINAL.has(reason ?? ''));

  async function approvals(life: GateLife): Promise<readonly ApprovalView[]> {
    const [status, page] = await api(life, '/api/v1/approvals?limit=200', APPROVER);
    const items = status === 200 ? (page as { items: ApprovalView[] }).items : [];
    return items.filter(({ url }) => url.endsWith(path));
  }

  async function castBallots(life: GateLife, approval: ApprovalView): Promise<void> {
    for (const { as, vote } of plot.votes) {
      const { secret, email } = PEOPLE[as];
      if (approval.votes.some(({ by }) => by === email)) continue;
      const ballot = { vote, reason: 'because', digest: approval.digest };
      const [status] = await api(life, `/api/v1/approvals/${approval.id}/votes`, secret, ballot);
      if (status === 200) acknowledged.push({ approvalId: approval.id, by: email, vote });
    }
  }

  return {
    heard,
    acknowledged,
    finished,
    answer(request, socket) {
      asked.resolve();
      if (plot.hangsUp === 'before the answer') void hungUp.promise.then(() => ok(request, socket));
      else ok(request, socket);
    },
    async ask(where) {
      for (let life = where(); life && !finished(); life = where()) {
        if (impatient) {
          impatient = false;
          const moment = plot.hangsUp === 'before the vote' ? opened.promise : asked.promise;
          heard.push(await attempt(life.proxy, path, moment));
          await pause(30);
          hungUp.resolve();
          // The agent comes back only after the people had their say.
          if (plot.hangsUp === 'before the vote') await pause(150);
        } else {
          heard.push(await attempt(life.proxy, path, undefined));
        }
        await pause(5);
      }
      hungUp.resolve();
    },
    async vote(where) {
      for (let life = where(); life && !finished(); life = where()) {
        for (const approval of await approvals(life)) {
          if (approval.status !== 'pending') continue;
          opened.resolve();
          if (impatient && plot.hangsUp === 'before the vote') await pause(30);
          await castBallots(life, approval);
        }
        await pause(patience);
      }
    },
    async receipts(where) {
      for (let life = where(); life; life = where()) {
        const at = life;
        const ids = (await approvals(at)).map(({ receipt_id: id }) => id);
        const found = await Promise.all(
          ids.map(async (id) => id !== null && (await api(at, `/api/v1/receipts/${id}`, APPROVER))[0] === 200),
        );
        if (ids.length > 0 && found.every(Boolean)) return;
        await pause(20);
      }
    },
  };
}
