// What the demo shows of an outage: a gate that cannot ask who is on call takes the fallback, which the configuration names.
import type { FakePagerDuty } from './fake-pagerduty.ts';

export interface FallbackStage {
  readonly step: (title: string) => void;
  readonly say: (text: string) => void;
  /** Stops the gate and starts it again on the same data. */
  readonly restart: () => Promise<void>;
  /** The agent asks for an export again; resolves once it is held, with its answer to come. */
  readonly held: () => Promise<{ readonly answer: Promise<Response> }>;
  /** What somebody is told who approves it; empty if the vote counts. */
  readonly approve: (who: 'approver' | 'colleague') => Promise<string>;
}

export const SCHEDULE = 'PPLATFORM';

/** YAML of the configuration. */
export const onCallConfig = ({ apiUrl, token }: FakePagerDuty): string =>
  `on_call: {platform: {pagerduty: {schedules: ${SCHEDULE}, token: "${token}", api_url: "${apiUrl}"}, fallback: colleague@example.com}}\n`;

export async function fallbackStory(pagerDuty: FakePagerDuty, stage: FallbackStage): Promise<void> {
  const { step, say, restart, held, approve } = stage;
  step(
    '7. PagerDuty is away: an answer is believed for ten minutes; a gate that starts without one takes the fallback',
  );
  pagerDuty.down = { status: 503 };
  await restart();
  const { answer } = await held();
  say(`who was on call approves: ${(await approve('approver')).trim() || 'counts'}`);
  say(
    `colleague@example.com, whom the configuration names, approves: ${(await approve('colleague')).trim() || 'counts'}`,
  );
  say(`agent: ${(await answer).status}`);
}
