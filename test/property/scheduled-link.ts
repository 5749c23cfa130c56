// The connections of the Redis store under a scheduler: each command is sent, and each answer arrives, when it says so, and so do the
// notifications, which come on a connection of their own. What the network does by chance happens here on purpose, and again; answers
// overtake each other even where one connection would keep them in order.
import type fc from 'fast-check';
import type * as ClientModule from '../../src/stores/redis/client.ts';
import type * as LinkModule from '../../src/stores/redis/link.ts';

type Clients = typeof ClientModule;
type Links = typeof LinkModule;
type Link = Awaited<ReturnType<Links['openLink']>>;
type Client = ReturnType<Clients['createClient']>;

/** Undefined while nobody schedules: everything goes its way at once. */
let scheduler: fc.Scheduler | undefined;
/** Readers of the stream that wait for something to be written. */
let waiting: (() => void)[] = [];
/** Scripts that have run. */
let writes = 0;

export function schedule(by: fc.Scheduler | undefined): void {
  scheduler = by;
}

let wrapping = false;

/** Stores that are opened in here are scheduled ones. */
export async function scheduledStores<T>(open: () => Promise<T>): Promise<T> {
  wrapping = true;
  try {
    return await open();
  } finally {
    wrapping = false;
  }
}

function written(): void {
  writes++;
  const readers = waiting;
  waiting = [];
  for (const wake of readers) wake();
}

async function step<T>(label: string, work: () => Promise<T>): Promise<T> {
  if (!scheduler) return work();
  const { promise, resolve, reject } = Promise.withResolvers<T>();
  scheduler.scheduleSequence([{ label, builder: () => work().then(resolve, reject) }]);
  try {
    return await promise;
  } finally {
    await scheduler?.schedule(Promise.resolve(), `answer to ${label}`);
  }
}

function scheduledLink(link: Link): Link {
  return {
    ...link,
    call: (command, ...parameters) => step(command, () => link.call(command, ...parameters)),
    bytes: (command, ...parameters) => step(command, () => link.bytes(command, ...parameters)),
    async run(...input) {
      try {
        return await step('script', () => link.run(...input));
      } finally {
        written();
      }
    },
  };
}

/** Where the store would wait at the server, it waits here: nothing of the server's timing is left. */
function scheduledReader(client: Client): Client {
  async function call(command: string, ...parameters: (string | number)[]): Promise<unknown> {
    if (command !== 'XREAD') return client.call(command, ...parameters);
    const at = parameters.indexOf('BLOCK');
    const plain = parameters.filter((_, n) => n !== at && n !== at + 1);
    for (;;) {
      const before = writes;
      const answer = await step('XREAD', () => client.call(command, ...plain));
      if (answer !== null) return answer;
      if (writes === before) await new Promise<void>((resolve) => waiting.push(resolve));
    }
  }
  return new Proxy(client, {
    get(target, key) {
      if (key === 'call') return call;
      const member: unknown = Reflect.get(target, key, target);
      return typeof member === 'function' ? (member.bind(target) as unknown) : member;
    },
  });
}

/** Stands for src/stores/redis/client.ts. */
export function scheduledClients(real: Clients): Clients {
  return { ...real, createClient: (...input) => scheduledReader(real.createClient(...input)) };
}

/** Stands for src/stores/redis/link.ts. */
export function scheduledLinks(real: Links): Links {
  return {
    ...real,
    async openLink(...input) {
      const link = await real.openLink(...input);
      return wrapping ? scheduledLink(link) : link;
    },
  };
}
