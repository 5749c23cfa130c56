// A Redis cluster of primaries that share the slots.
import { BUS_OFFSET } from './server-port.ts';
import { type RedisServer, startRedis } from './redis-server.ts';

export interface RedisCluster {
  readonly nodes: readonly RedisServer[];
  stop(): Promise<void>;
}

const SLOTS = 16_384;
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 10));

/** Takes two seconds: that long a node that starts refuses to believe that its cluster is whole. */
export async function startCluster(size = 3): Promise<RedisCluster> {
  const config = { 'cluster-enabled': 'yes', 'cluster-config-file': 'nodes.conf', 'cluster-node-timeout': '2000' };
  const nodes = await Promise.all(Array.from({ length: size }, () => startRedis({ config })));
  const stop = async (): Promise<void> => void (await Promise.all(nodes.map((node) => node.stop())));
  try {
    for (const [index, node] of nodes.entries()) {
      const [first, beyond] = [index, index + 1].map((each) => Math.floor((each * SLOTS) / size));
      await node.command('CLUSTER', 'ADDSLOTSRANGE', first ?? 0, (beyond ?? 0) - 1);
      await node.command('CLUSTER', 'SET-CONFIG-EPOCH', index + 1);
    }
    for (const { port } of nodes.slice(1))
      await nodes[0]?.command('CLUSTER', 'MEET', '127.0.0.1', port, port + BUS_OFFSET);
    const whole = async (node: RedisServer): Promise<boolean> => {
      const info = String(await node.command('CLUSTER', 'INFO'));
      return info.includes('cluster_state:ok') && info.includes(`cluster_known_nodes:${size}`);
    };
    for (const node of nodes) while (!(await whole(node))) await pause();
    return { nodes, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}
