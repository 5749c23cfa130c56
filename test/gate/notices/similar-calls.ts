// Held calls that are alike, for tests of what stands in one message.
import type { Action } from '../../../src/core/action.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import type { Call } from '../../../src/core/call.ts';
import type { HoldTerms } from '../../../src/core/policy/types.ts';
import { AGENT, holds, theCall, type World } from '../gate-world.ts';

const routed = { notify: ['fake:ops'] };

const action = (target: string): Action => ({
  provider: 'http',
  service: 'api',
  operation: 'create',
  name: 'http:POST:/things',
  level: 'write',
  levelSource: 'heuristic',
  tags: [],
  resource: { id: target },
  params: {},
  summary: `Create ${target}`,
  confidence: 'exact',
});

function callOf(target: string): Call {
  const text = JSON.stringify({ target });
  return { ...theCall(text), headers: ['Content-Type', 'application/json'] };
}

export async function hold(world: World, target: string, terms: Partial<HoldTerms> = {}): Promise<Approval> {
  const opened = await world.gate.open({
    call: callOf(target),
    agent: AGENT,
    source: '127.0.0.1',
    decision: holds({ ...routed, ...terms }),
    decisionId: 'dec_1',
    actions: [action(target)],
    justification: undefined,
  });
  if (opened.outcome !== 'open') throw new Error(opened.outcome);
  return opened.approval;
}
