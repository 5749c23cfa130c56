// Whether redis-server can be started here, and what its absence means for the suites that need it.
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

export const NO_REDIS = 'redis-server is not installed';
export const INSTALL_REDIS = 'apt-get install redis-server';

type Environment = Readonly<Record<string, string | undefined>>;

export function redisInstalled(env: Environment = process.env): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, 'redis-server'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Continuous integration, by the variable that all of them set. */
export function isCi(env: Environment = process.env): boolean {
  return !['', '0', 'false'].includes(env['CI'] ?? '');
}

/** A build must not be green because nothing was tested: there a missing server fails the suites instead of skipping them. */
export function redisSuites(env: Environment = process.env): 'run' | 'skip' | 'fail' {
  if (redisInstalled(env)) return 'run';
  return isCi(env) ? 'fail' : 'skip';
}

/** Whether the test command may install it: never behind the back of somebody who works on this machine. */
export function mayInstall(
  env: Environment,
  machine: { readonly root: boolean; readonly container: boolean },
): boolean {
  return machine.root && (machine.container || isCi(env));
}
