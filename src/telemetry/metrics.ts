// What one process counts, and its Prometheus page. Everything comes from events and from callbacks asked at each scrape.
// INVARIANT: label values are policy and configuration identities or words of closed lists, never URLs or free text.
import { collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { Approval } from '../core/approval/state.ts';
import { isOpen } from '../core/approval/state.ts';
import type { EventBus } from '../ports/events.ts';
import { approvalMetrics } from './approval-metrics.ts';
import { callSecondsFamily } from './call-seconds.ts';
import { createCallTally } from './call-tally.ts';
import { counterMaker } from './counter-maker.ts';
import type { MetricFamily } from './metric-family.ts';
import { METRICS_CONTENT_TYPE, metricsText } from './metrics-text.ts';
import { registryFamilies } from './registry-families.ts';

/** What no event says: asked for at each scrape. */
export interface MetricGauges {
  readonly approvalsOpen: () => number | Promise<number>;
  readonly heldConnections: () => number;
  /** Version of the running program, for `holdgate_build_info`. */
  readonly version?: string;
  /** False leaves out figures of the process (CPU, memory, event loop); default true. */
  readonly process?: boolean;
}

export interface Metrics {
  readonly contentType: string;
  /** Everything as it stands now, as data. */
  families(): Promise<readonly MetricFamily[]>;
  /** The page of this process alone. */
  render(): Promise<string>;
  /** Stops listening. */
  close(): void;
}

const WAIT_BUCKETS = [1, 5, 10, 30, 60, 120, 300, 600, 900, 1800, 3600, 14_400, 86_400];

const USAGE_LABELS = ['agent', 'upstream', 'dataset'] as const;
/** Agents may come from token issuers, any number of them; those beyond are counted together. */
const MAX_USAGE_AGENTS = 1000;

function boundedLabel(most: number): (value: string) => string {
  const known = new Set<string>();
  return (value) => {
    if (known.has(value)) return value;
    if (known.size >= most) return 'others';
    known.add(value);
    return value;
  };
}

export function createMetrics(bus: EventBus, gauges: MetricGauges): Metrics {
  const registry = new Registry();
  const registers = [registry];
  const tally = createCallTally();
  const counter = counterMaker(registry);
  /** `max`: the same in every worker of a gate, not a part of it. */
  const gauge = <Label extends string>(
    name: string,
    help: string,
    aggregator: 'sum' | 'max',
    labelNames: readonly Label[] = [],
  ): Gauge<Label> => new Gauge({ name: `holdgate_${name}`, help, aggregator, labelNames, registers });

  const decisions = counter('decisions_total', 'Calls by effect, deciding rule, mode and upstream', [
    'effect',
    'rule',
    'mode',
    'upstream',
  ]);
  const dataOut = counter('data_out_bytes_total', 'Response bytes that went to agents', ['upstream']);
  const dataIn = counter('data_in_bytes_total', 'Request body bytes that came from agents', ['upstream']);
  const usageBytes = counter('usage_bytes_total', 'Response bytes that went to agents, by dataset', USAGE_LABELS);
  const usageRows = counter(
    'usage_rows_total',
    'Rows that went to agents, where the protocol says how many',
    USAGE_LABELS,
  );
  const agentLabel = boundedLabel(MAX_USAGE_AGENTS);
  const approvals = counter('approvals_total', 'Approvals that ended, by how and by the first rule that held', [
    'status',
    'rule',
  ]);
  const opened = counter('approvals_opened_total', 'Approvals that were opened, by the first rule that held', [
    'rule',
    'risk',
  ]);
  const flagged = counter('approval_flags_total', 'Risk flags of approvals that were opened', ['flag', 'severity']);
  const previews = counter('previews_total', 'Previews of held calls that were asked for', ['upstream', 'outcome']);
  const open = gauge('approvals_open', 'Approvals that are not terminal', 'max');
  const held = gauge('held_connections', 'Connections of agents that wait for an approval', 'sum');
  const wait = new Histogram({
    name: 'holdgate_approval_wait_seconds',
    help: 'From opening an approval to the vote that decided it, or to its expiry',
    labelNames: ['decided'],
    buckets: WAIT_BUCKETS,
    registers,
  });
  const votes = counter('votes_total', 'Votes that count', ['channel', 'vote', 'risk']);
  const voteRefused = counter('vote_refused_total', 'Votes that do not count, by reason', ['reason']);
  const grants = counter('grants_total', 'Grants that were made, used, revoked, or did not cover a call like theirs', [
    'change',
    'reason',
  ]);
  const upstreamErrors = counter('upstream_errors_total', 'Calls that an upstream did not answer properly', [
    'upstream',
    'problem',
  ]);
  const storeErrors = counter('store_errors_total', 'Operations that the store could not do', ['operation']);
  const notices = counter('notices_total', 'Attempts to show an approval somewhere', ['channel', 'reason', 'outcome']);
  const damaged = counter('records_damaged_total', 'Approvals whose record was edited, lost or cut; they never run');
  const auditErrors = counter('audit_failures_total', 'Times that the audit log began to fail');
  const agentRefused = counter('agent_refused_total', 'Calls without an accepted agent credential');
  const personRefused = counter('person_refused_total', 'Requests to the console without an accepted credential');
  const proxyFailures = counter('proxy_failures_total', 'Bugs on the request path; each call was refused');
  const reflected = counter(
    'credential_reflected_total',
    'Responses that held the injected credential; it was blanked out',
    ['upstream'],
  );
  const stripped = counter('credential_stripped_total', "Calls that carried the agent's own upstream credential", [
    'upstream',
  ]);
  const policyInfo = gauge('policy_info', 'The policy set in force', 'max', ['digest']);
  const policyRules = gauge('policy_rules', 'Rules in the policy set in force', 'max');
  const reloads = counter('policy_reload_total', 'Policy sets that were loaded or rejected', ['outcome']);
  const keyReloads = counter('keys_reload_total', 'Keys that were taken over or rejected, at each look', ['outcome']);
  if (gauges.version !== undefined)
    gauge('build_info', 'The running version', 'max', ['version']).set({ version: gauges.version }, 1);
  if (gauges.process ?? true) collectDefaultMetrics({ register: registry });
  for (const plain of [damaged, auditErrors, agentRefused, personRefused, proxyFailures]) plain.inc(0);

  const onApproval = ({ approval, event }: { readonly approval: Approval; readonly event: string }): void => {
    const rule = approval.opened.rules[0] ?? 'default';
    if (event === 'opened') {
      opened.inc({ rule, risk: approval.opened.risk });
      for (const { id, severity } of approval.opened.flags ?? []) flagged.inc({ flag: id, severity });
    }
    const preview = event === 'informed' ? approval.informed?.preview : undefined;
    if (preview && preview.outcome !== 'none')
      previews.inc({ upstream: approval.opened.upstream, outcome: preview.outcome });
    const waited = (approval.statusAt - approval.opened.at) / 1000;
    const decides = event === 'voted' && (approval.status === 'approved' || approval.status === 'denied');
    if (decides || event === 'expired') wait.observe({ decided: approval.status }, waited);
    // Delivery and annotation come after the end; they do not end it again.
    if (!isOpen(approval.status) && event !== 'delivered' && event !== 'annotated')
      approvals.inc({ status: approval.status, rule });
  };

  const off = [
    ...approvalMetrics(bus, registry),
    bus.on('call:finished', (record) => tally.add(record)),
    bus.on('approval:changed', onApproval),
    bus.on('vote:recorded', ({ channel, vote, risk }) => votes.inc({ channel, vote, risk })),
    bus.on('vote:refused', ({ reason }) => voteRefused.inc({ reason })),
    bus.on('grant:changed', ({ change, reason }) =>
      grants.inc({ change, reason: change === 'refused' ? (reason ?? '') : '' }),
    ),
    bus.on('upstream:failed', ({ upstream, problem }) => upstreamErrors.inc({ upstream, problem })),
    bus.on('usage:counted', ({ amounts }) => {
      for (const { agent, upstream, dataset, bytes, rows } of amounts) {
        const label = { agent: agentLabel(agent), upstream, dataset };
        usageBytes.inc(label, bytes);
        if (rows > 0) usageRows.inc(label, rows);
      }
    }),
    bus.on('store:failed', ({ operation }) => storeErrors.inc({ operation })),
    bus.on('notice:tried', ({ destination, reason, outcome }) =>
      notices.inc({ channel: destination.split(':', 1)[0] ?? '', reason, outcome }),
    ),
    bus.on('approval:damaged', () => damaged.inc()),
    bus.on('audit:failed', () => auditErrors.inc()),
    bus.on('agent:refused', () => agentRefused.inc()),
    bus.on('person:refused', () => personRefused.inc()),
    bus.on('proxy:failed', () => proxyFailures.inc()),
    bus.on('upstream:credential-reflected', ({ upstream }) => reflected.inc({ upstream })),
    bus.on('agent:credential-stripped', ({ upstream }) => stripped.inc({ upstream })),
    bus.on('policy:loaded', ({ digest, rules }) => {
      policyInfo.reset(); // One policy set is in force; the last one's series must not stay.
      policyInfo.set({ digest }, 1);
      policyRules.set(rules);
      reloads.inc({ outcome: 'loaded' });
    }),
    bus.on('policy:rejected', () => reloads.inc({ outcome: 'rejected' })),
    bus.on('keys:loaded', () => keyReloads.inc({ outcome: 'loaded' })),
    bus.on('keys:rejected', () => keyReloads.inc({ outcome: 'rejected' })),
  ];

  const fold = (): void => {
    decisions.reset();
    for (const { upstream, effect, rule, count } of tally.cells())
      decisions.inc({ effect, rule, mode: 'enforce', upstream }, count);
    for (const { upstream, effect, rule, count } of tally.observed())
      decisions.inc({ effect, rule, mode: 'observe', upstream }, count);
    dataOut.reset();
    dataIn.reset();
    for (const [upstream, bytes] of tally.bytes()) {
      dataOut.inc({ upstream }, bytes.out);
      dataIn.inc({ upstream }, bytes.in);
    }
  };

  const families = async (): Promise<readonly MetricFamily[]> => {
    fold();
    held.set(gauges.heldConnections());
    try {
      open.set(await gauges.approvalsOpen());
    } catch {
      open.set(Number.NaN); // The store does not answer; the page must, and a made-up figure would lie.
    }
    return [...(await registryFamilies(registry)), callSecondsFamily(tally.cells())];
  };

  return {
    contentType: METRICS_CONTENT_TYPE,
    families,
    render: async () => metricsText(await families()),
    close() {
      for (const stop of off) stop();
      registry.clear();
    },
  };
}
