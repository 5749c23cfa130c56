// The command line of `holdgate approvals`.
import type { Command } from 'commander';
import { connecting } from './connection.ts';
import { type ListOptions, listApprovals, type ShowOptions, showApproval } from './read.ts';
import { processTerminal, type Terminal } from './terminal.ts';
import { type AnnotateOptions, annotate, approve, type ApproveOptions, deny, type DenyOptions } from './vote.ts';
import { type WatchOptions, watchApprovals } from './watch.ts';

/** Adds `approvals` with its subcommands; `terminal` is for tests. */
export function registerApprovals(program: Command, terminal: Terminal = processTerminal()): void {
  const approvals = program.command('approvals').description('see, approve, deny and follow held calls');
  connecting(approvals.command('list'))
    .description('list approvals, newest first')
    .option('--status <status>', 'open, all, or one status', 'open')
    .option('--agent <id>', "only this agent's")
    .option('--limit <n>', 'at most so many (1 to 200)')
    .option('--cursor <cursor>', 'go on where the previous page ended')
    .option('--json', 'print what the API answers')
    .action((options: ListOptions) => listApprovals(terminal, options));
  connecting(approvals.command('show'))
    .description('show one approval with its exact call')
    .argument('<id>')
    .option('--full', 'shorten nothing')
    .option('--json', 'print what the API answers')
    .action((id: string, options: ShowOptions) => showApproval(terminal, id, options));
  connecting(approvals.command('approve'))
    .description('show a call and approve exactly it')
    .argument('<id>')
    .option('--reason <text>', 'why; goes into the record')
    .option('--grant <time>', 'also let calls like it through for so long, like 1h; `all` for as long as is offered')
    .option('--yes', 'do not ask')
    .option('--digest <sha256>', 'approve only if the call has this digest; does not ask')
    .option('--full', 'shorten nothing')
    .option('--similar', 'and those that wait and are like it; every difference is shown')
    .action((id: string, options: ApproveOptions) => approve(terminal, id, options));
  connecting(approvals.command('deny'))
    .description('deny a call; the agent is told the reason')
    .argument('<id>')
    .requiredOption('--reason <text>', 'why')
    .option('--similar', 'and those that wait and are like it')
    .action((id: string, options: DenyOptions) => deny(terminal, id, options));
  connecting(approvals.command('watch'))
    .description('print every approval that is new or changes, until interrupted')
    .option('--json', 'one JSON object a line')
    .action((options: WatchOptions) => watchApprovals(terminal, options));
  connecting(approvals.command('annotate'))
    .description('say what a send with an unknown outcome turned out to have done')
    .argument('<id>')
    .requiredOption('--outcome <outcome>', 'done or not_done')
    .requiredOption('--note <text>', 'how you found out')
    .action((id: string, options: AnnotateOptions) => annotate(terminal, id, options));
}
