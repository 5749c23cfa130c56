// What providers said, remembered: the later word wins, over replicas and restarts, and every word ends.
import { beforeEach, describe, expect, it } from 'vitest';
import type { SignInIssuer } from '../../src/core/sign-in-settings.ts';
import { createRememberedGroups, type RememberedGroups } from '../../src/people/remembered-groups.ts';
import { StoreUnavailable } from '../../src/ports/approval-store.ts';
import type { SharedRecords } from '../../src/ports/shared-records.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { createMemoryRecords, type RecordsDisk } from '../stores/memory-records.ts';
import { IDP, idp } from './issuer-settings.ts';

const ANN = 'ann@example.com';
const HOUR = 3_600_000;

describe('remembered groups', () => {
  let clock: ManualClock;
  let disk: RecordsDisk;
  let troubles: unknown[];
  let puts: number;
  let records: SharedRecords;
  let isAway: boolean;

  const replica = (more: Partial<SignInIssuer> = {}, others: readonly SignInIssuer[] = []): RememberedGroups =>
    createRememberedGroups({
      records: {
        get: (...input) => (isAway ? Promise.reject(new StoreUnavailable('away')) : records.get(...input)),
        list: (...input) => (isAway ? Promise.reject(new StoreUnavailable('away')) : records.list(...input)),
        put(...input) {
          puts++;
          return records.put(...input);
        },
      },
      issuers: [idp(more), ...others],
      clock,
      onTrouble: (error) => troubles.push(error),
    });
  const say = (to: RememberedGroups, groups: readonly string[], ago = 0, issuer = IDP): Promise<void> =>
    to.remember({ issuer, email: ANN, groups, at: clock.now() - ago });

  beforeEach(() => {
    clock = createManualClock();
    disk = new Map();
    records = createMemoryRecords(clock, disk);
    troubles = [];
    puts = 0;
    isAway = false;
  });

  it('are known at once where they were said, and elsewhere within seconds, or when it matters', async () => {
    const [a, b] = [replica(), replica()];
    await say(a, ['idp-platform']);
    expect([a.of(ANN), b.of(ANN)]).toEqual([['platform', 'oncallers'], []]);
    expect((await b.confirm(ANN, [])).groups).toEqual(['platform', 'oncallers']);
    const c = replica();
    clock.advance(15_000);
    await new Promise((resolve) => setImmediate(resolve));
    expect(c.of(ANN)).toEqual(['platform', 'oncallers']);
    expect(b.of('bob@example.com')).toEqual([]);
  });

  it('outlive a restart, and end in time, whoever was told', async () => {
    await say(replica(), ['idp-security'], HOUR);
    const after = replica();
    await after.refresh();
    clock.advance(11 * HOUR - 1);
    expect(after.of(ANN)).toEqual(['security']);
    clock.advance(1);
    expect(after.of(ANN)).toEqual([]);
    expect(await records.list('idp')).toEqual([]);
  });

  it('are what was said last, whatever comes last', async () => {
    const [a, b] = [replica(), replica()];
    await say(a, ['idp-security'], 1000);
    await say(b, [], 500);
    await say(a, ['idp-security'], 1000);
    await say(a, ['idp-security'], 700);
    for (const each of [a, b]) {
      await each.refresh();
      expect(each.of(ANN)).toEqual([]);
    }
  });

  it('are only what both say, of two words of one second', async () => {
    const a = replica();
    await say(a, ['idp-platform', 'idp-security'], 1000);
    await say(a, ['idp-security'], 1000);
    expect(a.of(ANN)).toEqual(['security']);
    await say(a, ['idp-platform', 'idp-security'], 1000);
    expect(a.of(ANN)).toEqual(['security']);
  });

  it('cost a write for each new word, not for each request', async () => {
    const a = replica();
    const at = clock.now();
    for (let i = 0; i < 5; i++) await a.remember({ issuer: IDP, email: ANN, groups: ['idp-security'], at });
    expect(puts).toBe(1);
  });

  it('survive two sign-ins at once', async () => {
    const [a, b] = [replica(), replica()];
    await Promise.all([say(a, ['idp-security'], 2000), say(b, ['idp-platform'], 1000)]);
    for (const each of [a, b]) {
      await each.confirm(ANN, []);
      expect(each.of(ANN)).toEqual(['platform', 'oncallers']);
    }
  });

  it('follow the configuration: what is no longer mapped, or of no issuer any more, is nothing', async () => {
    await say(replica(), ['idp-security', 'idp-platform']);
    const narrowed = replica({ groups: { 'idp-security': ['security'] } });
    await narrowed.refresh();
    expect(narrowed.of(ANN)).toEqual(['security']);
    const other = replica({ issuer: 'https://other.example.com' });
    await other.refresh();
    expect(other.of(ANN)).toEqual([]);
    const brief = replica({ remember: HOUR });
    await brief.refresh();
    clock.advance(HOUR);
    expect(brief.of(ANN)).toEqual([]);
  });

  it('add up over providers, and one cannot take back what another said', async () => {
    const second = idp({ issuer: 'https://two.example.com' });
    const a = replica({}, [second]);
    await say(a, ['idp-security'], 1000);
    await say(a, ['idp-platform'], 900, second.issuer);
    await say(a, [], 800, second.issuer);
    expect(a.of(ANN)).toEqual(['security']);
  });

  it('admit people only by a provider that may', async () => {
    const a = replica();
    await say(a, ['idp-security']);
    expect(a.admits(ANN)).toBe(false);
    const b = replica({ provision: true });
    await b.refresh();
    expect(b.admits(ANN)).toBe(true);
    await say(b, [], -1000);
    expect(b.admits(ANN)).toBe(false);
  });

  it('stay as they were while the store is away, which is told', async () => {
    const a = replica();
    await say(a, ['idp-security']);
    isAway = true;
    expect(await a.confirm(ANN, ['security'])).toEqual({
      groups: ['security'],
      unsure: [expect.stringMatching(/cannot be read now/)],
    });
    await a.refresh();
    expect(troubles).toHaveLength(2);
    clock.advance(12 * HOUR);
    expect(a.of(ANN)).toEqual([]);
  });

  it('are not waited for longer than two seconds', async () => {
    const a = replica();
    records = { ...records, get: () => new Promise(() => undefined) };
    const answer = a.confirm(ANN, []);
    clock.advance(2_000);
    expect(await answer).toEqual({ groups: [], unsure: [expect.stringMatching(/cannot be read now/)] });
  });

  it('are not kept where they are over already', async () => {
    await say(replica(), ['idp-security'], 13 * HOUR);
    expect(puts).toBe(0);
  });
});
