// Which of the agent's headers go upstream: end-to-end ones, in order, byte for byte. Everything that belongs to this hop, to
// the gate, or that could speak for somebody else's proxy stays here.
import type { RawHeaders } from '../../core/call.ts';

/** RFC 9110 §7.6.1, framing (which is ours), and what agents must not be able to say on the gate's behalf. */
const NEVER: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-connection',
  'proxy-authenticate',
  'proxy-authorization',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings',
  'host',
  'content-length',
  'expect',
  'via',
  'forwarded',
  'x-real-ip',
  'x-original-url',
  'x-original-uri',
  'x-rewrite-url',
  'prefer',
  'proxy', // CGI makes HTTP_PROXY of it, which clients obey (CVE-2016-5385)
]);

export interface ForwardRules {
  /** Lower-case names that carried the agent's credential for the gate. */
  readonly credentialHeaders: readonly string[];
  readonly nominated: readonly string[];
  /** `strip`: the agent's own Authorization and Cookie for the upstream do not go there. */
  readonly agentCredentials: 'strip' | 'pass';
  /** Lower-case name of the header that the gate will inject, if any. */
  readonly injected: string | undefined;
  /** What is left of Prefer after the gate took its part; undefined for nothing. */
  readonly prefer: string | undefined;
}

export interface Forwarded {
  readonly headers: RawHeaders;
  /** Upstream credentials that the agent sent and that were taken out: worth a report. */
  readonly stripped: readonly string[];
}

const NOTHING: readonly string[] = [];

/** The headers of the canonical call. */
export function forwardHeaders(raw: RawHeaders, rules: ForwardRules): Forwarded {
  const headers: string[] = [];
  let stripped: string[] | undefined;
  for (let i = 0; i + 1 < raw.length; i += 2) {
    const written = raw[i] ?? '';
    const name = written.toLowerCase();
    if (NEVER.has(name) || name.startsWith('holdgate-') || name.startsWith('x-forwarded-')) continue;
    if (rules.credentialHeaders.includes(name) || rules.nominated.includes(name)) continue;
    if (
      isInjected(name, rules.injected) ||
      (rules.agentCredentials === 'strip' && (name === 'authorization' || name === 'cookie'))
    ) {
      (stripped ??= []).push(name);
      continue;
    }
    // A credential that comes back compressed could not be found and taken out (proxy/scrub.ts).
    if (name === 'accept-encoding' && rules.injected !== undefined) continue;
    headers.push(written, raw[i + 1] ?? '');
  }
  if (rules.injected !== undefined) headers.push('Accept-Encoding', 'identity');
  if (rules.prefer !== undefined) headers.push('Prefer', rules.prefer);
  return { headers, stripped: stripped ?? NOTHING };
}

/** Also under the name that a CGI-like upstream cannot tell from it. */
function isInjected(name: string, injected: string | undefined): boolean {
  if (injected === undefined || name.length !== injected.length) return false;
  return name === injected || name.replaceAll(/[^a-z0-9]/g, '-') === injected;
}
