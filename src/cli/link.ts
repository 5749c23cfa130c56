// `holdgate link` and `holdgate unlink`: whose one's accounts of channels are.
import type { Command } from 'commander';
import { visibleText } from '../core/visible-text.ts';
import { connect, fail } from './approvals/command.ts';
import { type ConnectionOptions, connecting } from './approvals/connection.ts';
import { processTerminal, type Terminal } from './approvals/terminal.ts';

interface Linked {
  readonly channel: string;
  readonly workspace: string;
  readonly account: string;
}

const named = ({ channel, workspace, account }: Linked): string => visibleText(`${channel} ${workspace}/${account}`);

/** `terminal` is for tests. */
export function registerLink(program: Command, terminal: Terminal = processTerminal()): void {
  connecting(program.command('link'))
    .description('link the account of a channel that gave you this code')
    .argument('<code>')
    .action(async (code: string, options: ConnectionOptions) => {
      const done = await connect(terminal, options)?.post<Linked>('/api/v1/links', { code });
      if (!done) return;
      if (done.ok) terminal.out(`linked ${named(done.value)} to you`);
      else fail(terminal, done.failure);
    });
  connecting(program.command('unlink'))
    .description('let go of all your accounts of channels')
    .action(async (options: ConnectionOptions) => {
      const done = await connect(terminal, options)?.post<{ readonly items: readonly Linked[] }>(
        '/api/v1/links/undo',
        undefined,
      );
      if (!done) return;
      if (!done.ok) return fail(terminal, done.failure);
      for (const each of done.value.items) terminal.out(`let go of ${named(each)}`);
      if (done.value.items.length === 0) terminal.out('nothing was linked to you');
    });
}
