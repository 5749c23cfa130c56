// The access keys that were issued to agents, as the request path sees them. INVARIANT: a key is used only on the strength of what the
// store said within the last half second; where it says nothing, no key is good.
import { agentKeyContext, agentKeySecret, dataKeyOf, isAgentKeyId } from '../../core/agent-key.ts';
import type { AgentKeyStore } from '../../ports/agent-keys.ts';
import type { Clock } from '../../ports/clock.ts';
import type { SecretSource } from '../../ports/secret-source.ts';
import { rememberedKeys } from '../sigv4/remembered-keys.ts';
import { type Scope, signingKey } from '../sigv4/signature.ts';

/** ms for which a replica goes by what the store said: a revoked key is refused everywhere after this. */
export const KEY_MEMORY = 500;
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
    const asked = clock.monotonic();
    try {
      const record = await store.find(id);
      if (!record) return { state: 'unknown' };
      if (record.revoked !== undefined) return { state: 'revoked' };
      const { agent } = record;
      const key =
        before?.state === 'good' && before.agent === agent
          ? before
          : goodKey(agent, agentKeySecret(secrets.derive(dataKeyOf(id), agentKeyContext(id, agent))));
      remember(id, { key, asked });
      return key;
    } catch (error) {
      onTrouble(error);
      return { state: 'unavailable' };
    } finally {
      asking.delete(id);
    }
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
