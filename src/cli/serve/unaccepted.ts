// node:cluster forgets a connection that was on its way to a worker which died: it stays open in the primary and its client waits
// for ever. INVARIANT: whatever a worker was handed and did not acknowledge is closed with that worker; the client tries again.
import type { ChildProcess } from 'node:child_process';

interface Closable {
  close(): void;
}

/** What node:cluster sends and gets beside our own messages (lib/internal/cluster/utils.js). */
interface ClusterMessage {
  readonly cmd?: unknown;
  readonly seq?: unknown;
  readonly ack?: unknown;
}

/** To be called right after the fork. Closes at the end of the process what it never took over. */
export function closeUnaccepted(child: ChildProcess): void {
  const underWay = new Map<unknown, Closable>();
  const send = child.send.bind(child) as (...args: unknown[]) => boolean;
  const watched = (message: ClusterMessage, handle: unknown, ...rest: unknown[]): boolean => {
    if (message.cmd === 'NODE_CLUSTER' && isClosable(handle)) underWay.set(message.seq, handle);
    return send(message, handle, ...rest);
  };
  Object.assign(child, { send: watched });
  // Taken over, or given back to be handed to another worker.
  child.on('internalMessage', (message: ClusterMessage) => {
    if (message.cmd === 'NODE_CLUSTER') underWay.delete(message.ack);
  });
  child.once('exit', () => {
    for (const handle of underWay.values()) handle.close();
    underWay.clear();
  });
}

function isClosable(handle: unknown): handle is Closable {
  return typeof handle === 'object' && handle !== null && 'close' in handle && typeof handle.close === 'function';
}
