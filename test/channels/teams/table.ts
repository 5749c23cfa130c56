// Somebody at Teams who may vote, or claims that: the world behind the bot, and posts with the buttons that it showed.
import { beforeAll, beforeEach } from 'vitest';
import { buttonValue } from '../../../src/channels/card/button-value.ts';
import { lookOf } from '../../../src/core/approval/look.ts';
import type { Approval } from '../../../src/core/approval/state.ts';
import { fold } from '../../../src/core/approval/transition.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { opened } from '../../conformance/approval-events.ts';
import { secrets } from '../slack/slack-fixture.ts';
import { activityOf, claims, makeSigners, makeWorld, NOW, post, type Signers, type World } from './teams-fixture.ts';

export type Json = Readonly<Record<string, unknown>>;

/** An object id of nobody. */
export const OTHER = '99999999-8888-4777-8666-000000000000';

export const approval: Approval = fold([opened(NOW)]);
export const look: string = lookOf(approvalView(approval, NOW));
export const valueFor = (verb: string, over: Partial<{ approvalId: string; look: string }> = {}): string =>
  buttonValue(secrets, `teams_${verb}`, { approvalId: approval.id, look, ...over });
export const value: string = valueFor('approve');
export const bearer = (token: string): readonly string[] => ['Authorization', `Bearer ${token}`];

export interface Table {
  readonly signers: Signers;
  /** New for each test. */
  readonly world: World;
  /** A token that Bot Framework could have signed. */
  readonly good: string;
  send(activity: unknown): Promise<Json>;
  click(data?: unknown, over?: Json, verb?: string): Promise<Json>;
}

/** For the suite that calls this; what is given back fills itself before each test. */
export function useTable(): Table {
  const made: { signers?: Signers; world?: World; good?: string } = {};
  beforeAll(async () => {
    made.signers = await makeSigners();
    made.good = await made.signers.real.sign(claims());
  });
  beforeEach(() => {
    made.world = makeWorld(table.signers, approval);
  });
  const table: Table = Object.assign(made as Required<typeof made>, {
    send: async (activity: unknown) =>
      JSON.parse((await post(table.world, activity, bearer(table.good))).body || '{}') as Json,
    click: (data: unknown = { value }, over: Json = {}, verb = 'approve') => table.send(activityOf(data, over, verb)),
  });
  return table;
}
