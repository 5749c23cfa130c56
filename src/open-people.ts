// The directory of people: who is in the configuration or let in by an identity provider, which groups they are in, who of them is on
// call, and how they prove who they are.
import type { UserGroups } from './channels/slack/user-groups.ts';
import type { Config } from './config/types.ts';
import type { SignInByToken } from './console/sign-in.ts';
import { createCredentialIndex, type CredentialIndex } from './core/credential-index.ts';
import type { Directory, Person } from './core/principal.ts';
import { type AccountLinks, createAccounts } from './gate/accounts.ts';
import { createDirectory } from './people/directory.ts';
import { httpSchedule } from './people/http-schedule.ts';
import { type OnCall, startOnCall } from './people/on-call.ts';
import { createOneAddress } from './people/one-address.ts';
import { pagerDutySchedule } from './people/pagerduty.ts';
import { createRememberedGroups, type RememberedGroups } from './people/remembered-groups.ts';
import { createTokenSignIn } from './people/token-sign-in.ts';
import type { IdSource } from './ports/clock.ts';
import type { EventBus } from './ports/events.ts';
import type { GroupSource } from './ports/group-source.ts';
import type { SharedRecords } from './ports/shared-records.ts';
import { issuerKeys } from './proxy/auth/issuer-keys.ts';
import { createTokenChecker } from './proxy/auth/token-checker.ts';
import { createHttpClient, type OutboundDeps } from './proxy/outbound.ts';

/** How long a start waits for the first answers, ms: the fallback counts from then on. */
const FIRST = 3_000;
/** Of an id: its random part. */
const RANDOM = 16;

export interface PeopleDeps extends OutboundDeps {
  readonly bus: EventBus;
  readonly records: SharedRecords;
  readonly ids: IdSource;
}

export interface People {
  readonly directory: Directory;
  /** Credentials that are in the configuration. */
  readonly index: CredentialIndex<Person>;
  /** Absent where no identity provider is configured. */
  readonly tokens: SignInByToken | undefined;
  readonly links: AccountLinks;
  close(): void;
}

/** Never rejects. */
export async function openPeople(config: Config, deps: PeopleDeps): Promise<People> {
  const { clock, bus, records } = deps;
  const onCall = startSchedules(config, deps);
  const remembered = createRememberedGroups({
    records,
    issuers: config.sign_in,
    clock,
    onTrouble: (error) => bus.emit('store:failed', { operation: 'people', error: String(error) }),
  });
  // Whose account is whose is asked of the directory, so it comes first.
  const sources: GroupSource[] = [remembered];
  const directory = createDirectory({
    people: config.people,
    sources,
    onCall,
  });
  const links = linksOf(config, deps, directory);
  const userGroups = await slackGroups(config, deps, links);
  if (userGroups) sources.push(userGroups);
  const first = [
    ...(config.on_call.length > 0 ? [onCall.refresh()] : []),
    ...(config.sign_in.length > 0 ? [remembered.refresh()] : []),
    ...(userGroups ? [userGroups.refresh()] : []),
  ];
  if (first.length > 0) {
    const { promise, resolve } = Promise.withResolvers<void>();
    const cancel = clock.after(FIRST, resolve);
    await Promise.race([promise, Promise.all(first)]);
    cancel();
  }
  return {
    directory,
    index: credentialsOf(config, directory),
    tokens: tokensOf(config, deps, remembered, directory),
    links,
    close() {
      onCall.close();
      remembered.close();
      userGroups?.close();
    },
  };
}

function startSchedules({ on_call: settings }: Config, deps: PeopleDeps): OnCall {
  const http = createHttpClient(deps);
  return startOnCall({
    schedules: settings.map(({ name, source, fallback }) => ({
      name,
      fallback,
      schedule: source.kind === 'pagerduty' ? pagerDutySchedule(source, http) : httpSchedule(source, http),
    })),
    clock: deps.clock,
    onState: (name, why) => told(deps.bus, `oncall:${name}`, why),
  });
}

async function slackGroups(
  { channels }: Config,
  { clock, bus }: PeopleDeps,
  accounts: AccountLinks,
): Promise<UserGroups | undefined> {
  const { slack } = channels;
  if (!slack || slack.userGroups.length === 0) return undefined;
  // As for the channel: a gate without Slack does not read its code.
  const { createSlackApi } = await import('./channels/slack/slack-api.ts');
  const { startUserGroups } = await import('./channels/slack/user-groups.ts');
  return startUserGroups({
    api: createSlackApi({ token: slack.botToken.reveal(), apiUrl: slack.apiUrl }),
    accounts,
    groups: slack.userGroups,
    teamIds: slack.teams,
    clock,
    onState: (name, why) => told(bus, `slack:group:${name}`, why),
  });
}

function told(bus: EventBus, channel: string, why: string | undefined): void {
  bus.emit('channel:state', { channel, state: why === undefined ? 'open' : 'away', ...(why !== undefined && { why }) });
}

function linksOf(
  { channels: { slack, teams } }: Config,
  { records, ids }: PeopleDeps,
  people: Directory,
): AccountLinks {
  return createAccounts({
    records,
    people,
    byEmail: new Set([
      ...(slack?.linkByEmail === true ? ['slack'] : []),
      ...(teams?.linkByEmail === true ? ['teams'] : []),
    ]),
    newCode: () => ids.next('evt').slice(-RANDOM),
  });
}

function credentialsOf({ people }: Config, directory: Directory): CredentialIndex<Person> {
  return createCredentialIndex(
    people.flatMap(({ email, credentials }) => {
      const value = directory.person(email);
      return value ? credentials.map(({ bearer_sha256: hash }) => ({ hash, value })) : [];
    }),
  );
}

function tokensOf(
  { sign_in: issuers }: Config,
  deps: PeopleDeps,
  remembered: RememberedGroups,
  people: Directory,
): SignInByToken | undefined {
  if (issuers.length === 0) return undefined;
  const http = createHttpClient(deps);
  const checker = createTokenChecker(issuers, deps.clock, (issuer) =>
    issuer.jwks_file === undefined ? issuerKeys(issuer, http) : undefined,
  );
  const signIn = createTokenSignIn({
    verify: async (token) => {
      const checked = await checker.check(token);
      return checked.ok ? { ok: true, issuer: checked.issuer.issuer, claims: checked.claims } : checked;
    },
    issuers,
    takeAddress: createOneAddress(deps),
    remembered,
    people,
    clock: deps.clock,
  });
  return async (token) => {
    const done = await signIn(token);
    if (!done.ok) return done;
    const { email } = done.person;
    return { ...done, stillKnown: () => people.person(email) !== undefined };
  };
}
