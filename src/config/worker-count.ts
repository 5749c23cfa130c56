// How many processes serve, in holdgate.yaml and on the command line.
import { z } from 'zod';

const EXPECTED = 'expected auto, or a whole number from 1 to 256';

export const workerCount: z.ZodType<number | 'auto', number | 'auto'> = z.union([
  z.literal('auto', { error: EXPECTED }),
  z.int().min(1, EXPECTED).max(256, EXPECTED),
]);

/** As on the command line; undefined if it is no such count. */
export function parseWorkerCount(value: string): number | 'auto' | undefined {
  const parsed = workerCount.safeParse(/^[0-9]+$/.test(value) ? Number(value) : value);
  return parsed.success ? parsed.data : undefined;
}
