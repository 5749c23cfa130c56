// The command line of `holdgate grants`: what people have granted ahead, and how to end it.
import type { Command } from 'commander';
import { type ConnectionOptions, connecting } from '../approvals/connection.ts';
import { processTerminal, type Terminal } from '../approvals/terminal.ts';
import { listGrants, type ListGrantsOptions, revokeGrant } from './grants.ts';

/** `terminal` is for tests. */
export function registerGrants(program: Command, terminal: Terminal = processTerminal()): void {
  const grants = program.command('grants').description('see and end what people have granted ahead');
  connecting(grants.command('list'))
    .description('list the grants that stand, newest first')
    .option('--all', 'also those that ended within a day')
    .option('--json', 'print what the API answers')
    .action((options: ListGrantsOptions) => listGrants(terminal, options));
  connecting(grants.command('revoke'))
    .description('end a grant at once; what it has let through is not undone')
    .argument('<id>')
    .option('--json', 'print what the API answers')
    .action((id: string, options: ConnectionOptions & { readonly json?: boolean }) =>
      revokeGrant(terminal, id, options),
    );
}
