// Turns what people write down about a call into the canonical call, the way the proxy would have received it: the same
// routing, the same header rules, the same reading of bodies. Only refusals of malformed targets are left out, so that
// odd paths can be asked about.
import type { Config } from '../../config/types.ts';
import { type Call, headerValues, type RawHeaders, type SignedFor } from '../../core/call.ts';
import type { Agent } from '../../core/principal.ts';
import { injectedHeader } from '../../core/upstream.ts';
import { readWholeBody } from '../../proxy/body/decode.ts';
import { SIGNATURE_HEADERS } from '../../proxy/credentials/aws-signature.ts';
import { forwardHeaders } from '../../proxy/intake/forward-headers.ts';
import { createRouter, type Router } from '../../proxy/intake/router.ts';
import { presentedSignature } from '../../proxy/sigv4/presented.ts';
import { signedForOf } from '../../proxy/sigv4/signed-for.ts';
import { placeOf } from '../../proxy/upstream-place.ts';
import { parseRawUrl } from './raw-url.ts';

export interface CallInput {
  readonly method: string;
  readonly url: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: Uint8Array | undefined;
  /** Id of the upstream; otherwise it follows from the URL, or is none without a configuration. */
  readonly upstream: string | undefined;
}

export type CallResult = { readonly ok: true; readonly call: Call } | { readonly ok: false; readonly message: string };
export type AgentResult =
  | { readonly ok: true; readonly agent: Agent }
  | { readonly ok: false; readonly message: string };

export interface Surroundings {
  toCall(input: CallInput): CallResult;
  /** The agent of this id; any id without a configuration. */
  agent(id: string): AgentResult;
}

const METHOD = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const FIELD_NAME = METHOD;
/** What a field value must not hold (RFC 9110 §5.5). */
const BAD_VALUE = /[^\t\x20-\x7e\x80-\xff]/;
const INSPECT_BODY = 1024 * 1024;

export interface SurroundingsOptions {
  /** What the client sends to prove who it is stays in the call: a signature says what it was made for. */
  readonly credentials: 'as-proxied' | 'kept';
}

/** Calls and agents as they are under this configuration, or without one. */
export function createSurroundings(
  config: Config | undefined,
  { credentials }: SurroundingsOptions = { credentials: 'as-proxied' },
): Surroundings {
  const router = config && createRouter(config.upstreams);
  const agents = new Map(config?.agents.map((agent) => [agent.id, agent]));
  return {
    toCall: (input) => toCall(input, config, router, credentials === 'kept'),
    agent(id) {
      const known = agents.get(id);
      if (config && !known && config.issuers.length === 0) {
        return { ok: false, message: `the configuration has no agent ${JSON.stringify(id)}` };
      }
      const { owner = '', labels = {}, acts_for: actsFor = [] } = known ?? {};
      return { ok: true, agent: { id, owner, labels, actsFor, method: 'bearer' } };
    },
  };
}

function toCall(
  input: CallInput,
  config: Config | undefined,
  router: Router | undefined,
  keepsCredentials: boolean,
): CallResult {
  if (!METHOD.test(input.method)) return refuse(`${JSON.stringify(input.method)} is not a method`);
  const parsed = parseRawUrl(input.url);
  if (!parsed.ok) return parsed;
  const { url } = parsed;
  const wire = rawHeaders(input.headers);
  if (!wire.ok) return refuse(wire.message);
  const hosts = headerValues(wire.headers, 'host').map((host) => host.toLowerCase().replace(/:(?:80|443)$/, ''));
  if (hosts.some((host) => host !== url.host.replace(/:(?:80|443)$/, ''))) {
    return refuse('the Host header and the URL name different hosts; write the URL with the host that is meant');
  }
  const asked = input.upstream === undefined ? router : undefined;
  const route = asked?.byHost(url.host, url.path) ?? asked?.byMount(url.path);
  if (route === 'outside' || (asked && !route)) return refuse(`no upstream is configured for ${input.url}`);
  const upstream = route?.upstream ?? config?.upstreams.find((each) => each.id === input.upstream);
  if (config && !upstream) return refuse(`the configuration has no upstream ${JSON.stringify(input.upstream)}`);
  const signed = keepsCredentials ? undefined : signatureOf(wire.headers, url.query);
  const { headers } = forwardHeaders(wire.headers, {
    credentialHeaders: signed ? SIGNATURE_HEADERS : [],
    nominated: [],
    agentCredentials: keepsCredentials ? 'pass' : (upstream?.agent_credentials ?? 'pass'),
    injected: keepsCredentials ? undefined : upstream && injectedHeader(upstream),
    prefer: undefined,
  });
  const limit = config?.limits.inspect_body ?? INSPECT_BODY;
  const call: Call = {
    method: input.method,
    upstream: upstream?.id ?? input.upstream ?? '',
    scheme: upstream?.scheme ?? url.scheme,
    host: upstream?.authority ?? url.host,
    path: route?.path ?? url.path,
    query: signed ? signed.query : url.query,
    headers,
    body: input.body === undefined ? { state: 'none' } : readWholeBody(headers, input.body, limit),
    ...(signed && { signedFor: signed.signedFor }),
  };
  const placed = upstream && placeOf(upstream, call, '');
  if (placed?.ok === false) return refuse(placed.why);
  return {
    ok: true,
    call: placed && placed.upstream !== upstream ? { ...call, host: placed.upstream.authority } : call,
  };
}

/** What the gate keeps of an agent's signature. Whether it is good is not asked here. */
function signatureOf(
  headers: RawHeaders,
  query: string | undefined,
): { readonly signedFor: SignedFor; readonly query: string | undefined } | undefined {
  const result = presentedSignature(headers, query);
  if (result.state !== 'one') return undefined;
  const { scope, where, bareQuery } = result.presented;
  return { signedFor: signedForOf(scope), query: where === 'query' ? bareQuery : query };
}

function rawHeaders(
  fields: CallInput['headers'],
): { readonly ok: true; readonly headers: string[] } | { readonly ok: false; readonly message: string } {
  const headers: string[] = [];
  for (const [name, value] of fields) {
    const latin1 = Buffer.from(value, 'utf8').toString('latin1');
    if (!FIELD_NAME.test(name)) return { ok: false, message: `${JSON.stringify(name)} is not a header name` };
    if (BAD_VALUE.test(latin1)) return { ok: false, message: `the value of the header ${name} cannot be sent` };
    headers.push(name, latin1);
  }
  return { ok: true, headers };
}

function refuse(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message };
}
