// Reads holdgate.yaml: every fault at once with its position, or the whole configuration. INVARIANT: a file with any fault
// gives no configuration; nothing starts half configured.
import { X509Certificate } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { type Fault, type LocatedYaml, parseLocatedYaml } from '../core/located-yaml.ts';
import { schemaFaults } from '../core/policy/schema-faults.ts';
import { humanId } from '../core/principal.ts';
import { unapprovable } from './approvable.ts';
import { parseBaseUrl } from './base-url.ts';
import type { CredentialSource } from './credential-schema.ts';
import { attentionSettings, rateOf } from './attention-settings.ts';
import { channelSettings } from './channel-settings.ts';
import { onCallSettings } from './on-call-settings.ts';
import { signInSettings } from './sign-in-settings.ts';
import { crossChecks } from './cross-checks.ts';
import { interpolate } from './interpolate.ts';
import { kindName, kindTerms } from './kind-schema.ts';
import { isLoopback, parseListen } from './leaves.ts';
import { type ConfigSource, readConfig, type UpstreamSource } from './schema.ts';
import { storeSettings } from './store-settings.ts';
import type { Address, Config } from './types.ts';
import { fileTrouble } from '../core/file-trouble.ts';
import type { Secret } from '../core/secret.ts';
import type { Upstream } from '../core/upstream.ts';

export type Environment = Readonly<Record<string, string | undefined>>;

export type ConfigResult =
  /** Warnings are about what works but should not be so in production. */
  | { readonly ok: true; readonly config: Config; readonly warnings: readonly Fault[] }
  | { readonly ok: false; readonly faults: readonly Fault[] };

/**
 * Loads the file; relative paths in it are relative to its folder. Never throws on bad input. Without `env` it is read
 * for its names and terms only, away from where the gate runs: secrets, certificates and key sets are not looked at.
 */
export function loadConfig(file: string, env: Environment | undefined): ConfigResult {
  let text: string;
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(readFileSync(file));
  } catch (error) {
    return { ok: false, faults: [{ at: `${file}:1:1`, message: `cannot be read: ${fileTrouble(error)}` }] };
  }
  const parsed = parseLocatedYaml(text, file);
  const { yaml } = parsed;
  if (!yaml) return { ok: false, faults: parsed.ok ? [] : parsed.faults };
  const known = parsed.ok ? [] : parsed.faults;
  const reading = readConfig(yaml.value ?? {});
  const further = [...(reading.ok ? [] : schemaFaults(reading.issues, yaml)), ...crossChecks(yaml)];
  const build = createBuild(yaml, dirname(resolve(file)), env);
  const config = reading.ok ? build.config(reading.source) : undefined;
  if (!config) build.partly(yaml.value);
  // Where YAML itself was refused, what follows from it at the same place is no news.
  const taken = new Set(known.map(({ at }) => at));
  const faults = [...known, ...[...further, ...build.faults].filter(({ at }) => !taken.has(at))];
  if (!config || faults.length > 0) return { ok: false, faults: inFileOrder(faults) };
  return { ok: true, config, warnings: inFileOrder(build.warnings) };
}

interface Build {
  readonly faults: readonly Fault[];
  readonly warnings: readonly Fault[];
  config(source: ConfigSource): Config;
  /** Only looks for faults in what can be read of a file that the schema refuses. */
  partly(value: unknown): void;
}

type Path = readonly (string | number)[];

function createBuild(yaml: LocatedYaml, folder: string, env: Environment | undefined): Build {
  const faults: Fault[] = [];
  const warnings: Fault[] = [];
  const fault = (path: Path, message: string): void => void faults.push({ at: yaml.locate(path), message });
  const warn = (path: Path, message: string): void => void warnings.push({ at: yaml.locate(path), message });

  /** Faults are reported; undefined then. */
  function secret(path: Path, key: string, text: string, isSecret = true): Secret | undefined {
    const result = interpolate(text, folder, env ?? {});
    if (!result.ok) {
      for (const message of result.messages) fault([...path, ...key.split('.')], message);
      return undefined;
    }
    if (result.literal && isSecret)
      warn([...path, ...key.split('.')], 'the secret stands in this file; ${env:NAME} or ${file:PATH} keeps it out');
    return result.secret;
  }

  /** Undefined without a word where secrets are not read. */
  const secretAt = (path: Path, text: string): Secret | undefined =>
    env && secret(path.slice(0, -1), String(path.at(-1)), text);

  function credential(path: Path, { header, value, aws }: CredentialSource): Upstream['credential'] {
    if (!env) return undefined;
    if (aws) {
      const accessKeyId = secret(path, 'aws.access_key_id', aws.access_key_id, false);
      const secretAccessKey = secret(path, 'aws.secret_access_key', aws.secret_access_key);
      const token = aws.session_token;
      const sessionToken = token === undefined ? undefined : secret(path, 'aws.session_token', token);
      if (accessKeyId && !/^\w{4,128}$/.test(accessKeyId.reveal()))
        fault([...path, 'aws', 'access_key_id'], 'an access key id is 4 to 128 letters and digits');
      return accessKeyId && secretAccessKey && { aws: { accessKeyId, secretAccessKey, sessionToken } };
    }
    const found = value === undefined ? undefined : secret(path, 'value', value);
    return found && header !== undefined ? { header, value: found } : undefined;
  }

  function readSecretBeside(path: Path, name: string, check: (text: string) => string | undefined): string | undefined {
    return env && readBeside(path, name, check);
  }

  function readBeside(path: Path, name: string, check: (text: string) => string | undefined): string | undefined {
    try {
      const text = readFileSync(resolve(folder, name), 'utf8');
      const message = check(text);
      if (message !== undefined) fault(path, `${name}: ${message}`);
      return text;
    } catch (error) {
      fault(path, `${name} cannot be read: ${fileTrouble(error)}`);
      return undefined;
    }
  }

  function document(path: Path, source: UpstreamSource['kind']): Upstream['openapi'] {
    const file = kindTerms(source).openapi;
    const text = file === undefined ? undefined : readBeside(path, file, () => undefined);
    return file === undefined || text === undefined ? undefined : { file, text };
  }

  function previewOf(path: Path, { preview, credential: forCalls }: UpstreamSource): Upstream['preview'] {
    if (!preview?.enabled) return undefined;
    if (forCalls && JSON.stringify(forCalls) === JSON.stringify(preview.credential)) {
      warn([...path, 'credential'], 'this is the credential that calls run with; previews need one that only reads');
    }
    const reader = credential([...path, 'credential'], preview.credential);
    return reader && { credential: reader, dryRun: preview.dry_run };
  }

  function upstream(id: string, source: UpstreamSource): Upstream | undefined {
    const path = ['upstreams', id];
    const parsed = parseBaseUrl(source.base);
    // The schema has reported it.
    if (!parsed.ok) return undefined;
    const { base } = parsed;
    for (const [i, host] of source.hosts.entries()) {
      if (host.startsWith('*.') && kindName(source.kind) !== 'aws')
        fault(
          [...path, 'hosts', i],
          `"${host}" needs \`kind: aws\`: only buckets have names of their own in front of a host`,
        );
    }
    if (base.servicesBelow !== undefined && (kindName(source.kind) !== 'aws' || !source.credential?.aws))
      fault(
        [...path, 'base'],
        'a base for every service needs `kind: aws` and `credential: {aws: …}`: what a call is signed for decides',
      );
    const added = source.credential && credential([...path, 'credential'], source.credential);
    if (added && base.scheme === 'http' && !isLoopback(base.hostname) && !source.allow_private) {
      warn([...path, 'base'], 'the credential crosses the network unencrypted; use https');
    }
    return {
      id,
      kind: kindName(source.kind),
      openapi: document([...path, 'kind', 'openapi'], source.kind),
      sqlService: kindTerms(source.kind)['sql-over-http'],
      scheme: base.scheme,
      hostname: base.hostname,
      port: base.port,
      authority: base.authority,
      servicesBelow: base.servicesBelow,
      basePath: base.path,
      mount: source.mount,
      hosts: source.hosts,
      credential: added,
      agent_credentials: source.agent_credentials ?? (source.credential ? 'strip' : 'pass'),
      boundary: source.boundary,
      datasets: source.datasets,
      preview: previewOf([...path, 'preview'], source),
      allow_private: source.allow_private,
      ca: source.ca === undefined ? undefined : readSecretBeside([...path, 'ca'], source.ca, certificateFault),
      wait: source.wait,
      timeouts: source.timeouts,
    };
  }

  function storeOf(source: ConfigSource['store']): Config['store'] {
    if (source === 'sqlite') return source;
    const isMapped = isMap(yaml.value) && isMap(yaml.value['store']);
    const at = (key: string): Path => (isMapped ? ['store', ...key.split('.')] : ['store']);
    const settings = storeSettings(source, {
      secret(text, key) {
        if (!env) return undefined;
        const result = interpolate(text, folder, env);
        if (result.ok) return result.secret;
        for (const message of result.messages) fault(at(key), message);
        return undefined;
      },
      ca: (name) => readSecretBeside(at('ca'), name, certificateFault),
      warn: (message) => warn(at('url'), message),
    });
    if (!settings) throw new Error('the schema let the address of the store pass');
    return settings;
  }

  function policies(names: readonly unknown[]): string[] {
    return names.flatMap((name, i) => {
      if (typeof name !== 'string') return [];
      const path = resolve(folder, name);
      if (!statSync(path, { throwIfNoEntry: false })) fault(['policies', i], `there is no file or folder ${name}`);
      return path;
    });
  }

  function remarks(source: ConfigSource): void {
    const { host } = listen(source.listen.console);
    if (!isLoopback(host)) {
      warn(
        ['listen', 'console'],
        'the console speaks plain HTTP and is reachable from other machines; put TLS in front of it',
      );
    }
    if (source.default === 'allow') warn(['default'], 'calls that no rule matches are let through');
    if (source.people.length === 0 && !source.sign_in.issuers.some(({ provision }) => provision))
      warn(['people'], 'nobody can approve: every held call will expire');
    if (source.hold.wait > source.hold.max_wait) fault(['hold', 'wait'], 'wait is longer than max_wait');
    for (const [i, { provision, groups }] of source.sign_in.issuers.entries()) {
      if (provision && Object.keys(groups).length === 0)
        warn(['sign_in', 'issuers', i, 'provision'], 'it lets nobody in without groups that are mapped');
    }
    for (const [i, issuer] of source.issuers.entries()) {
      if (issuer.owner === undefined && issuer.claims.owner === undefined) {
        warn(
          ['issuers', i],
          'no owner and no claim for it: only agents that are also listed under agents are accepted',
        );
      }
    }
  }

  return {
    faults,
    warnings,
    partly(value) {
      if (!isMap(value)) return;
      if (Array.isArray(value['policies'])) policies(value['policies']);
      const upstreams = isMap(value['upstreams']) ? Object.entries(value['upstreams']) : [];
      for (const [id, each] of upstreams) {
        const source = isMap(each) && isMap(each['credential']) ? each['credential'] : {};
        const { value: text } = source;
        if (typeof text === 'string') credential(['upstreams', id, 'credential'], { header: '', value: text });
      }
    },
    config(source) {
      remarks(source);
      const channels = channelSettings(source.channels, source.notify, { fault, secret: secretAt });
      const listed = isMap(yaml.value) && Array.isArray(yaml.value['quiet_hours']);
      const config: Config = {
        listen: { proxy: listen(source.listen.proxy), console: listen(source.listen.console) },
        store: storeOf(source.store),
        data_dir: resolve(folder, source.data_dir),
        workers: source.workers,
        keys: source.keys && { dir: resolve(folder, source.keys.dir) },
        policies: policies(source.policies),
        default: source.default,
        hold: {
          ...source.hold,
          from: source.hold.from.map((each) => (each.includes('@') ? humanId(each) : each)),
          max_held_per_agent: rateOf(source.hold.max_held_per_agent),
        },
        limits: source.limits,
        agents: source.agents.map((agent) => ({
          ...agent,
          owner: humanId(agent.owner),
          acts_for: agent.acts_for.map(humanId),
          wait: agent.wait,
          max_open: agent.max_open,
          max_held: agent.max_held,
        })),
        issuers: source.issuers.map(({ jwks_file: keys, claims, ...issuer }, i) => ({
          ...issuer,
          jwks_uri: issuer.jwks_uri,
          jwks_file:
            keys === undefined
              ? undefined
              : (readSecretBeside(['issuers', i, 'jwks_file'], keys, keySetFault), resolve(folder, keys)),
          claims: { ...claims, owner: claims.owner, acts_for: claims.acts_for },
          owner: issuer.owner === undefined ? undefined : humanId(issuer.owner),
        })),
        people: source.people.map((person) => ({ ...person, email: humanId(person.email) })),
        upstreams: Object.entries(source.upstreams).flatMap(([id, each]) => upstream(id, each) ?? []),
        sign_in: signInSettings(source.sign_in, (path, name) => {
          readSecretBeside(path, name, keySetFault);
          return resolve(folder, name);
        }),
        on_call: onCallSettings(source.on_call, { secret: secretAt }),
        channels,
        attention: attentionSettings(source.quiet_hours, source.notify_limits, channels, listed, { fault }),
        working_hours: source.working_hours,
        log: source.log,
        public_url: source.public_url,
      };
      // Without anybody in people there is one warning already.
      for (const { agent, eligible } of config.people.length === 0 ? [] : unapprovable(config)) {
        const { approvals } = config.hold;
        const message = `people who may approve its calls by default: ${eligible}, needed: ${approvals}; its owner and acts_for never count`;
        warn(['agents', agent], message);
      }
      return config;
    },
  };
}

function listen(text: string): Address {
  const address = parseListen(text);
  if (!address) throw new Error(`the schema let "${text}" pass`);
  return address;
}

function certificateFault(text: string): string | undefined {
  const blocks = text.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
  if (blocks.length === 0) return 'there is no PEM certificate in it';
  const bad = blocks.findIndex((pem) => !isCertificate(pem));
  return bad < 0 ? undefined : `certificate ${bad + 1} in it cannot be read`;
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}

function keySetFault(text: string): string | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isMap(json) && Array.isArray(json['keys']) ? undefined : 'it is not a JWK set: expected {"keys": […]}';
  } catch {
    return 'it is not JSON';
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function inFileOrder(faults: readonly Fault[]): Fault[] {
  const place = ({ at }: Fault): [number, number] => {
    const [line = 0, column = 0] = at.split(':').slice(-2).map(Number);
    return [line, column];
  };
  return faults.toSorted((a, b) => place(a)[0] - place(b)[0] || place(a)[1] - place(b)[1]);
}
