// `npm run demo`: the whole story on one machine, with the real binary, a real upstream and a scripted agent.
// `--auto` lets the script vote; without it the call waits for you in a second terminal. `--slack-fake` and `--teams-fake` seat
// people at a local Slack or Teams.
import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { systemClock } from '../../system-clock.ts';
import { startFakeSlack } from './slack/fake-slack.ts';
import { type SlackTable, slackTable } from './slack/slack-table.ts';
import { startFakeTeams } from './teams/fake-teams.ts';
import { type TeamsTable, teamsTable } from './teams/teams-table.ts';
import { startDemoUpstream } from './upstream.ts';
import { makeWorkspace, type Workspace } from './workspace.ts';

const HOLDGATE = fileURLToPath(new URL('../../../bin/holdgate', import.meta.url));
const START_TIMEOUT = 15_000;

const bold = process.stdout.isTTY
  ? (text: string): string => `\u001b[1m${text}\u001b[0m`
  : (text: string): string => text;

function step(title: string): void {
  process.stdout.write(`\n${bold(`── ${title}`)}\n`);
}

function say(text: string): void {
  process.stdout.write(`${text.replace(/^(?=.)/gm, '   ')}\n`);
}

/** Runs a command of the binary to its end and gives its output; throws if it does not exit with `expected`. */
async function holdgate(
  args: readonly string[],
  token: string,
  expected: 'success' | 'failure' = 'success',
): Promise<string> {
  const child = spawn(HOLDGATE, args, {
    env: { ...process.env, HOLDGATE_TOKEN: token },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const output: Buffer[] = [];
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => output.push(chunk));
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  const text = Buffer.concat(output).toString('utf8').trim();
  if ((code === 0) !== (expected === 'success'))
    throw new Error(`holdgate ${args.join(' ')} exited with ${code}:\n${text}`);
  return text;
}

async function serve(space: Workspace, upstreamKey: string): Promise<ChildProcess> {
  const child = spawn(HOLDGATE, ['serve', '--config', space.config], {
    env: { ...process.env, BILLING_TOKEN: upstreamKey },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  const deadline = performance.now() + START_TIMEOUT;
  while (performance.now() < deadline) {
    if (child.exitCode !== null) break;
    const ready = await fetch(`${space.console}/readyz`).catch(() => undefined);
    if (ready?.ok) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill();
  throw new Error('the gate did not start');
}

interface Held {
  readonly id: string;
  readonly digest: string;
}

/** Waits for the approval that the agent's call opened. */
async function openApproval(space: Workspace): Promise<Held> {
  for (;;) {
    const response = await fetch(`${space.console}/api/v1/approvals?status=open`, {
      headers: { authorization: `Bearer ${space.approverCredential}` },
    });
    const { items } = (await response.json()) as { items: Held[] };
    if (items[0]) return items[0];
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The agent: sends the call, and sends it again for as long as the gate says "not yet", as any SDK would. */
async function exportCustomers(space: Workspace): Promise<Response> {
  for (;;) {
    const response = await fetch(`${space.proxy}/billing/exports`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${space.agentCredential}`,
        'content-type': 'application/json',
        'holdgate-justification': 'Monthly churn report for the board',
      },
      body: JSON.stringify({ dataset: 'customers', format: 'csv' }),
    });
    if (response.status !== 429) return response;
    await response.arrayBuffer();
    await new Promise((resolve) => setTimeout(resolve, Number(response.headers.get('retry-after') ?? 1) * 1000));
  }
}

/** Where people sit. Resolves once they have decided, or are on their own. */
interface Table {
  decide(space: Workspace, held: Held): Promise<void>;
}

const terminal: Table = {
  async decide(space, held) {
    say('… the agent waits; the upstream has seen nothing of it. What an approver sees:\n');
    say(await holdgate(['approvals', 'show', held.id, '--config', space.config], space.approverCredential));

    step('3. The owner of the agent cannot approve it');
    const approve = ['approvals', 'approve', held.id, '--digest', held.digest, '--config', space.config];
    const refusal = await holdgate(approve, space.ownerCredential, 'failure');
    say(refusal.split('\n').slice(-2).join('\n'));

    step('4. Somebody else decides');
    if (!auto) {
      say('In a second terminal, as the approver:\n');
      say(`export HOLDGATE_TOKEN=${space.approverCredential}`);
      say(`${HOLDGATE} approvals approve ${held.id} --config ${space.config}`);
      return say(`# or: ${HOLDGATE} approvals deny ${held.id} --reason "not today" --config ${space.config}`);
    }
    say(`$ holdgate approvals approve ${held.id}`);
    const vote = await holdgate([...approve, '--reason', 'known monthly report'], space.approverCredential);
    say(vote.split('\n').slice(-2).join('\n'));
  },
};

/** A local chat, where people click by themselves. */
function atChat(people: Pick<SlackTable | TeamsTable, 'shown' | 'approve' | 'becomes'>): Table {
  return {
    async decide() {
      say('… the agent waits; the upstream has seen nothing of it. What stands in #approvals:\n');
      say(await people.shown());

      step('3. The owner of the agent clicks Approve, and is told alone');
      say(await people.approve('owner'));

      step('4. Somebody else clicks Approve');
      await people.approve('approver');
      say((await people.becomes(/Approved|Done/)).split('\n').at(-1) ?? '');
    },
  };
}

async function story(space: Workspace, seen: readonly string[], table: Table): Promise<void> {
  step('1. A routine call streams through');
  const list = await fetch(`${space.proxy}/billing/customers`, {
    headers: { authorization: `Bearer ${space.agentCredential}` },
  });
  say(`agent$ curl ${space.proxy}/billing/customers`);
  say(`${list.status} ${(await list.text()).trim()}`);

  step('2. A privileged one is held');
  say(`agent$ curl -X POST ${space.proxy}/billing/exports -d '{"dataset":"customers","format":"csv"}'`);
  const response = exportCustomers(space);
  const held = await openApproval(space);
  await table.decide(space, held);

  const answer = await response;
  step(answer.ok ? '5. Exactly the approved bytes ran, once' : '5. The call did not run');
  say(`agent: ${answer.status} ${(await answer.text()).trim()}`);
  say(`upstream saw: ${seen.join(', ')}`);

  step('6. What remains: a signed receipt, verified offline with the public key');
  const receiptId = answer.headers.get('holdgate-receipt') ?? held.id.replace('apr_', 'rcp_');
  const file = join(space.folder, 'receipt.jws');
  for (let tries = 0; !existsSync(file); tries++) {
    // The receipt is written right after the answer went out.
    const stored = await fetch(`${space.console}/api/v1/receipts/${receiptId}`, {
      headers: { authorization: `Bearer ${space.approverCredential}` },
    });
    if (stored.ok) writeFileSync(file, ((await stored.json()) as { receipt: string }).receipt);
    else if (tries > 100) throw new Error(`no receipt ${receiptId}`);
    else await new Promise((resolve) => setTimeout(resolve, 50));
  }
  const key = join(space.folder, 'data', 'keys', 'public.json');
  say(`$ holdgate receipts verify ${file} --key ${key}`);
  say(await holdgate(['receipts', 'verify', file, '--key', key], ''));
}

const auto = process.argv.includes('--auto');
const slack = process.argv.includes('--slack-fake') ? await startFakeSlack(systemClock) : undefined;
const teams = process.argv.includes('--teams-fake') ? await startFakeTeams(systemClock) : undefined;
const teamsPeople = teams && teamsTable(teams);
const people = slack ? slackTable(slack) : teamsPeople;
const upstreamKey = randomBytes(16).toString('hex');
const upstream = await startDemoUpstream(upstreamKey);
const space = await makeWorkspace(upstream.url, people?.config);
teamsPeople?.ready(space.console);
const gate = await serve(space, upstreamKey);
const cleanUp = (): void => {
  gate.kill();
  upstream.close();
  void slack?.close();
  void teams?.close();
  rmSync(space.folder, { recursive: true, force: true });
};
process.once('SIGINT', () => {
  cleanUp();
  process.exit(130);
});
try {
  await story(space, upstream.seen, people ? atChat(people) : terminal);
} finally {
  cleanUp();
}
