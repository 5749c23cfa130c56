// Calls that a grant can cover, in a world of tests/gate: pods that are deleted, by name.
import { expect } from 'vitest';
import type { Action } from '../../../src/core/action.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import type { Decision, GrantOffer } from '../../../src/core/policy/types.ts';
import type { Agent, Person } from '../../../src/core/principal.ts';
import type { OpenResult } from '../../../src/gate/open.ts';
import type { VoteOutcome } from '../../../src/gate/api.ts';
import { AGENT, ANN, holds, quiet, theCall, type WaitingAgent, type World } from '../gate-world.ts';

export const HOUR = 3_600_000;
export const OFFER: GrantOffer = { for: HOUR, uses: 3, covers: 'actions' };

export function removal(name: string, over: Partial<Action> = {}): Action {
  return {
    provider: 'k8s',
    service: 'core',
    operation: 'delete',
    name: 'k8s:delete:pods',
    level: 'write',
    levelSource: 'catalogue',
    tags: ['destructive'],
    resource: { type: 'pods', id: name, namespace: 'staging' },
    params: {},
    summary: `Delete pod ${name}`,
    confidence: 'exact',
    ...over,
  };
}

export interface Asked {
  readonly approval: Approval;
  readonly agent: WaitingAgent;
}

export interface AskOptions {
  readonly decision?: Decision;
  readonly actions?: readonly Action[];
  readonly agent?: Agent;
}

export const offers = (offer: GrantOffer | undefined = OFFER, over: Partial<Decision['hold']> = {}): Decision =>
  holds({ ...(offer && { grant: offer }), ...over });

/** Opens a call on this pod and waits for it. */
export async function remove(world: World, name: string, options: AskOptions = {}): Promise<Asked> {
  const opened = await world.gate.open({
    call: theCall(name),
    agent: options.agent ?? AGENT,
    source: '127.0.0.1',
    decision: options.decision ?? offers(),
    decisionId: 'dec_1',
    actions: options.actions ?? [removal(name)],
    justification: undefined,
  });
  if (opened.outcome !== 'open') throw new Error(opened.outcome);
  const agent = world.wait(opened.approval);
  await quiet();
  return { approval: await world.load(opened.approval.id), agent };
}

export async function grant(
  world: World,
  { id, opened }: Approval,
  time: number | true = true,
  person: Person = ANN,
): Promise<VoteOutcome> {
  const outcome = await world.gate.vote({
    approvalId: id,
    person,
    vote: 'approve',
    reason: undefined,
    digest: opened.digest,
    channel: 'api',
    grant: time,
  });
  await quiet();
  return outcome;
}

/** Has one removal approved with a grant, and run. */
export async function granted(world: World, options: AskOptions = {}): Promise<Approval> {
  world.policy = options.decision ?? offers();
  const { approval } = await remove(world, 'first', options);
  const outcome = await grant(world, approval);
  if (outcome.outcome !== 'recorded') throw new Error(JSON.stringify(outcome));
  return world.load(approval.id);
}

export function isHeld({ approval, agent }: Asked): void {
  expect(approval).toMatchObject({ status: 'pending' });
  expect(agent.heard()).toBeUndefined();
}

export function ran({ approval, agent }: Asked): void {
  expect([approval.status, agent.heard()]).toEqual(['succeeded', 'live']);
}

export async function grantIdOf(world: World): Promise<string> {
  return (await world.gate.grants())[0]?.id ?? '';
}

/** Opens a removal, and leaves it to whoever waits for it later. */
export function openRemoval(world: World, name: string, decision: Decision = offers()): Promise<OpenResult> {
  return world.gate.open({
    call: theCall(name),
    agent: AGENT,
    source: '127.0.0.1',
    decision,
    decisionId: 'dec_1',
    actions: [removal(name)],
    justification: undefined,
  });
}
