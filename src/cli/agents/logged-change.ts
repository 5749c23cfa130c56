// Issuing and revoking access keys with the audit log in hand. INVARIANT: no key is issued that the log does not know, and none stays good
// because the log cannot be written.
import type { AuditEntry } from '../../ports/audit-log.ts';
import type { AgentKeyRecord } from '../../ports/agent-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { CommandLog } from './command-log.ts';
import type { KeyPlace } from './key-place.ts';
import type { Operator } from './operator.ts';

export interface ChangeOptions {
  readonly place: KeyPlace;
  readonly clock: Pick<Clock, 'now'>;
  readonly by: Operator;
  readonly warn: (message: string) => void;
}

type Phase = 'issued' | 'not-issued' | 'revoked';

/** Who, which key of which agent, when; never the secret. */
function entry(
  { place, clock, by }: ChangeOptions,
  phase: Phase,
  key: Pick<AgentKeyRecord, 'id' | 'agent'>,
  more: object,
): AuditEntry {
  const owner = place.config.agents.find(({ id }) => id === key.agent)?.owner;
  const agent = { id: key.agent, ...(owner !== undefined && { owner }) };
  return { at: clock.now(), type: `agent-key:aws:${phase}`, actor: by, agent, key: key.id, ...more };
}

async function withLog(options: ChangeOptions, work: (log: CommandLog) => Promise<void>): Promise<void> {
  const log = await options.place.log(options.warn);
  try {
    await work(log);
  } finally {
    // What was written is on disk; only its checkpoint may be missing, and the next command makes up for that.
    await log.close().catch(() => undefined);
  }
}

/** An issue that the log could not take: nothing was done. */
export class NotLogged extends Error {
  override readonly name = 'NotLogged';
}

/** The entry is on disk before the key is good. Rejects with NotLogged, or with StoreUnavailable; then no key was issued. */
export async function issueLogged(options: ChangeOptions, key: Pick<AgentKeyRecord, 'id' | 'agent'>): Promise<void> {
  let logged = false;
  try {
    await withLog(options, async (log) => {
      await log.write(entry(options, 'issued', key, {}));
      logged = true;
      try {
        await options.place.store.add({ ...key, created: options.clock.now() });
      } catch (error) {
        await log.write(entry(options, 'not-issued', key, { why: (error as Error).message })).catch(() => undefined);
        throw error;
      }
    });
  } catch (error) {
    if (logged) throw error;
    throw new NotLogged((error as Error).message, { cause: error });
  }
}

export type Revoked =
  | { readonly outcome: 'unknown' }
  /** `unlogged`: why the audit log has no entry of it. */
  | { readonly outcome: 'revoked'; readonly record: AgentKeyRecord; readonly unlogged: string | undefined };

/** Takes the key back first: that must not wait for a log. Rejects with StoreUnavailable. */
export async function revokeLogged(options: ChangeOptions, id: string): Promise<Revoked> {
  const { store } = options.place;
  const before = await store.find(id);
  const record = before && (await store.revoke(id, options.clock.now()));
  if (!record) return { outcome: 'unknown' };
  const { revoked: since } = before;
  const again = since === undefined ? {} : { since };
  try {
    await withLog(options, (log) => log.write(entry(options, 'revoked', record, again)));
    return { outcome: 'revoked', record, unlogged: undefined };
  } catch (error) {
    return { outcome: 'revoked', record, unlogged: (error as Error).message };
  }
}
