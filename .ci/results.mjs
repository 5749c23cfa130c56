// Reads what Vitest's JSON reporter wrote.
//   node results.mjs failed FILE       the test files that failed, a line each; nothing where there are no results
//   node results.mjs count FILE...     "N passed, N failed, N skipped"; a later file's word on a test file stands. Exit code 1 for failures.
import { readFileSync } from 'node:fs';

const [, , command, ...paths] = process.argv;

function testFiles(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8')).testResults;
  } catch {
    return undefined;
  }
}

const hasFailed = ({ status }) => status !== 'passed';

if (command === 'failed') {
  for (const file of (testFiles(paths[0]) ?? []).filter(hasFailed)) console.log(file.name);
} else {
  const readings = paths.map(testFiles);
  const latest = new Map(readings.flatMap((files) => files ?? []).map((file) => [file.name, file]));
  const count = (...statuses) =>
    [...latest.values()].flatMap(({ assertionResults }) => assertionResults).filter(({ status }) => statuses.includes(status)).length;
  // A file that does not load has no tests that could fail; it counts as one. So does a run that left no results.
  const broken = [...latest.values()].filter(
    (file) => hasFailed(file) && file.assertionResults.every(({ status }) => status !== 'failed'),
  ).length;
  const failed = count('failed') + broken + readings.filter((files) => files === undefined).length;
  console.log(`${count('passed')} passed, ${failed} failed, ${count('skipped', 'pending', 'todo')} skipped`);
  process.exitCode = failed > 0 ? 1 : 0;
}
