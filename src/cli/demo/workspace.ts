// Everything the demo writes: one temporary folder with a configuration, a policy, and credentials made for this run only.
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { sha256 } from '../../core/sha256.ts';

export interface Workspace {
  readonly folder: string;
  readonly config: string;
  readonly proxy: string;
  readonly console: string;
  readonly agentCredential: string;
  readonly ownerCredential: string;
  readonly approverCredential: string;
  /** Somebody in the approver's group who is not on call. */
  readonly colleagueCredential: string;
}

export interface WorkspaceOptions {
  /** Further YAML of the configuration. */
  readonly more?: string;
  /** Who may approve exports: `group:security`, `oncall:platform`. */
  readonly from?: string;
}

const credential = (): string => `hg_${randomBytes(32).toString('base64url')}`;

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}

const policy = (from: string): string => `version: 1
name: billing
owner: platform-owner@example.com
rules:
  - id: reads
    description: Reading customers is routine
    match: {upstream: billing, method: [GET, HEAD]}
    effect: allow
  - id: data-export
    description: Exports take customer data out of the company
    match: {upstream: billing, method: POST, path: /exports}
    effect: hold
    hold: {approvals: 1, from: ["${from}"], expires: 15m}
    risk: high
`;

/** Makes the folder for one run against the upstream at `upstreamUrl`. */
export async function makeWorkspace(
  upstreamUrl: string,
  { more = '', from = 'group:security' }: WorkspaceOptions = {},
): Promise<Workspace> {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-demo-'));
  const proxyPort = await freePort();
  let consolePort = await freePort();
  while (consolePort === proxyPort) consolePort = await freePort();
  const [agent, owner, approver, colleague] = [credential(), credential(), credential(), credential()];
  mkdirSync(join(folder, 'policies'));
  writeFileSync(join(folder, 'policies', 'billing.yaml'), policy(from));
  const config = join(folder, 'holdgate.yaml');
  writeFileSync(
    config,
    `version: 1
listen: {proxy: 127.0.0.1:${proxyPort}, console: 127.0.0.1:${consolePort}}
store: sqlite
data_dir: data
policies: [policies]
default: hold
log: {level: warn}
agents:
  - {id: deploy-bot, owner: platform-owner@example.com, labels: {env: demo}, credentials: [{bearer_sha256: ${sha256(agent)}}]}
people:
  - {email: platform-owner@example.com, groups: [security], credentials: [{bearer_sha256: ${sha256(owner)}}]}
  - {email: security-oncall@example.com, groups: [security], credentials: [{bearer_sha256: ${sha256(approver)}}]}
  - {email: colleague@example.com, groups: [security], credentials: [{bearer_sha256: ${sha256(colleague)}}]}
upstreams:
  billing:
    base: ${upstreamUrl}
    mount: /billing
    credential: {header: Authorization, value: "Bearer \${env:BILLING_TOKEN}"}
    allow_private: true
${more}`,
  );
  return {
    folder,
    config,
    proxy: `http://127.0.0.1:${proxyPort}`,
    console: `http://127.0.0.1:${consolePort}`,
    agentCredential: agent,
    ownerCredential: owner,
    approverCredential: approver,
    colleagueCredential: colleague,
  };
}
