// What the gate tells an authenticated agent about itself: the guide, and the state of the agent's own approvals.
import type { Exchange } from './exchange.ts';
import { agentGuide, GUIDE_PATH, negotiate } from './guide.ts';
import { approvalView } from '../core/approval/view.ts';
import { refuse } from './refuse.ts';

const APPROVAL = /^\/\.well-known\/holdgate\/approvals\/(apr_[0-9A-Z]{26})$/;

function send(exchange: Exchange, type: string, body: string): void {
  const { res, req } = exchange;
  exchange.bytesOut = Buffer.byteLength(body);
  res.writeHead(200, {
    'Content-Type': type,
    'Content-Length': exchange.bytesOut,
    'Cache-Control': 'no-store',
    Vary: 'Accept',
  });
  res.end(req.method === 'HEAD' ? undefined : body);
}

/** Answers the gate's own paths; false if `path` is none of them. */
export function answerWellKnown(exchange: Exchange, path: string): boolean {
  const match = APPROVAL.exec(path);
  if (path !== GUIDE_PATH && !match) return false;
  if (exchange.req.method !== 'GET' && exchange.req.method !== 'HEAD') {
    refuse(exchange, 'method-refused', { detail: 'Only GET is answered here.' });
    return true;
  }
  const answer = match?.[1] === undefined ? guide(exchange) : approval(exchange, match[1]);
  answer.catch((error: unknown) => {
    exchange.deps.bus.emit('store:failed', { operation: 'guide', error: String(error) });
    refuse(exchange, 'gate-unavailable', { detail: 'Approvals cannot be read right now.', retryAfter: 1 });
  });
  return true;
}

async function guide(exchange: Exchange): Promise<void> {
  const { deps, agent, req } = exchange;
  if (!agent) throw new Error('only an authenticated agent is guided');
  const [{ items }, now] = await Promise.all([
    deps.gate.list({ status: 'open', agent: agent.id, limit: 100 }),
    deps.gate.now(),
  ]);
  const { json, markdown } = agentGuide({
    agent: agent.id,
    upstreams: deps.upstreams.map(({ id, mount, hosts }) => ({ id, mount, hosts })),
    tendsToBeHeld: deps.tendsToBeHeld(),
    waits: { default: deps.agentWait(agent.id) ?? deps.defaultWait, max: deps.maxWait, denyMemory: deps.denyMemory },
    openApprovals: items.map((item) => approvalView(item, now)),
    consoleUrl: deps.consoleUrl,
  });
  if (negotiate(req.headers.accept) === 'json') send(exchange, 'application/json', JSON.stringify(json));
  else send(exchange, 'text/markdown; charset=utf-8', markdown);
}

/** An agent sees its own approvals only; somebody else's are as unknown as ones that never were. Of its own it sees nothing that was looked
 *  up for approvers: previews are read with a credential that may read what the agent may not, and flags would teach it to raise none. */
async function approval(exchange: Exchange, id: string): Promise<void> {
  const found = await exchange.deps.gate.get(id);
  if (!found || found.opened.agent !== exchange.agent?.id) {
    return refuse(exchange, 'not-found', { detail: 'You have no approval of this id.' });
  }
  const view = approvalView(found, await exchange.deps.gate.now());
  send(exchange, 'application/json', JSON.stringify({ ...view, flags: [], context: null }));
}
