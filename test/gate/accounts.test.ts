// Accounts of channels: linked by whoever holds both sides, once, and undone by the same person.
import { beforeEach, describe, expect, it } from 'vitest';
import type { Person } from '../../src/core/principal.ts';
import { type AccountLinks, createAccounts } from '../../src/gate/accounts.ts';
import { createManualClock, type ManualClock } from '../ports/manual-clock.ts';
import { createMemoryRecords } from '../stores/memory-records.ts';

const ann: Person = { email: 'ann@example.com', groups: ['security'] };
const bob: Person = { email: 'bob@example.com', groups: [] };
const account = { channel: 'slack', realm: 'T1', id: 'U1' };

let clock: ManualClock;
let accounts: AccountLinks;
let people: Map<string, Person>;

function create(byEmail: readonly string[] = [], numbers?: readonly number[]): AccountLinks {
  let codes = 0;
  return createAccounts({
    records: createMemoryRecords(clock),
    people: { person: (id) => people.get(id) },
    byEmail: new Set(byEmail),
    newCode: () => `CODE${String(numbers?.[codes++] ?? ++codes).padStart(16, '0')}`,
  });
}

beforeEach(() => {
  clock = createManualClock();
  people = new Map([ann, bob].map((each) => [each.email, each]));
  accounts = create();
});

describe('an account', () => {
  it('belongs to nobody before it is linked, and then to whoever gave the code back', async () => {
    expect(await accounts.person(account, 'ann@example.com')).toBeUndefined();
    const code = await accounts.begin(account);
    expect(await accounts.link(ann, code)).toEqual({ outcome: 'linked', account });
    expect(await accounts.person(account, undefined)).toBe(ann);
    expect(await accounts.person({ ...account, realm: 'T2' }, undefined)).toBeUndefined();
    expect(await accounts.person({ ...account, channel: 'teams' }, undefined)).toBeUndefined();
  });

  it('is linked by a code once, and not by an old one, a guess or nonsense', async () => {
    const code = await accounts.begin(account);
    await accounts.link(ann, code);
    expect(await accounts.link(ann, code)).toEqual({ outcome: 'unknown' });
    const late = await accounts.begin({ ...account, id: 'U2' });
    clock.advance(600_000);
    expect(await accounts.link(ann, late)).toEqual({ outcome: 'unknown' });
    for (const guess of ['', 'CODE', 'CODE0000000000009999', '../etc', 'x'.repeat(1000)])
      expect(await accounts.link(ann, guess)).toEqual({ outcome: 'unknown' });
  });

  it('is never given a code that another one was given', async () => {
    accounts = create([], [1, 1, 1, 2]);
    const other = { ...account, id: 'U2' };
    const first = await accounts.begin(other);
    const second = await accounts.begin(account);
    expect(second).not.toBe(first);
    expect(await accounts.link(bob, first)).toEqual({ outcome: 'linked', account: other });
    expect(await accounts.link(ann, second)).toEqual({ outcome: 'linked', account });
  });

  it('gets no code at all where every new one was given before', async () => {
    accounts = create([], [1, 1, 1, 1, 1]);
    await accounts.begin({ ...account, id: 'U2' });
    await expect(accounts.begin(account)).rejects.toThrow(/in a row were taken/);
  });

  it('of one person is not taken over by another one', async () => {
    await accounts.link(ann, await accounts.begin(account));
    expect(await accounts.link(bob, await accounts.begin(account))).toEqual({ outcome: 'taken' });
    expect(await accounts.person(account, 'bob@example.com')).toBe(ann);
    expect(await accounts.link(ann, await accounts.begin(account))).toMatchObject({ outcome: 'linked' });
  });

  it('is nobody’s once its person has left the directory, whatever its e-mail address says', async () => {
    accounts = create(['slack']);
    await accounts.link(ann, await accounts.begin(account));
    people.delete('ann@example.com');
    expect(await accounts.person(account, 'bob@example.com')).toBeUndefined();
  });

  it('is known by a verified e-mail address where the configuration says so', async () => {
    accounts = create(['slack']);
    expect(await accounts.person(account, 'Ann@Example.com')).toBe(ann);
    expect(await accounts.person(account, undefined)).toBeUndefined();
    expect(await accounts.person({ ...account, channel: 'teams' }, 'ann@example.com')).toBeUndefined();
  });

  it('can be let go by its person', async () => {
    await accounts.link(ann, await accounts.begin(account));
    expect(await accounts.unlink(bob)).toEqual([]);
    expect(await accounts.unlink(ann)).toEqual([account]);
    expect(await accounts.person(account, undefined)).toBeUndefined();
  });
});
