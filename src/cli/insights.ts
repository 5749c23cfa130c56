// `holdgate insights`: how people deal with approvals.
import type { Command } from 'commander';
import type { Insights } from '../core/insights/insights.ts';
import { visibleJson } from '../core/visible-text.ts';
import { connect, fail, stop } from './approvals/command.ts';
import { type ConnectionOptions, connecting } from './approvals/connection.ts';
import { processTerminal, type Terminal } from './approvals/terminal.ts';
import { renderInsights } from './insights/render.ts';

interface InsightsOptions extends ConnectionOptions {
  readonly window: string;
  readonly json?: boolean;
}

/** `terminal` is for tests. */
export function registerInsights(program: Command, terminal: Terminal = processTerminal()): void {
  connecting(program.command('insights'))
    .description('how people dealt with approvals: by rule, risk, approver and agent')
    .option('--window <duration>', 'how far back, 1m to 30d', '7d')
    .option('--json', 'print what the API answers')
    .action((options: InsightsOptions) => showInsights(terminal, options));
}

async function showInsights(terminal: Terminal, options: InsightsOptions): Promise<void> {
  const client = connect(terminal, options);
  if (!client) return;
  const query = new URLSearchParams({ window: options.window });
  const result = await client.get<Insights>(`/api/v1/insights?${query.toString()}`);
  if (!result.ok) {
    // What the console finds wrong with the query is what is wrong with the option.
    const { failure } = result;
    return failure.kind === 'refused' && failure.status === 400
      ? stop(terminal, 'usage', failure.detail)
      : fail(terminal, failure);
  }
  terminal.out(options.json ? `${visibleJson(result.value)}\n` : renderInsights(result.value));
  if (result.value.cut && !options.json)
    terminal.err(
      `Only the latest ${result.value.read} approvals were read: choose a shorter --window to see all of it.`,
    );
}
