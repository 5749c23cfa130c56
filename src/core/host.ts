// The strict grammar of hosts: a lower-case LDH name, an IPv4 literal or a bracketed IPv6 literal, and an optional port.
// INVARIANT: two hosts are the same exactly if their `text` is; nothing is decoded, folded or repaired on the way.
import { formatIp, parseIpv4, parseIpv6 } from './ip-address.ts';

export interface Host {
  readonly kind: 'name' | 'ipv4' | 'ipv6';
  /** As it is looked up and compared: the name, or the canonical address without brackets. */
  readonly text: string;
}

export interface Authority extends Host {
  readonly port: number | undefined;
}

const LABEL = /^[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?$/;
const PORT = /^[1-9]\d{0,4}$/;

/**
 * A name of RFC 1123 labels in lower case (A-labels for internationalised names), or an address literal. Refused: upper case,
 * a trailing dot, `_`, `%`, anything outside ASCII, and names whose last label is a number (`0x7f.1`, `2130706433`), which
 * other parsers take for an address (WHATWG URL, "ends in a number"; inet_aton).
 */
export function parseHost(text: string): Host | undefined {
  if (text.startsWith('[')) {
    const bytes = text.endsWith(']') ? parseIpv6(text.slice(1, -1)) : undefined;
    return bytes && { kind: 'ipv6', text: formatIp(bytes) };
  }
  if (parseIpv4(text)) return { kind: 'ipv4', text };
  if (text.length > 253) return undefined;
  const labels = text.split('.');
  if (!labels.every((label) => LABEL.test(label))) return undefined;
  const last = labels.at(-1) ?? '';
  return /^(?:\d+|0x[0-9a-f]*)$/.test(last) ? undefined : { kind: 'name', text };
}

/** `host` or `host:port` (RFC 9110 §4.2.1 without userinfo); the port is 1–65535 without leading zeros. */
export function parseAuthority(text: string): Authority | undefined {
  const colon = text.indexOf(':', text.startsWith('[') ? text.indexOf(']') : 0);
  const host = parseHost(colon < 0 ? text : text.slice(0, colon));
  if (!host) return undefined;
  if (colon < 0) return { ...host, port: undefined };
  const port = PORT.test(text.slice(colon + 1)) ? Number(text.slice(colon + 1)) : 0;
  return port >= 1 && port <= 65_535 ? { ...host, port } : undefined;
}

/** `host`, or `host:port` where there is a port that is not the default; IPv6 literals in brackets. */
export function formatAuthority(host: Host, port: number | undefined, defaultPort?: number): string {
  const text = host.kind === 'ipv6' ? `[${host.text}]` : host.text;
  return port === undefined || port === defaultPort ? text : `${text}:${port}`;
}
