// Something that is opened when it is first asked for: a gate that does not need it has no connection for it.
import { StoreUnavailable } from './ports/approval-store.ts';

export interface Lazily<T> {
  /** Opens it, once; whoever asks after a failure tries again. Rejects as `open` does, and once it is closed. */
  get(): Promise<T>;
  /** Never rejects. */
  close(): Promise<void>;
}

/** `what`: for messages. */
export function lazily<T extends { close(): unknown }>(what: string, open: () => Promise<T> | T): Lazily<T> {
  let opening: Promise<T> | undefined;
  let closed = false;
  const gone = (): StoreUnavailable => new StoreUnavailable(`${what} are closed`);

  const attempt = async (): Promise<T> => {
    const opened = await open();
    if (!closed) return opened;
    await opened.close();
    throw gone();
  };
  return {
    get() {
      if (closed) return Promise.reject(gone());
      if (!opening) {
        const now = attempt();
        opening = now;
        now.catch(() => {
          if (opening === now) opening = undefined;
        });
      }
      return opening;
    },
    async close() {
      closed = true;
      await opening?.then(
        (opened) => opened.close(),
        () => undefined,
      );
    },
  };
}
