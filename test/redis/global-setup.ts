// Before all tests: sees to it that redis-server is there, or says in one line what that means.
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { INSTALL_REDIS, isCi, mayInstall, NO_REDIS, redisInstalled } from './redis-installed.ts';

/** RUNLEVEL: the package would start a server of its own on port 6379, which nobody asked for. */
const INSTALL = 'apt-get update -qq && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -qq redis-server';
const CONTAINER_MARKS = ['/.dockerenv', '/run/.containerenv'];

const say = (text: string): void => void process.stdout.write(`${NO_REDIS}: ${text}\n`);

export function setup(): void {
  if (redisInstalled()) return;
  const machine = {
    root: process.getuid?.() === 0,
    container: CONTAINER_MARKS.some((path) => existsSync(path)) || process.env['container'] !== undefined,
  };
  if (mayInstall(process.env, machine) && spawnSync('apt-get', ['--version'], { stdio: 'ignore' }).status === 0) {
    say(`running ${INSTALL_REDIS}`);
    spawnSync('/bin/sh', ['-c', INSTALL], { stdio: ['ignore', 'ignore', 'inherit'], timeout: 300_000 });
    if (redisInstalled()) return;
  }
  say(`the suites that need it ${isCi() ? 'fail' : 'are skipped'}; install it with ${INSTALL_REDIS}`);
}
