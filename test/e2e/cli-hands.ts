// People at their own terminals: the real program, with the credential of whoever types, given in both ways that it takes one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CREDENTIALS, type Hands, until, type Who } from './channel-hands.ts';
import { type Finished, run } from './real-clients.ts';
import type { TestGate } from './running-gate.ts';
import { HOLDGATE } from './worker-gate.ts';

export function cliHands(): Hands {
  let gate: TestGate | undefined;
  let folder = '';
  const told = new Map<Who, string[]>();

  const holdgate = async (who: Who, ...args: readonly string[]): Promise<Finished> => {
    const url = `http://127.0.0.1:${gate?.running.console.port}`;
    const finished = await (who === 'first'
      ? run(HOLDGATE, ['approvals', ...args, '--url', url, '--token-file', join(folder, who)])
      : run(HOLDGATE, ['approvals', ...args], { HOLDGATE_URL: url, HOLDGATE_TOKEN: CREDENTIALS[who] }));
    told.set(who, [...(told.get(who) ?? []), finished.stderr]);
    return finished;
  };

  return {
    config: () => undefined,
    async open() {
      told.clear();
      folder = mkdtempSync(join(tmpdir(), 'holdgate-hands-'));
      writeFileSync(join(folder, 'first'), `${CREDENTIALS.first}\n`, { mode: 0o600 });
    },
    ready: async (running) => void (gate = running),
    thread: () => undefined,
    shows: async ({ id }, words) =>
      void (await until(async () => {
        const { stdout } = await holdgate('second', 'show', id);
        // Lines are broken where the terminal ends.
        return words.test(stdout.replaceAll(/\s+/g, ' ')) ? true : undefined;
      })),
    approve: async (who, { id }) => void (await holdgate(who, 'approve', id, '--yes')),
    grip:
      async ({ id }) =>
      async (who) =>
        void (await holdgate(who, 'approve', id, '--yes')),
    deny: async (who, { id }, reason) => void (await holdgate(who, 'deny', id, '--reason', reason)),
    told: async (who, words) => void (await until(() => told.get(who)?.find((each) => words.test(each)))),
    close: async () => rmSync(folder, { recursive: true, force: true }),
  };
}
