// `npm run bench`: everything side by side in one run, or some parts of it; prints ratios and rewrites the figures of those parts
// in bench/README.md. Not a test: nothing is asserted but that every call was answered as it should be.
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { arch, availableParallelism, cpus, loadavg, platform, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { approvalsPart } from './approvals.ts';
import { heldPart } from './held-calls.ts';
import { generator } from './load.ts';
import { has, output, pinned } from './processes.ts';
import { rewrite } from './report.ts';
import { roundTripsPart } from './round-trips.ts';
import { routinePart } from './routine.ts';
import { createSetUp, type SetUp } from './set-up.ts';
import { votesPart } from './vote-latency.ts';
import { workersPart } from './workers.ts';

async function policyPart(): Promise<string> {
  const text = await output('proxy', [process.execPath, new URL('policy.ts', import.meta.url).pathname]);
  return `\`\`\`text\n${text.trimEnd()}\n\`\`\``;
}

const PARTS: Readonly<Record<string, (setUp: SetUp) => Promise<string>>> = {
  routine: routinePart,
  workers: workersPart,
  approvals: approvalsPart,
  votes: votesPart,
  'round-trips': roundTripsPart,
  held: heldPart,
  policy: policyPart,
};
/** Several parts by one name. */
const GROUPS: Readonly<Record<string, readonly string[]>> = { replicas: ['approvals', 'votes', 'round-trips'] };

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true, default: [] },
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '3' },
    calls: { type: 'string', default: '10000' },
    votes: { type: 'string', default: '50' },
    profile: { type: 'string' },
  },
});
const asked = new Set(values.only.flatMap((name) => GROUPS[name] ?? [name]));
const unknown = [...asked].filter((name) => !(name in PARTS));
if (unknown.length > 0) {
  const names = [...Object.keys(PARTS), ...Object.keys(GROUPS)].join(', ');
  console.error(`bench: there is no part ${unknown.join(', ')}; --only takes one of ${names}, and may be repeated`);
  process.exit(64);
}
if (!has('nginx')) {
  console.error('bench: nginx is needed, as the upstream and as a peer (apt-get install nginx wrk redis-server)');
  process.exit(69);
}

const loadAtStart = loadavg()[0]?.toFixed(1) ?? 'unknown';

/** On what it ran: each part has its own line, because parts may be measured on their own. */
function conditions(): string {
  const cpu = `${availableParallelism()} × ${cpus()[0]?.model.trim() ?? 'unknown CPU'}`;
  const cores = pinned ? 'pinned' : '**not pinned: load and proxy share the cores**';
  const date = new Date().toISOString().slice(0, 10);
  return `*${date}, Node ${process.versions.node}, ${platform()} ${arch()}, ${cpu}, ${cores}, load from ${generator}; machine load at the start ${loadAtStart}.*`;
}

const began = performance.now();
const dir = mkdtempSync(join(tmpdir(), 'holdgate-bench-'));
// nginx started by root reads as another user.
chmodSync(dir, 0o711);
const { rounds, seconds, calls, votes, profile } = values;
const setUp = await createSetUp(dir, {
  rounds: Number(rounds),
  seconds: Number(seconds),
  calls: Number(calls),
  votes: Number(votes),
  profile: profile === undefined ? undefined : resolve(profile),
});
try {
  for (const [name, measurePart] of Object.entries(PARTS)) {
    if (asked.size > 0 && !asked.has(name)) continue;
    const figures = `${conditions()}\n\n${await measurePart(setUp)}`;
    console.log(`\n## ${name}\n\n${figures}`);
    // A profiler costs time: what was measured under one is not for the page.
    if (profile === undefined) rewrite(new URL('README.md', import.meta.url), name, figures);
  }
  console.error(`bench: done in ${Math.round((performance.now() - began) / 1000)} s`);
} finally {
  await setUp.close();
  rmSync(dir, { recursive: true, force: true });
}
