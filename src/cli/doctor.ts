// `holdgate doctor`: what would keep the gate from working, or from being safe, before it is started.
import type { Command } from 'commander';
import { visibleText } from '../core/visible-text.ts';
import { systemClock } from '../system-clock.ts';
import type { Check } from './doctor/check.ts';
import { runChecks } from './doctor/run-checks.ts';
import { exitCode } from './exit-codes.ts';

interface Options {
  readonly config: string;
  readonly json: boolean;
  readonly connect: boolean;
}

/** Adds `doctor` to the program. Exit code: `negative` if a check failed, `ok` otherwise, warnings or not. */
export function registerDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check configuration, policies, ports, data folder, shared keys, clock, upstreams and Node')
    .option('-c, --config <file>', 'configuration file', 'holdgate.yaml')
    .option('--connect', 'also connect to every upstream and verify its certificate', false)
    .option('--json', 'print JSON', false)
    .action(async (options: Options) => {
      const { env, execArgv, versions } = process;
      const { config: file, connect } = options;
      const checks = await runChecks({ file, connect, env, execArgv, node: versions.node, clock: systemClock });
      process.stdout.write(options.json ? `${JSON.stringify(report(checks))}\n` : checks.map(line).join(''));
      process.exitCode = exitCode(checks.some(({ status }) => status === 'fail') ? 'negative' : 'ok');
    });
}

function report(checks: readonly Check[]): { readonly status: Check['status']; readonly checks: readonly Check[] } {
  const has = (status: Check['status']): boolean => checks.some((check) => check.status === status);
  return { status: has('fail') ? 'fail' : has('warn') ? 'warn' : 'ok', checks };
}

function line({ name, status, detail, remedy }: Check): string {
  const advice = remedy === undefined ? '' : `\n${' '.repeat(6)}→ ${remedy}`;
  return `${status.padEnd(4)}  ${name}: ${visibleText(detail)}${advice}\n`;
}
