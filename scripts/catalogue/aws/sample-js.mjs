// Records the requests that the AWS SDK for JavaScript (v3) makes: every command of every client that is installed in a folder, with
// parameters made from its schemas and signed with keys that open nothing. Nothing is sent. test/actions/aws/data/clients.jsonl.gz has some.
//
//   sample-js.mjs <folder with node_modules/@aws-sdk/client-*> <file.jsonl> [--every N] [--region R] [--endpoint URL] [--fips] [--dualstack]
//                 [--protocol AwsSmithyRpcV2CborProtocol | AwsQueryProtocol …] [--only sqs,s3]
//
// A line: {client, service, operation, protocol, method, url, headers: [[name, value], …], body: base64 or null}; `service` as botocore
// calls it, which has to be there (python3 -c 'import botocore').
import { execFileSync } from 'node:child_process';
import { appendFileSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';
import { crc32 } from 'node:zlib';

const { values: options, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    every: { type: 'string', default: '1' },
    region: { type: 'string', default: 'us-east-1' },
    endpoint: { type: 'string' },
    fips: { type: 'boolean' },
    dualstack: { type: 'boolean' },
    protocol: { type: 'string' },
    only: { type: 'string' },
  },
});
const [folder, target] = positionals.map((each) => resolve(each));
const require = createRequire(join(folder, 'index.js'));
const load = (name) => import(pathToFileURL(require.resolve(name)).href);
const { NormalizedSchema } = await load('@smithy/core/schema');
const { HttpResponse } = await load('@smithy/protocol-http');
const protocols = await load('@aws-sdk/core/protocols');

const ACCOUNT = '123456789012';
const IDS = JSON.parse(
  execFileSync('python3', [
    '-c',
    'import json, botocore.session as b; s = b.get_session(); print(json.dumps({n: s.get_service_model(n).metadata["serviceId"] for n in s.get_available_services()}))',
  ]).toString(),
);
const services = new Map(Object.entries(IDS).map(([service, id]) => [id, service]));
/** Clients of what botocore knows by another name only. */
services.set('CloudWatch Events', 'events');

let seed = 1;
const random = () => (seed = (seed * 1_103_515_245 + 12_345) & 0x7fff_ffff) / 0x7fff_ffff;

function textFor(name, client) {
  const lower = name.toLowerCase();
  if (/^(?:accountid|awsaccountid|expectedbucketowner|sourceaccount|owneraccount)$/.test(lower)) return ACCOUNT;
  if (lower === 'bucket') return 'example-bucket';
  if (lower === 'copysource') return 'source-bucket/some/key';
  if (lower === 'key') return 'some/key name+1.txt';
  if (client === 's3' && lower === 'policy') return '{"Statement":[]}';
  if (lower.includes('rolearn') || lower === 'role') return `arn:aws:iam::${ACCOUNT}:role/path/some-role`;
  if (lower.includes('arn')) return arnFor(lower, client);
  if (lower === 'queueurl') return `https://sqs.us-east-1.amazonaws.com/${ACCOUNT}/queue`;
  if (/url|uri/.test(lower)) return 'https://example.com/path';
  if (lower === 'contenttype') return 'application/json';
  return lower.endsWith('id') ? 'id-1a2b3c' : 'some-name';
}

function arnFor(name, client) {
  if (client === 'kinesis') return `arn:aws:kinesis:us-east-1:${ACCOUNT}:stream/some-name${name === 'consumerarn' ? '/consumer/some:1' : ''}`;
  if (client.startsWith('dynamodb')) return `arn:aws:dynamodb:us-east-1:${ACCOUNT}:table/some-name`;
  return `arn:aws:example:us-east-1:${ACCOUNT}:thing/some-name`;
}

/** A value of the schema; `rich` fills optional members too. The number of required members stands behind those of a structure. */
function valueOf(schema, name, client, rich, depth = 0, seen = []) {
  if (schema.isUnitSchema()) return {};
  if (schema.isDocumentSchema()) return { some: 'document' };
  if (schema.isStructSchema()) return structureOf(schema, client, rich, depth, seen);
  if (schema.isListSchema()) return seen.length > 10 ? [] : [valueOf(schema.getValueSchema(), name, client, rich, depth + 1, seen)];
  if (schema.isMapSchema()) return { key: valueOf(schema.getValueSchema(), name, client, rich, depth + 1, seen) };
  if (schema.isBlobSchema()) return Buffer.from('some bytes \0\xff');
  if (schema.isTimestampSchema()) return new Date(Date.UTC(2026, 0, 2, 3, 4, 5));
  if (schema.isBooleanSchema()) return random() < 0.5;
  if (schema.isBigIntegerSchema()) return 5n;
  if (schema.isNumericSchema() || schema.isBigDecimalSchema()) return 5;
  return schema.isStreaming() ? Buffer.from('text') : textFor(name, client);
}

function structureOf(schema, client, rich, depth, seen) {
  const id = schema.getName(true);
  const required = schema.getSchema()[6] ?? 0;
  const found = {};
  if ((seen.includes(id) && required === 0) || seen.length > 12) return found;
  let i = 0;
  for (const [name, member] of schema.structIterator()) {
    const needed = i++ < required || member.getMergedTraits().httpLabel;
    if (member.isStreaming() && member.isStructSchema()) found[name] = (async function* () {})();
    else if (schema.isUnionSchema() || needed || (rich && depth < 3 && random() < (depth === 0 ? 0.7 : 0.4))) {
      found[name] = valueOf(member, name, client, rich, depth + 1, [...seen, id]);
    }
    if (schema.isUnionSchema()) break;
  }
  return found;
}

/** What the endpoint rules and the clients' own checks refuse otherwise. */
function adjust(client, operation, input) {
  for (const name of ['EndpointId', 'OutpostId', 'ExpectedBucketOwner', 'StreamId', 'SSECustomerKey', 'CopySourceSSECustomerKey', 'ChecksumType'])
    delete input[name];
  if (client === 's3-control') Object.assign(input, { AccountId: ACCOUNT }, 'Name' in input && { Name: 'some-point' });
  if (client === 's3' && 'ChecksumAlgorithm' in input) input.ChecksumAlgorithm = 'CRC32';
  if (operation === 'WriteGetObjectResponse') Object.assign(input, { RequestRoute: 'route1', RequestToken: 'token' });
}

class Captured extends Error {
  constructor(request) {
    super('captured');
    this.request = request;
  }
}

let asked = '';
/** Ends the call with its request; what only asks where to send another one, or with which key, is answered. */
async function handle(request) {
  const ok = (body, type) => ({ response: new HttpResponse({ statusCode: 200, headers: { 'content-type': type }, body: Readable.from([Buffer.from(body)]) }) });
  if (request.headers['x-amz-target']?.endsWith('.DescribeEndpoints') && asked !== 'DescribeEndpoints')
    return ok('{"Endpoints":[{"Address":"cell1.timestream.us-east-1.amazonaws.com","CachePeriodInMinutes":1440}]}', 'application/x-amz-json-1.0');
  const { body } = request;
  const chunks = [];
  if (typeof body === 'string' || body instanceof Uint8Array) chunks.push(Buffer.from(body));
  else if (body) for await (const chunk of body) chunks.push(Buffer.from(chunk));
  throw new Captured({ ...request, body: Buffer.concat(chunks) });
}

const escaped = (text) => encodeURIComponent(text).replaceAll(/[!'()*]/g, (each) => `%${each.charCodeAt(0).toString(16).toUpperCase()}`);
const queryOf = (query = {}) =>
  Object.keys(query)
    .toSorted()
    .flatMap((name) => [query[name]].flat().map((value) => (value === null ? escaped(name) : `${escaped(name)}=${escaped(value)}`)))
    .join('&');

const UNSAID = /^(?:user-agent|x-amz-user-agent|amz-sdk-.*|content-length)$/;
function record(client, service, protocol, { method, protocol: scheme, hostname, port, path, query, headers, body }) {
  const text = queryOf(query);
  return {
    client: 'js',
    service,
    operation: asked,
    protocol,
    method,
    url: `${scheme}//${hostname}${port ? `:${port}` : ''}${path}${text && `?${text}`}`,
    headers: Object.entries(headers)
      .filter(([name]) => !UNSAID.test(name))
      .map(([name, value]) => [name, value.replace(/Signature=[0-9a-f]{64}/, `Signature=${'0'.repeat(64)}`)]),
    body: body.length === 0 ? null : body.toString('base64'),
  };
}

/** Endpoints that no rule knows. */
const OWN = {
  'apigatewaymanagementapi': 'https://abc123.execute-api.us-east-1.amazonaws.com/prod',
  'cloudsearch-domain': 'https://search-mydomain-abcdefghijklmnopqrstuvwxyz.us-east-1.cloudsearch.amazonaws.com',
};

writeFileSync(target, '');
const failed = [];
const installed = readdirSync(join(folder, 'node_modules/@aws-sdk')).filter((name) => name.startsWith('client-'));
for (const name of installed.map((each) => each.slice('client-'.length))) {
  if (options.only && !options.only.split(',').includes(name)) continue;
  const module = await load(`@aws-sdk/client-${name}`);
  const [, Client] = Object.entries(module).find(([key, value]) => /^[A-Z].*Client$/.test(key) && value.prototype?.destroy) ?? [];
  const client = new Client({
    region: options.region,
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'secret' },
    token: { token: 'token' },
    requestHandler: { metadata: { handlerProtocol: 'http/1.1' }, handle, httpHandlerConfigs: () => ({}), updateHttpClientConfig() {} },
    maxAttempts: 1,
    useFipsEndpoint: options.fips,
    useDualstackEndpoint: options.dualstack,
    ...((options.endpoint ?? OWN[name]) && { endpoint: options.endpoint ?? OWN[name] }),
    ...(options.protocol && { protocol: protocols[options.protocol] }),
  });
  const service = services.get(client.config.serviceId);
  for (const [key, Command] of Object.entries(module).filter(([key]) => /^[A-Z].*Command$/.test(key))) {
    asked = key.slice(0, -'Command'.length);
    for (const variant of ['least', 'rich']) {
      if (crc32(`${name}/${asked}/${variant}`) % Number(options.every) !== 0) continue;
      seed = crc32(`${name}/${asked}/${variant}`) & 0xffff;
      try {
        const { schema } = new Command({});
        const input = valueOf(NormalizedSchema.of(schema[4]), '', name, variant === 'rich');
        adjust(name, asked, input);
        await client.send(new Command(input));
      } catch (error) {
        let found = error;
        while (found && !(found instanceof Captured)) found = found.cause;
        if (!found) failed.push(`${name} ${asked}: ${error.message}`);
        else {
          const protocol = options.protocol ?? client.config.protocol.constructor.name;
          appendFileSync(target, `${JSON.stringify(record(name, service, protocol, found.request))}\n`);
        }
      }
    }
  }
}
const lines = readFileSync(target, 'utf8').split('\n').length - 1;
process.stderr.write(`${lines} requests written\n${failed.map((line) => `not made: ${line.slice(0, 200)}\n`).join('')}`);
