// What a Redis must be to hold approvals: whatever may forget them by itself is refused, at start and while it runs.
// Source: INFO and CONFIG of the Redis documentation (redis.io/docs/latest/commands/info).
import type { RedisSettings } from '../../core/redis-settings.ts';

/** Least version, and what for: scripts replicated by effect, ACLs, and `PEXPIRE` inside them since long before. */
const LEAST_VERSION = [6, 2] as const;

/** The members of `INFO` as a map. */
function parseInfo(text: string): ReadonlyMap<string, string> {
  const lines = text.split(/\r?\n/).filter((line) => line.includes(':'));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 1)]));
}

function tooOld(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major < LEAST_VERSION[0] || (major === LEAST_VERSION[0] && minor < LEAST_VERSION[1]);
}

/** What is wrong with a server, each with the way to mend it; empty if it may hold approvals. `info` is its whole `INFO`. */
export function unsafeBecause(
  info: string,
  { kind, ackReplicas }: Pick<RedisSettings, 'kind' | 'ackReplicas'>,
): readonly string[] {
  const facts = parseInfo(info);
  const fact = (name: string): string => facts.get(name) ?? '';
  const found: string[] = [];
  const version = fact('redis_version');
  if (tooOld(version))
    found.push(`it is version ${version || 'unknown'}, and ${LEAST_VERSION.join('.')} is the least: upgrade it`);
  if (kind !== 'cluster' && fact('cluster_enabled') === '1')
    found.push('it is a node of a cluster, which may move our keys: set `store.cluster: true`');
  if (fact('role') !== 'master') found.push('it is a replica: `store` has to lead to the primary');
  const policy = fact('maxmemory_policy');
  if (policy !== 'noeviction') {
    found.push(
      `maxmemory-policy is "${policy || 'unknown'}", so that it may forget approvals: set "maxmemory-policy noeviction"`,
    );
  }
  if (fact('aof_enabled') !== '1') found.push('it does not persist every write: set "appendonly yes"');
  else if (fact('aof_last_write_status') === 'err')
    found.push('its last write to the append-only file failed: look at its disk');
  if (Number(fact('connected_slaves')) < ackReplicas) {
    found.push(
      `${fact('connected_slaves') || '0'} replicas are connected, and store.ack_replicas asks for ${ackReplicas}: connect them, or ask for fewer`,
    );
  }
  return found;
}
