// One measurement of one address: wrk where it is installed, else a node client with kept connections.
import { type Core, has, output } from './processes.ts';

export interface Load {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly connections: number;
  readonly seconds: number;
  /** Default: `load`. */
  readonly core?: Core;
}

export interface Measured {
  /** Per second. */
  readonly requests: number;
  /** µs. */
  readonly p50: number;
  readonly p99: number;
}

export const generator: 'wrk' | 'node' = has('wrk') ? 'wrk' : 'node';

const UNITS: Readonly<Record<string, number>> = { us: 1, ms: 1e3, s: 1e6, m: 6e7 };

function fromWrk(text: string): Measured {
  const number = (pattern: RegExp): number => {
    const match = pattern.exec(text);
    if (match === null) throw new Error(`wrk said something unexpected:\n${text}`);
    return Number(match[1]) * (UNITS[match[2] ?? 'us'] ?? 1);
  };
  if (/Non-2xx|Socket errors/.test(text)) throw new Error(`not every call succeeded:\n${text}`);
  return {
    requests: number(/Requests\/sec:\s+([\d.]+)/),
    p50: number(/\s50%\s+([\d.]+)(us|ms|s|m)/),
    p99: number(/\s99%\s+([\d.]+)(us|ms|s|m)/),
  };
}

export async function measure({ url, headers, connections, seconds, core = 'load' }: Load): Promise<Measured> {
  if (generator === 'wrk') {
    const flags = Object.entries(headers).flatMap(([name, value]) => ['-H', `${name}: ${value}`]);
    return fromWrk(await output(core, ['wrk', '-t1', `-c${connections}`, `-d${seconds}s`, '--latency', ...flags, url]));
  }
  const client = new URL('load-client.ts', import.meta.url).pathname;
  const job = JSON.stringify({ url, headers, connections, seconds });
  return JSON.parse(await output(core, [process.execPath, client, job])) as Measured;
}
