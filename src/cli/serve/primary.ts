// The primary process of a gate with several workers: checks everything once, has the data directory, hands connections out
// in turn (node:cluster) and never sees a call.
import cluster from 'node:cluster';
import { policyDefaults, knownNames } from '../../config/policy-inputs.ts';
import { loadPolicySet } from '../../config/policy-files.ts';
import type { Config } from '../../config/types.ts';
import { takeDataDir } from '../../data-dir.ts';
import { logOpening } from '../../open-data.ts';
import { createIdSource, systemClock } from '../../system-clock.ts';
import { createEventBus } from '../../telemetry/bus.ts';
import { createCallLog } from '../../telemetry/log.ts';
import { exitCode } from '../exit-codes.ts';
import { announce, badConfig, GRACE, toldToStop, unavailable } from './start-gate.ts';
import { createSupervisor } from './supervisor.ts';

/** Resolves with the exit code when the gate has been told to stop and has done so, or could not start. */
export async function servePrimary(config: Config, workers: number): Promise<number> {
  const clock = systemClock;
  const policies = await loadPolicySet(config.policies, policyDefaults(config), knownNames(config));
  if (!policies.ok) return badConfig(policies.faults);
  const bus = createEventBus((error) => log.listenerFailed(error));
  const log = createCallLog(bus, { level: config.log.level });
  // While no worker lives, nothing else does.
  const alive = setInterval(() => undefined, GRACE);
  let giveBack: () => void;
  try {
    const ids = createIdSource(clock);
    giveBack = await takeDataDir(config.data_dir, {
      clock,
      ids,
      opening: logOpening(log, bus),
      mountedKeys: config.keys?.dir,
      workers,
    });
  } catch (error) {
    clearInterval(alive);
    log.close();
    return unavailable(error);
  }
  // In turn, whatever the environment says: connections that are held for minutes must be spread evenly.
  cluster.schedulingPolicy = cluster.SCHED_RR;
  const supervisor = createSupervisor({ config, workers, clock, logger: log.logger });
  const started = await supervisor.start();
  if (started.ok) {
    process.on('SIGHUP', () => supervisor.reload());
    const told = toldToStop();
    announce(started.at, workers);
    await told;
  } else console.error(`holdgate: worker ${started.worker} of ${workers} could not start`);
  const clean = await supervisor.stop();
  giveBack();
  clearInterval(alive);
  log.logger.info({ event: 'gate:workers:stopped' });
  log.close();
  if (!started.ok) return started.code || exitCode('unavailable');
  return exitCode(clean ? 'ok' : 'internal');
}
