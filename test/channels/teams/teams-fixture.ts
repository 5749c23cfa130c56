// Teams, whole, over an HTTP client in memory: the connector, the token endpoint and the published keys are maps that a test fills.
import type { JWTPayload } from 'jose';
import { startTeams, type Teams } from '../../../src/channels/teams/start-teams.ts';
import type { TeamsAnswer } from '../../../src/channels/teams/http.ts';
import { createFakeSigner, type FakeSigner } from '../../../src/cli/demo/teams/signer.ts';
import { type Approval } from '../../../src/core/approval/state.ts';
import type { TeamsSettings } from '../../../src/core/channel-settings.ts';
import { Secret } from '../../../src/core/secret.ts';
import { createEventBus } from '../../../src/telemetry/bus.ts';
import type { HttpClient, OutboundAnswer, OutboundRequest } from '../../../src/ports/http-client.ts';
import type { ChannelVote } from '../../../src/ports/votes.ts';
import { createManualClock, type ManualClock } from '../../ports/manual-clock.ts';
import { createMemoryRecords } from '../../stores/memory-records.ts';
import { secrets } from '../slack/slack-fixture.ts';
import { approvalView } from '../../../src/core/approval/view.ts';
import { alone } from '../../../src/core/similar/shown.ts';

export const NOW: number = Date.UTC(2026, 0, 2, 3, 4, 5);
export const APP = '11111111-2222-4333-8444-5555555555ab';
export const TENANT = '99999999-8888-4777-8666-555555555555';
export const OBJECT = '00000000-0000-4000-8000-00000000000a';
export const USER = '29:ann';
export const PLACE = '19:approvals@thread.tacv2';
export const SERVICE = 'https://smba.trafficmanager.net/emea/';
const KEYS = 'https://login.botframework.com/v1/.well-known/keys';

type Json = Readonly<Record<string, unknown>>;

export const settings: TeamsSettings = {
  appId: APP,
  appSecret: new Secret('the secret'),
  tenants: [TENANT],
  approveUpTo: 'medium',
  linkByEmail: true,
  serviceUrl: 'https://smba.trafficmanager.net/teams/',
  tokenUrl: 'https://login.microsoftonline.com/botframework.com/oauth2/v2.0/token',
  openidUrl: 'https://login.botframework.com/v1/.well-known/openidconfiguration',
};

export interface Signers {
  readonly real: FakeSigner;
  /** Published with the same id elsewhere only. */
  readonly other: FakeSigner;
  /** Published, but for other channels, and for none. */
  readonly skype: FakeSigner;
  readonly unendorsed: FakeSigner;
}

export async function makeSigners(): Promise<Signers> {
  const [real, other, skype, unendorsed] = await Promise.all([
    createFakeSigner('real'),
    createFakeSigner('real'),
    createFakeSigner('skype', ['skype', 'webchat']),
    createFakeSigner('unendorsed', undefined),
  ]);
  const bare = { ...unendorsed, jwk: { ...unendorsed.jwk, endorsements: undefined } };
  return { real, other, skype, unendorsed: bare };
}

export interface World {
  readonly teams: Teams;
  readonly clock: ManualClock;
  readonly votes: ChannelVote[];
  readonly refused: string[];
  readonly requests: OutboundRequest[];
  /** As the connector tells of the member; undefined: it knows nobody. */
  member: Json | undefined;
  /** Answers instead of the usual one. */
  intercept: (request: OutboundRequest) => OutboundAnswer | undefined;
  stands: Approval;
}

export const MEMBER: Json = {
  id: USER,
  objectId: OBJECT,
  tenantId: TENANT,
  userRole: 'user',
  userPrincipalName: 'ann@example.com',
  email: 'someone-else@example.com',
};

export const answered = (
  status: number,
  json: unknown,
  headers: Readonly<Record<string, string>> = {},
): OutboundAnswer => ({
  ok: true,
  status,
  headers,
  body: Buffer.from(JSON.stringify(json)),
});

export function makeWorld(signers: Signers, stands: Approval): World {
  const clock = createManualClock(NOW);
  const bus = createEventBus();
  const requests: OutboundRequest[] = [];
  const http: HttpClient = {
    async request(request) {
      requests.push(request);
      const early = world.intercept(request);
      if (early) return early;
      if (request.url === settings.openidUrl)
        return answered(200, { issuer: 'https://api.botframework.com', jwks_uri: KEYS });
      if (request.url === KEYS)
        return answered(200, { keys: [signers.real, signers.skype, signers.unendorsed].map(({ jwk }) => jwk) });
      if (request.url === settings.tokenUrl)
        return answered(200, { access_token: `t${requests.length}`, expires_in: 3600 });
      if (request.method === 'GET' && request.url.includes('/members/'))
        return world.member ? answered(200, world.member) : answered(404, { error: { code: 'MemberNotFound' } });
      return request.method === 'POST' ? answered(201, { id: '1700000000001' }) : answered(200, {});
    },
  };
  const votes: ChannelVote[] = [];
  const refused: string[] = [];
  bus.on('channel:refused', ({ why }) => refused.push(why));
  const teams = startTeams({
    settings,
    http,
    records: createMemoryRecords(clock),
    secrets,
    consoleUrl: 'https://gate.example.com',
    clock,
    bus,
    accounts: {
      person: async ({ realm, id }, email) =>
        realm === TENANT && id === OBJECT && email === 'ann@example.com'
          ? { email: 'ann@example.com', groups: ['security'] }
          : undefined,
      begin: async () => 'CODE0123456789ABCDEF',
    },
    votes: {
      vote: async (input) => {
        votes.push(input);
        return { outcome: 'recorded', approval: world.stands };
      },
      shown: async (id) => (id === world.stands.id ? alone(approvalView(world.stands, clock.now()), null) : undefined),
      list: async () => ({ items: [] }),
      now: async () => clock.now(),
    },
  });
  const world: World = {
    teams,
    clock,
    votes,
    refused,
    requests,
    member: MEMBER,
    intercept: () => undefined,
    stands,
  };
  return world;
}

let serial = 0;

export function activityOf(data: unknown, over: Json = {}, verb = 'approve'): Json {
  return {
    type: 'invoke',
    name: 'adaptiveCard/action',
    id: `f:${++serial}`,
    timestamp: new Date(NOW).toISOString(),
    channelId: 'msteams',
    serviceUrl: SERVICE,
    from: { id: USER, aadObjectId: OBJECT, name: 'Ann' },
    recipient: { id: `28:${APP}` },
    conversation: { id: `${PLACE};messageid=1700000000001`, tenantId: TENANT, conversationType: 'channel' },
    channelData: { tenant: { id: TENANT } },
    value: { action: { type: 'Action.Execute', verb, data }, trigger: 'manual' },
    ...over,
  };
}

export const claims = (over: Json = {}): JWTPayload => ({
  iss: 'https://api.botframework.com',
  aud: APP,
  serviceurl: SERVICE,
  nbf: NOW / 1000 - 60,
  exp: NOW / 1000 + 3600,
  ...over,
});

export const post = (world: World, activity: unknown, headers: readonly string[]): Promise<TeamsAnswer> =>
  world.teams.post({
    rawHeaders: ['Content-Type', 'application/json', ...headers],
    body: Buffer.from(typeof activity === 'string' ? activity : JSON.stringify(activity)),
  });
