// The agent that everybody has: curl that retries by itself.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from '../e2e/real-clients.ts';
import { AGENT } from '../e2e/running-gate.ts';

export interface CurlResult {
  /** Exit code: 0 also for an error status that it did not retry. */
  readonly code: number | null;
  /** Of the last attempt. */
  readonly status: number;
  readonly headers: ReadonlyMap<string, string>;
  readonly body: string;
  /** Attempts after the first. */
  readonly retries: number;
}

/** POSTs once, and again up to five times for as long as curl thinks that it may help. */
export async function curlRetry(url: string, body = 'a=1'): Promise<CurlResult> {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-curl-'));
  const [at, dump] = [join(folder, 'body'), join(folder, 'head')];
  const retrying = ['--retry', '5', '--retry-all-errors', '--retry-delay', '1', '--max-time', '30'];
  const saving = ['--output', at, '--dump-header', dump, '--write-out', '%{http_code}'];
  const call = ['--header', `Authorization: Bearer ${AGENT}`, '--data', body, url];
  const { code, stdout, stderr } = await run('curl', ['--no-progress-meter', ...retrying, ...saving, ...call]);
  const retries = stderr.split('Will retry').length - 1;
  // The heads of all attempts, one behind the other.
  const [, ...lines] = (
    readFileSync(dump, 'latin1')
      .trim()
      .split(/^(?=HTTP\/1\.1 )/m)
      .at(-1) ?? ''
  ).split(/\r?\n/);
  const fields = lines
    .map((line) => /^([^:]+): ?(.*)$/.exec(line))
    .map((found) => [found?.[1]?.toLowerCase() ?? '', found?.[2] ?? ''] as const);
  const result = { code, status: Number(stdout), headers: new Map(fields), body: readFileSync(at, 'utf8'), retries };
  rmSync(folder, { recursive: true });
  return result;
}
