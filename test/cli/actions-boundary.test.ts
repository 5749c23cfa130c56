// `holdgate actions explain` says where an action stands to the boundary of its upstream, where that has one.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { actionsCommand } from './actions-cli.ts';

let folder: string;
let config: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'holdgate-boundary-'));
  config = join(folder, 'holdgate.yaml');
  writeFileSync(join(folder, 'p.yaml'), 'version: 1\nrules: [{id: r, match: {method: GET}, effect: allow}]\n');
  writeFileSync(
    config,
    `version: 1
policies: [p.yaml]
upstreams:
  ec2: {base: "https://ec2.us-east-1.amazonaws.com", kind: aws, hosts: [ec2.us-east-1.amazonaws.com], boundary: {regions: ["eu-*"]}}
`,
  );
});
afterAll(() => rmSync(folder, { recursive: true }));

describe('the boundary', () => {
  const CURL =
    "curl https://ec2.us-east-1.amazonaws.com/ -d 'Action=StartInstances&Version=2016-11-15&InstanceId.1=i-1'";

  it('stands below the other facts of an action', async () => {
    const { out } = await actionsCommand(['explain', CURL, '--config', config]);
    expect(out).toMatch(/\n {2}boundary {4}outside \(region us-east-1\)\n$/);
  });

  it('is in the JSON', async () => {
    const { out } = await actionsCommand(['explain', CURL, '--config', config, '--json']);
    expect(JSON.parse(out)).toMatchObject({ actions: [{ boundary: 'outside', boundaryEvidence: 'region us-east-1' }] });
  });

  it('is left out where there is none', async () => {
    const { out } = await actionsCommand(['explain', CURL]);
    expect(out).not.toContain('boundary');
  });
});
