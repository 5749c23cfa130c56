// Whether the addresses to listen on are free and, where the system tells, who has them.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import net from 'node:net';
import type { Address } from '../../config/types.ts';
import { type Check, fail, ok } from './check.ts';

/** Binds the address for a moment. */
export async function checkPort(which: 'proxy' | 'console', { host, port }: Address): Promise<Check> {
  const name = `port ${which}`;
  const where = `${host} port ${port}`;
  const code = await bindFailure(host, port);
  switch (code) {
    case undefined:
      return ok(name, `${where} is free`);
    case 'EADDRINUSE': {
      const owner = ownerOf(port);
      const by = owner === undefined ? '' : ` by ${owner}`;
      return fail(
        name,
        `${where} is in use${by}`,
        `stop what uses it, or change listen.${which} (fine if that is this gate, running)`,
      );
    }
    case 'EACCES':
      return fail(
        name,
        `${where} may not be used by this user`,
        'take a port from 1024 on, or grant CAP_NET_BIND_SERVICE',
      );
    default:
      return fail(name, `${where} cannot be used (${code})`, `change listen.${which} to an address of this machine`);
  }
}

function bindFailure(host: string, port: number): Promise<string | undefined> {
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const server = net.createServer();
  server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
  server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(undefined)));
  return promise;
}

/** `node (pid 123)` where Linux lets us see it: the listening socket's inode, then whose descriptor that is (proc(5)). */
function ownerOf(port: number): string | undefined {
  const inodes = new Set(['/proc/net/tcp', '/proc/net/tcp6'].flatMap((file) => listenersIn(file, port)));
  if (inodes.size === 0) return undefined;
  for (const pid of list('/proc').filter((name) => /^\d+$/.test(name))) {
    const holds = list(`/proc/${pid}/fd`).some((fd) =>
      inodes.has(attempt(() => readlinkSync(`/proc/${pid}/fd/${fd}`)) ?? ''),
    );
    if (holds) return `${attempt(() => readFileSync(`/proc/${pid}/comm`, 'utf8').trim()) ?? 'a process'} (pid ${pid})`;
  }
  return undefined;
}

function listenersIn(file: string, port: number): string[] {
  const hex = port.toString(16).toUpperCase().padStart(4, '0');
  const lines = attempt(() => readFileSync(file, 'utf8'))?.split('\n') ?? [];
  return lines.flatMap((line) => {
    const [, local = '', , state, , , , , , inode] = line.trim().split(/\s+/);
    return local.endsWith(`:${hex}`) && state === '0A' && inode !== undefined ? [`socket:[${inode}]`] : [];
  });
}

function list(folder: string): string[] {
  return attempt(() => readdirSync(folder)) ?? [];
}

/** Other users' processes are not ours to read: then there is no answer. */
function attempt<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
