// The one mutation: compare-and-swap append, its bound, its races.
import { describe, expect, it } from 'vitest';
import type { ApprovalEvent } from '../../src/core/approval/events.ts';
import { claim, freshId, granted, intent, OFFERED, opened, result, vote } from './approval-events.ts';
import { ANN, BOB, CALL, type StoreHarness } from './store-harness.ts';

export function appendingSuite(h: StoreHarness): void {
  const { open, append, reach } = h;

  describe('append', () => {
    it('appends what the reducer accepts and returns the folded approval', async () => {
      const event = await open();
      const yes = vote(event, event.at, ANN, 'approve');
      const outcome = await h.store.append(event.id, 1, [{ type: 'seen', at: event.at, by: ANN }, yes]);
      expect(outcome).toMatchObject({ outcome: 'appended', approval: { version: 3, status: 'approved' } });
      expect(await h.store.load(event.id)).toEqual('approval' in outcome ? outcome.approval : undefined);
      expect((await h.store.events(event.id)).map((one) => one.type)).toEqual(['opened', 'seen', 'voted']);
    });

    it('keeps what people were told, with every text in it', async () => {
      const event = await open();
      const evidence = 'abc\u202E "\u0000" \u{1f600} }]';
      const informed = {
        type: 'informed',
        at: event.at,
        flags: [
          { id: 'hidden-text', severity: 'medium', title: 'Holds characters that hide or reorder text', evidence },
        ],
        recent: [{ at: event.at, call: evidence, effect: 'allow', status: 200 }],
        earlier: [{ id: freshId(), at: event.at, summary: evidence, status: 'denied' }],
        openApprovals: 1,
        preview: {
          outcome: 'shown',
          note: 'n',
          changes: Array.from({ length: 200 }, (_, i) => ({ path: `/${i}`, after: evidence })),
          facts: [],
          cut: true,
          requests: [],
        },
      } as const;
      expect(await h.store.append(event.id, 1, [informed])).toMatchObject({ outcome: 'appended' });
      const approval = await h.store.load(event.id);
      expect(approval).toMatchObject({ status: 'pending', version: 2 });
      expect(approval?.informed).toEqual(informed);
    });

    it('keeps what a grant let through, with all that it rests on', async () => {
      const at = await h.store.now();
      const event = await open({ terms: { ...opened(at).terms, grant: OFFERED } });
      const use = granted(event, event.at, 1_000);
      expect(await h.store.append(event.id, 1, [{ ...use, use: 2 }])).toMatchObject({ outcome: 'refused' });
      expect(await h.store.append(event.id, 1, [use], { before: use.until })).toMatchObject({ outcome: 'appended' });
      expect(await h.store.load(event.id)).toMatchObject({ status: 'approved', version: 2, granted: use });
      expect((await h.store.load(event.id))?.granted).toEqual(use);
      expect(await h.store.append(event.id, 2, [use])).toMatchObject({ outcome: 'refused' });
    });

    it('answers conflict with what is there when the version is not the stored one', async () => {
      const event = await open();
      await append(event.id, { type: 'notified', at: event.at, channel: 'api' });
      for (const version of [0, 1, 3]) {
        const outcome = await h.store.append(event.id, version, [{ type: 'cancelled', at: event.at, why: 'x' }]);
        expect(outcome).toMatchObject({ outcome: 'conflict', approval: { version: 2, status: 'pending' } });
      }
      expect(await h.store.events(event.id)).toHaveLength(2);
    });

    it('answers conflict without an approval for an unknown id', async () => {
      const outcome = await h.store.append(freshId(), 1, [{ type: 'cancelled', at: 0, why: 'x' }]);
      expect(outcome).toEqual({ outcome: 'conflict', approval: undefined });
    });

    it('writes none of the events, nor the blob, when the reducer refuses one of them', async () => {
      const event = await open();
      const outcome = await h.store.append(
        event.id,
        1,
        [{ type: 'seen', at: event.at, by: ANN }, vote(event, event.at, 'owner@example.com', 'approve')],
        { blobs: [{ kind: 'response', bytes: CALL }] },
      );
      expect(outcome).toMatchObject({ outcome: 'refused', refusal: 'self-approval', approval: { version: 1 } });
      expect(await h.store.events(event.id)).toHaveLength(1);
      expect(await h.store.blob(event.id, 'response')).toBeUndefined();
    });

    it('appends below the bound of `before` and refuses exactly at it', async () => {
      const event = await open();
      const yes = vote(event, event.at, ANN, 'approve');
      const at = await h.store.now();
      const late = await h.store.append(event.id, 1, [yes], { before: at });
      expect(late).toMatchObject({ outcome: 'too-late', approval: { version: 1, status: 'pending' } });
      expect(await h.store.events(event.id)).toHaveLength(1);
      const inTime = await h.store.append(event.id, 1, [yes], { before: at + 60_000 });
      expect(inTime.outcome).toBe('appended');
      await h.subject.fastForward(60_000);
      const claimed = await h.store.append(event.id, 2, [claim(event, at, 'r1')], { before: at + 60_000 });
      expect(claimed.outcome).toBe('too-late');
    });

    it('stores the blob in the same step', async () => {
      const event = await reach('sending');
      await h.store.append(event.id, 4, [result(event.at, 'r1')], { blobs: [{ kind: 'response', bytes: CALL }] });
      expect(Buffer.from((await h.store.blob(event.id, 'response')) ?? [])).toEqual(Buffer.from(CALL));
    });

    it('lets one of many simultaneous appends at the same version win', async () => {
      const event = await open();
      const outcomes = await Promise.all(
        Array.from({ length: 20 }, (_, i) => h.store.append(event.id, 1, [{ type: 'seen', at: event.at, by: `${i}` }])),
      );
      expect(outcomes.filter((one) => one.outcome === 'appended')).toHaveLength(1);
      expect(outcomes.filter((one) => one.outcome === 'conflict')).toHaveLength(19);
      expect(await h.store.events(event.id)).toHaveLength(2);
    });

    it('lets exactly one of approve, deny and expire win, and the record says the same', async () => {
      const other = h.subject.another ? await h.subject.another() : h.store;
      for (let round = 0; round < 6; round += 1) {
        const event = await open({ digest: `race ${round}` });
        const rivals: ApprovalEvent[] = [
          vote(event, event.at, ANN, 'approve'),
          vote(event, event.at, BOB, 'deny'),
          { type: 'expired', at: event.expiresAt },
        ];
        const rotated = [...rivals.slice(round % 3), ...rivals.slice(0, round % 3)];
        const outcomes = await Promise.all(
          rotated.map((rival, i) => (i % 2 ? other : h.store).append(event.id, 1, [rival])),
        );
        expect(outcomes.filter((one) => one.outcome === 'appended')).toHaveLength(1);
        const winner = outcomes.findIndex((one) => one.outcome === 'appended');
        expect((await h.store.events(event.id)).slice(1)).toEqual([rotated[winner]]);
      }
      if (other !== h.store) await other.close();
    });

    it('lets one of two claimers win, and only its token may intend, once', async () => {
      const event = await reach('approved');
      const { at } = event;
      const claims = await Promise.all(['r1', 'r2'].map((r) => h.store.append(event.id, 2, [claim(event, at, r)])));
      expect(claims.map((one) => one.outcome).toSorted()).toEqual(['appended', 'conflict']);
      const [winner, loser] = claims[0]?.outcome === 'appended' ? (['r1', 'r2'] as const) : (['r2', 'r1'] as const);
      expect(await h.store.append(event.id, 3, [intent(event, at, loser)])).toMatchObject({
        outcome: 'refused',
        refusal: 'token-mismatch',
      });
      const intents = await Promise.all([0, 1].map(() => h.store.append(event.id, 3, [intent(event, at, winner)])));
      expect(intents.map((one) => one.outcome).toSorted()).toEqual(['appended', 'conflict']);
      expect(await h.store.append(event.id, 4, [intent(event, at, winner)])).toMatchObject({
        outcome: 'refused',
        refusal: 'already-intended',
      });
    });

    it.each(['denied', 'cancelled', 'expired', 'void', 'not_sent'] as const)(
      'never takes an intent after %s',
      async (status) => {
        const event = await reach(status);
        const version = (await h.store.load(event.id))?.version ?? 0;
        const outcome = await h.store.append(event.id, version, [intent(event, event.at, 'r1')]);
        expect(outcome.outcome).toBe('refused');
      },
    );
  });

  describe('load and events', () => {
    it('know nothing of an unknown id', async () => {
      expect(await h.store.load(freshId())).toBeUndefined();
      expect(await h.store.events(freshId())).toEqual([]);
    });

    it('give back every character of what was written', async () => {
      const odd = 'line\n"quote" \u0000 \u2028 \u{1f512} ü';
      const event = await open({ summary: odd, justification: odd });
      expect((await h.store.load(event.id))?.opened).toEqual(event);
    });
  });
}
