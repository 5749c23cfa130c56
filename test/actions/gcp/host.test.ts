// Hosts of Google's APIs in every style, and names that only look like them.
import { describe, expect, it } from 'vitest';
import { gcpData } from '../../../src/actions/gcp/catalogue.ts';
import { readGcpHost } from '../../../src/actions/gcp/host.ts';
import { call, names, recogniser } from './calls.ts';

function read(host: string): string {
  const found = readGcpHost(host, gcpData());
  if (!found) return 'none';
  const services = found.shared ? 'all' : found.services.map(({ id }) => id).join('+');
  return [services || '-', found.region ?? '-', found.bucket ?? '-', ...(found.odd ? ['odd'] : [])].join(' ');
}

describe('hosts of Google', () => {
  it.each([
    ['iam.googleapis.com', 'iam - -'],
    ['iam.googleapis.com:443', 'iam - -'],
    ['iam.googleapis.com.', 'iam - -'],
    ['iam.mtls.googleapis.com', 'iam - -'],
    ['us-central1-aiplatform.googleapis.com', 'aiplatform us-central1 -'],
    ['us-aiplatform.googleapis.com', 'aiplatform us -'],
    ['europe-west1-run.googleapis.com', 'run europe-west1 -'],
    ['aiplatform.us-central1.rep.googleapis.com', 'aiplatform us-central1 -'],
    ['storage.us-east4.rep.googleapis.com', 'storage us-east4 -'],
    ['content-storage.googleapis.com', 'storage - -'],
    ['storage.googleapis.com', 'storage - -'],
    ['data.storage.googleapis.com', 'storage - data'],
    ['my.data.storage.googleapis.com', 'storage - my.data'],
    ['storage-vialink1.p.googleapis.com', 'storage - -'],
    ['sqladmin.googleapis.com', 'sql - -'],
    ['admin.googleapis.com', 'admin+datatransfer+directory+reports - -'],
    ['www.googleapis.com', 'all - -'],
    ['private.googleapis.com', 'all - -'],
    ['restricted.googleapis.com', 'all - -'],
    ['oauth2.googleapis.com', 'oauth2 - -'],
    ['accounts.google.com', 'oauth2 - -'],
    ['clients6.google.com', 'all - -'],
    ['storage.clients6.google.com', 'storage - -'],
    ['cloudconsole-pa.clients6.google.com', '- - - odd'],
    // Of Google, but not the endpoint of an API that is known.
    ['nothing.googleapis.com', '- - - odd'],
    ['evil-iam.googleapis.com', 'iam - - odd'],
    ['x.iam.googleapis.com', 'iam - - odd'],
    // Not of Google, or not an API.
    ['googleapis.com', 'none'],
    ['eviliam.googleapis.com.evil.example', 'none'],
    ['evilgoogleapis.com', 'none'],
    ['fonts.googleapis.com', 'none'],
    ['console.cloud.google.com', 'none'],
    ['evilclients6.google.com', 'none'],
    ['web-abc-uc.a.run.app', 'none'],
    ['127.0.0.1:8080', 'none'],
  ])('%s', (host, what) => {
    expect(read(host)).toBe(what);
    expect(recogniser.claims(call(`GET https://${host}/`))).toBe(what !== 'none');
  });
});

it('are not needed where the path tells the service, and nothing is sure without them', () => {
  expect(names(call('DELETE https://gate.internal/compute/v1/projects/p/zones/z/instances/i'))).toEqual([
    'compute.instances.delete?',
  ]);
  const many = names(call('GET https://gate.internal/v1/projects/p/locations/l'));
  expect(many.length).toBeGreaterThan(5);
  expect(many.every((name) => /[?!]$/.test(name))).toBe(true);
});
