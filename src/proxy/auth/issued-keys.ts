// The access keys that were issued to agents, as the request path sees them. INVARIANT: a key is used only on the strength of what the
// store said within the last half second; where it says nothing, no key is good.
import { agentKeyContext, agentKeySecret, dataKeyOf, isAgentKeyId } from '../../core/agent-key.ts';
import type { AgentKeyRecord, AgentKeyStore } from '../../ports/agent-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { rememberedKeys } from '../sigv4/remembered-keys.ts';
import { type Scope, signingKey } from '../sigv4/signature.ts';

/** ms for which a replica goes by what the store said: a revoked key is refused everywhere after this. */
export const KEY_MEMORY = 500;
/** Times that the store is asked before it counts as away. */
const TRIES = 3;
/** Keys that are remembered. */
const MAX_KEYS = 1024;

export type IssuedKey =
  | { readonly state: 'good'; readonly agent: string; readonly signingKey: (scope: Scope) => Uint8Array }
  /** `unavailable`: nobody can say now. */
  | { readonly state: 'unknown' | 'revoked' | 'unavailable' };

export interface IssuedKeys {
  /** Never rejects. */
  find(id: string): IssuedKey | Promise<IssuedKey>;
}

export interface IssuedKeysDeps {
  readonly store: Pick<AgentKeyStore, 'find'>;
  readonly secrets: Pick<SecretSource, 'derive'>;
  readonly clock: Pick<Clock, 'monotonic'>;
  /** Hears why the store or a data key could not be asked. */
  readonly onTrouble: (error: unknown) => void;
}

interface Known {
  readonly key: IssuedKey;
  /** When the store was asked, monotonic ms. */
  readonly asked: number;
}

export function createIssuedKeys({ store, secrets, clock, onTrouble }: IssuedKeysDeps): IssuedKeys {
  const known = new Map<string, Known>();
  const asking = new Map<string, Promise<IssuedKey>>();

  async function ask(id: string, before: IssuedKey | undefined): Promise<IssuedKey> {
    try {
      // What comes too late may have been said before a revocation that its command has already reported as felt everywhere.
      for (let left = TRIES; left > 0; left--) {
        const asked = clock.monotonic();
        const key = keyOf(id, await store.find(id), before);
        if (clock.monotonic() - asked >= KEY_MEMORY) continue;
        if (key.state === 'good') remember(id, { key, asked });
        return key;
      }
      throw new Error(`the store takes longer than ${KEY_MEMORY} ms to find an access key`);
    } catch (error) {
      onTrouble(error);
      return { state: 'unavailable' };
    } finally {
      asking.delete(id);
    }
  }

  function keyOf(id: string, record: AgentKeyRecord | undefined, before: IssuedKey | undefined): IssuedKey {
    if (!record) return { state: 'unknown' };
    if (record.revoked !== undefined) return { state: 'revoked' };
    const { agent } = record;
    if (before?.state === 'good' && before.agent === agent) return before;
    return goodKey(agent, agentKeySecret(secrets.derive(dataKeyOf(id), agentKeyContext(id, agent))));
  }

  function remember(id: string, entry: Known): void {
    known.delete(id);
    known.set(id, entry);
    if (known.size <= MAX_KEYS) return;
    for (const oldest of known.keys()) {
      known.delete(oldest);
      break;
    }
  }

  return {
    find(id) {
      if (!isAgentKeyId(id)) return { state: 'unknown' };
      const entry = known.get(id);
      if (entry && clock.monotonic() - entry.asked < KEY_MEMORY) return entry.key;
      known.delete(id);
      const running = asking.get(id);
      if (running) return running;
      const answer = ask(id, entry?.key);
      asking.set(id, answer);
      return answer;
    },
  };
}

function goodKey(agent: string, secret: string): IssuedKey {
  return { state: 'good', agent, signingKey: rememberedKeys((scope) => signingKey(secret, scope)) };
}
