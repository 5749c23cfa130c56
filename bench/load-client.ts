// The load generator for machines without wrk: kept connections, one call at a time on each. Prints Measured as JSON.
import { Agent, get } from 'node:http';
import type { Load, Measured } from './load.ts';

const { url, headers, connections, seconds } = JSON.parse(process.argv[2] ?? '') as Load;
const agent = new Agent({ keepAlive: true, maxSockets: connections });
const latencies: number[] = [];
const end = performance.now() + seconds * 1000;

function call(): Promise<void> {
  return new Promise((resolve, reject) => {
    const began = performance.now();
    get(url, { agent, headers }, (response) => {
      if (response.statusCode !== 200) reject(new Error(`${url} answered ${response.statusCode}`));
      response.resume().once('end', () => {
        latencies.push((performance.now() - began) * 1000);
        resolve();
      });
    }).once('error', reject);
  });
}

async function caller(): Promise<void> {
  while (performance.now() < end) await call();
}

await Promise.all(Array.from({ length: connections }, caller));
agent.destroy();
latencies.sort((a, b) => a - b);
const at = (share: number): number => latencies[Math.floor(latencies.length * share)] ?? 0;
const measured: Measured = { requests: latencies.length / seconds, p50: at(0.5), p99: at(0.99) };
process.stdout.write(`${JSON.stringify(measured)}\n`);
