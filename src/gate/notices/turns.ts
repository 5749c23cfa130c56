// One after the other where several would only race each other: what concerns the same thing waits for what came before it.

/** Runs `act` once everything that was asked for `key` before has settled. */
export type Turns = <T>(key: string, act: () => Promise<T>) => Promise<T>;

export function createTurns(): Turns {
  const last = new Map<string, Promise<unknown>>();
  return (key, act) => {
    const turn = (last.get(key) ?? Promise.resolve()).then(act);
    const over = turn.catch(() => undefined);
    last.set(key, over);
    void over.then(() => {
      if (last.get(key) === over) last.delete(key);
    });
    return turn;
  };
}
