// `approvals watch`: one block for each approval that is new or has changed, across lost connections.
import { isOpen } from '../../core/approval/state.ts';
import type { ApprovalView } from '../../core/approval/view.ts';
import { visibleJson } from '../../core/visible-text.ts';
import type { ApiClient, ServerEvent } from '../api-client.ts';
import { connect, fail, rendering } from './command.ts';
import type { ConnectionOptions } from './connection.ts';
import { renderSummary } from './render-list.ts';
import type { Terminal } from './terminal.ts';

export interface WatchOptions extends ConnectionOptions {
  readonly json?: boolean;
}

/** ms. */
const FIRST_PAUSE = 1_000;
const LONGEST_PAUSE = 30_000;
/** Decided approvals are remembered up to here, so that nothing is printed twice. */
const REMEMBERED = 5_000;

/** What a watcher would notice: neither the time that is left nor the steps of a send are news. */
function newsOf({ status, votes, annotation, why }: ApprovalView): string {
  return JSON.stringify([status === 'claimed' ? 'sending' : status, votes.length, annotation, why]);
}

interface Watcher {
  /** Takes one event of a stream. */
  take(event: ServerEvent): void;
  /** The open approvals come from the first: what was open and does not come again was decided meanwhile. */
  restart(): void;
  /** Ids to ask for; forgets them. */
  missed(): readonly string[];
  show(view: ApprovalView): void;
}

function createWatcher(terminal: Terminal, json: boolean): Watcher {
  const known = new Map<string, { news: string; open: boolean }>();
  let seen = new Set<string>();
  let missed: string[] = [];
  function forgetDecided(): void {
    for (const [id, { open }] of known) if (!open) known.delete(id);
  }
  function show(view: ApprovalView): void {
    const news = newsOf(view);
    seen.add(view.id);
    if (known.get(view.id)?.news === news) return;
    known.set(view.id, { news, open: isOpen(view.status) });
    if (known.size > REMEMBERED) forgetDecided();
    terminal.out(json ? `${visibleJson(view, 0)}\n` : `${renderSummary(view, rendering(terminal))}\n`);
  }
  function restart(): void {
    seen = new Set();
  }
  return {
    show,
    restart,
    take({ event, data }) {
      if (event === 'resync') restart();
      if (event === 'approval') show(data as ApprovalView);
      if (event === 'synced') missed = [...known].filter(([id, { open }]) => open && !seen.has(id)).map(([id]) => id);
    },
    missed() {
      const ids = missed;
      missed = [];
      return ids;
    },
  };
}

async function catchUp(client: ApiClient, watcher: Watcher): Promise<void> {
  for (const id of watcher.missed()) {
    const result = await client.get<ApprovalView>(`/api/v1/approvals/${id}`);
    if (result.ok) watcher.show(result.value);
  }
}

/** Runs until interrupted, or until the console refuses us. */
export async function watchApprovals(terminal: Terminal, options: WatchOptions): Promise<void> {
  const client = connect(terminal, options);
  if (!client) return;
  const signal = terminal.interrupted();
  const watcher = createWatcher(terminal, options.json ?? false);
  let connected = false;
  let pause = FIRST_PAUSE;
  while (!signal.aborted) {
    watcher.restart();
    const failure = await client.follow(
      '/api/v1/events',
      (event) => {
        connected = true;
        pause = FIRST_PAUSE;
        watcher.take(event);
        void catchUp(client, watcher);
      },
      signal,
    );
    if (signal.aborted) break;
    const hopeless = failure.kind === 'unauthorised' || failure.kind === 'refused' || failure.kind === 'unexpected';
    // A first connection that fails is a wrong address more often than a gate that is about to start.
    if (hopeless || !connected) return fail(terminal, failure);
    terminal.err(`${failure.detail} Trying again in ${pause / 1000} s.`);
    await terminal.pause(pause, signal);
    pause = Math.min(pause * 2, LONGEST_PAUSE);
  }
  terminal.exit('ok');
}
