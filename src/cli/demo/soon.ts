// Waits for what a local service is about to show.

/** ms between looks, and how many there are. */
const PAUSE = 50;
const LOOKS = 400;

/** What `look` finds, as soon as it does. Rejects after 20 s. */
export async function soon<T>(look: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (let looks = 0; looks < LOOKS; looks++) {
    const found = await look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, PAUSE));
  }
  throw new Error('nothing of it is shown');
}
