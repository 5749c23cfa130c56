// The composition root: the only file that knows every adapter. It opens what the gate stands on in the order in which a
// failure is cheapest, and closes it in the reverse order.
import { openapiFaults } from './actions/openapi/openapi.ts';
import { createActions } from './actions/registry.ts';
import { loadSqlParser } from './actions/sql/load-sql-parser.ts';
import { knownNames, policyDefaults } from './config/policy-inputs.ts';
import type { Config } from './config/types.ts';
import { createConsole } from './console/server.ts';
import { sha256 } from './core/sha256.ts';
import type { Fault } from './core/located-yaml.ts';
import { createGate, type Gate } from './gate/create-gate.ts';
import type { GateDeps } from './gate/deps.ts';
import { createInsights } from './gate/insights.ts';
import { dataPaths, type WorkerPlace } from './data-dir.ts';
import { startLivePolicy } from './live-policy.ts';
import { openChannels } from './open-channels.ts';
import { openData } from './open-data.ts';
import { openPeople } from './open-people.ts';
import { openRecords } from './open-records.ts';
import type { ApprovalStore } from './ports/approval-store.ts';
import type { AuditLog } from './ports/audit-log.ts';
import type { Clock } from './ports/clock.ts';
import type { Dispatcher } from './ports/dispatcher.ts';
import { createResolver } from './proxy/address/resolve.ts';
import { createAgentAuthenticator } from './proxy/auth/agent-authenticator.ts';
import { createIssuedKeys } from './proxy/auth/issued-keys.ts';
import { createSignedCalls } from './proxy/auth/signed-call.ts';
import { readWholeBody } from './proxy/body/decode.ts';
import { createDispatcher } from './proxy/dispatch.ts';
import { createReadClient } from './proxy/read-client.ts';
import { createRouter } from './proxy/intake/router.ts';
import { createListener } from './proxy/listener.ts';
import { createPools } from './proxy/pools.ts';
import { createPreviews } from './previews/create-previews.ts';
import { createUsageTracker } from './gate/usage-tracker.ts';
import { createCallMeters } from './proxy/call-meter.ts';
import { recordEvents } from './audit/record-events.ts';
import { gateSettings, keysForGate, proxySettings, shareOf } from './settings.ts';
import { createDecisionIds, systemClock } from './system-clock.ts';
import { createEventBus } from './telemetry/bus.ts';
import { createCallLog, type LogStream } from './telemetry/log.ts';
import type { MetricFamily } from './telemetry/metric-family.ts';
import { createMetrics } from './telemetry/metrics.ts';
import { VERSION } from './version.ts';

/** The ports that a crash can fall between; tests put their own around them. */
export interface DurablePorts {
  readonly store: ApprovalStore;
  readonly audit: AuditLog;
  readonly dispatcher: Dispatcher;
}

export interface StartOptions {
  readonly clock?: Clock;
  readonly adapt?: (ports: DurablePorts) => DurablePorts;
  /** Where log lines go; stdout if absent. */
  readonly logTo?: LogStream;
  /** Absent: the only process of this gate. */
  readonly worker?: WorkerPlace;
  /** The metrics page, where this process is not the whole gate. */
  readonly metricsPage?: () => Promise<string>;
}

export interface Running {
  readonly proxy: { readonly host: string; readonly port: number };
  readonly console: { readonly host: string; readonly port: number };
  /** Looks at the policy and key files now (SIGHUP). */
  reload(): Promise<void>;
  /** What this process has counted. */
  figures(): Promise<readonly MetricFamily[]>;
  /** Hands held calls back, lets sends and streams finish for at most `grace` ms, then closes everything. */
  stop(grace: number): Promise<void>;
}

export type StartResult =
  | { readonly ok: true; readonly running: Running }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/** Sockets to one upstream for one agent, of all workers. */
const MAX_SOCKETS = 256;
/** Of an upstream's response head, bytes. */
const MAX_RESPONSE_HEAD = 64 * 1024;

/**
 * Starts the gate. Broken policies and descriptions of APIs are faults; a damaged store, unusable keys or an occupied port reject with a message that says
 * what to do.
 */
export async function startHoldgate(config: Config, options: StartOptions = {}): Promise<StartResult> {
  const faults = openapiFaults(config.upstreams);
  if (faults.length > 0) return { ok: false, faults };
  const clock = options.clock ?? systemClock;
  const closers: (() => Promise<void> | void)[] = [];
  const closeAll = async (): Promise<void> => {
    for (const close of closers.splice(0).toReversed()) await close();
  };
  try {
    return await compose(config, clock, options, closers, closeAll);
  } catch (error) {
    await closeAll();
    throw error;
  }
}

async function compose(
  config: Config,
  clock: Clock,
  options: StartOptions,
  closers: (() => Promise<void> | void)[],
  closeAll: () => Promise<void>,
): Promise<StartResult> {
  // Listeners keep the record: one that throws must not go unheard. Nothing is emitted before there is a log.
  const bus = createEventBus((error) => log.listenerFailed(error));
  const { worker } = options;
  const log = createCallLog(bus, {
    level: config.log.level,
    worker: worker?.number,
    ...(options.logTo && { stream: options.logTo }),
  });
  closers.push(() => log.close());
  // Before the policies are loaded, so that it counts them; the gate is only asked by a scrape.
  const metrics = createMetrics(bus, {
    heldConnections: () => gate.held(),
    approvalsOpen: () => store.countOpen(),
    version: VERSION,
  });
  closers.push(() => metrics.close());

  const live = await startLivePolicy({
    paths: config.policies,
    defaults: policyDefaults(config),
    known: knownNames(config),
    upstreams: config.upstreams,
    clock,
    bus,
  });
  if (!live.ok) {
    await closeAll();
    return live;
  }
  const { policy } = live;
  closers.push(() => policy.close());

  const data = await openData(
    config.data_dir,
    {
      clock,
      bus,
      log,
      worker,
      mountedKeys: config.keys?.dir,
      store: config.store,
    },
    (close) => closers.push(close),
  );
  const { signer, store } = data;
  const usage = createUsageTracker({
    store: data.usage,
    clock,
    onCounted: (amounts) => bus.emit('usage:counted', { amounts }),
    onTrouble: (error) => bus.emit('store:failed', { operation: 'usage', error: String(error) }),
  });
  await usage.start();
  closers.push(() => usage.stop());

  const resolver = createResolver({ own: [config.listen.proxy, config.listen.console] });
  const records = openRecords({ ...data, file: dataPaths(config.data_dir).database, store: config.store, clock, bus });
  closers.push(() => records.close());
  const people = await openPeople(config, { resolver, clock, bus, records, ids: data.ids });
  closers.push(() => people.close());
  const pseudonym = `holdgate-${signer.keyId.slice(0, 12)}`;
  const maxSockets = shareOf(MAX_SOCKETS, worker);
  const pools = createPools({ resolver, clock, pseudonym, maxSockets, maxHeaderBytes: MAX_RESPONSE_HEAD });
  closers.push(() => pools.close());
  const dispatcher = createDispatcher({
    upstreams: config.upstreams,
    pools,
    clock,
    bus,
    maxHeaderBytes: MAX_RESPONSE_HEAD,
  });
  const ports = options.adapt?.({ ...data, dispatcher }) ?? { ...data, dispatcher };

  await loadSqlParser();
  const actions = createActions(config.upstreams);
  const decodeBody: GateDeps['decodeBody'] = (headers, body) =>
    readWholeBody(headers, body, config.limits.inspect_body);
  const readers = createReadClient({ upstreams: config.upstreams, pools, clock, version: VERSION });
  const previews = createPreviews(readers, clock);
  const gate = createGate(
    {
      ...gateSettings(config, clock, policy, actions, usage.total, people.directory),
      ...data,
      ...ports,
      agentKeys: keysForGate(config, data.agentKeys),
      records,
      clock,
      bus,
      decodeBody,
      previews,
    },
    setImmediate,
  );
  closers.push(() => gate.stop());

  const recording = recordEvents(bus, ports.audit, clock);
  closers.push(() => recording.stop());
  const { links } = people;
  const channels = await openChannels(config, { ...data, ...ports, bus, clock, resolver, records, links });
  closers.push(() => channels.stop());
  const console_ = createConsole({
    gate,
    people: () => people.index,
    tokens: people.tokens,
    clock,
    metrics: { contentType: metrics.contentType, render: options.metricsPage ?? (() => metrics.render()) },
    ready: () => readiness(gate, store, recording.recordable, worker),
    usage: usage.list,
    insights: createInsights({ gate, putOff: channels.putOff, yieldTurn: setImmediate }),
    links,
    hooks: channels.hooks,
    publicKeys: () => signer.publicKeys(),
    publicUrl: config.public_url,
    bus,
    onError: (error) => bus.emit('console:failed', { error }),
  });
  const issuedKeys = createIssuedKeys({
    store: data.agentKeys,
    secrets: data.secrets,
    clock,
    onTrouble: (error) => bus.emit('store:failed', { operation: 'agent-keys', error: String(error) }),
  });
  const authenticator = createAgentAuthenticator({
    agents: config.agents,
    issuers: config.issuers,
    clock,
    signedCalls: createSignedCalls(issuedKeys, clock),
  });
  const listener = createListener({
    authenticate: (head) => authenticator.authenticate(head),
    router: createRouter(config.upstreams),
    policy: () => policy.current(),
    recognise: (call) => actions.recognise(call),
    family: (call) => actions.family(call),
    envelope: (call) => actions.envelope(call),
    actionsNeedBody: (call) => actions.needsBody(call),
    readBody: decodeBody,
    meters: createCallMeters(config.upstreams, (key) => usage.meter(key)),
    usage: usage.total,
    gate,
    pools,
    clock,
    bus,
    nextDecisionId: createDecisionIds(clock),
    recordable: recording.recordable,
    ...proxySettings(config, worker),
    tendsToBeHeld: () => policy.holding(),
    pseudonym,
  });

  const unknown = await gate.start();
  channels.start(gate);
  await ports.audit.durable({
    at: clock.now(),
    type: 'gate:process:started',
    version: VERSION,
    replica: data.replica,
    config_sha256: sha256(JSON.stringify(config)),
    policy: policy.current().digest,
    indeterminate: unknown,
  });
  const atConsole = await console_.listen(config.listen.console);
  closers.push(() => console_.close());
  const atProxy = await listener.listen(config.listen.proxy);
  log.logger.info({ event: 'gate:process:listening', proxy: atProxy, console: atConsole, version: VERSION });

  return {
    ok: true,
    running: {
      proxy: atProxy,
      console: atConsole,
      async reload() {
        await Promise.all([policy.reload(), data.reloadKeys()]);
      },
      figures: () => metrics.families(),
      async stop(grace) {
        listener.drain();
        gate.release();
        await Promise.all([listener.close(grace), settledWithin(gate.idle(), grace, clock)]);
        // The log says itself when it cannot be written; the rest is closed all the same.
        await ports.audit.durable({ at: clock.now(), type: 'gate:process:stopped' }).catch(() => undefined);
        log.logger.info({ event: 'gate:process:stopped' });
        await closeAll();
      },
    },
  };
}

async function readiness(
  gate: Gate,
  store: ApprovalStore,
  recordable: () => boolean,
  worker: WorkerPlace | undefined,
): Promise<{ ready: boolean; checks: Record<string, string> }> {
  const storeCheck = await store.health().then(
    () => 'ok',
    () => 'unavailable',
  );
  const checks = {
    store: storeCheck,
    audit: recordable() ? 'ok' : 'unavailable',
    held: String(gate.held()),
    // It speaks for itself alone: another worker may well be ready.
    ...(worker && { worker: String(worker.number) }),
  };
  return { ready: checks.store === 'ok' && checks.audit === 'ok', checks };
}

async function settledWithin(work: Promise<void>, ms: number, clock: Clock): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const cancel = clock.after(ms, resolve);
  await Promise.race([work, promise]);
  cancel();
}
