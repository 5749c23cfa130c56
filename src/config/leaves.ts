// The single values of holdgate.yaml: each checks its own text and says what it expected, whatever else is wrong with the file.
import type { z } from 'zod';
import { parseSize } from '../core/duration.ts';
import { isEmail } from '../core/email.ts';
import { formatAuthority, parseAuthority } from '../core/host.ts';
import { nonEmpty, text } from '../core/policy/schema-leaves.ts';
import { HOST_GRAMMAR, parseBaseUrl } from './base-url.ts';

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
/** Fields that frame the message, end at the next hop, or are Holdgate's own. */
const NOT_OURS_TO_SET =
  /^(?:host|content-length|transfer-encoding|connection|keep-alive|te|trailer|upgrade|expect|proxy-.*|holdgate-.*)$/i;
const MOUNT = /^\/(?:[A-Za-z0-9._~-]+(?:\/[A-Za-z0-9._~-]+)*)?$/;

/** `host:port` to listen on; port 0 takes any free one. */
export const listenAddress: z.ZodType<string, string> = text((value) => {
  const address = parseListen(value);
  return address
    ? undefined
    : `"${value}" is not an address to listen on; expected an IP address or localhost, and a port: 127.0.0.1:8080`;
});

/** Splits a listen address; undefined if it is none. */
export function parseListen(value: string): { readonly host: string; readonly port: number } | undefined {
  const any = value.endsWith(':0');
  const authority = parseAuthority(any ? value.slice(0, -2) : value);
  if (!authority || (authority.kind === 'name' && authority.text !== 'localhost')) return undefined;
  if (any) return authority.port === undefined ? { host: authority.text, port: 0 } : undefined;
  return authority.port === undefined ? undefined : { host: authority.text, port: authority.port };
}

export const email: z.ZodType<string, string> = text((value) =>
  isEmail(value) ? undefined : `"${value}" is not an e-mail address`,
);

export const sha256Hex: z.ZodType<string, string> = text((value) => {
  if (/^[0-9a-f]{64}$/.test(value)) return undefined;
  // Whoever pastes the credential itself must not find it in a log.
  if (value.startsWith('hg_')) return 'this is a credential; expected its sha256: 64 hex digits in lower case';
  return `expected the sha256 of the credential: 64 hex digits in lower case, got ${value.length} characters`;
}).meta({ pattern: '^[0-9a-f]{64}$' });

export const baseUrl: z.ZodType<string, string> = text((value) => {
  const result = parseBaseUrl(value);
  return result.ok ? undefined : result.message;
}).meta({ pattern: '^https?://' });

export const mount: z.ZodType<string, string> = text((value) => {
  if (!MOUNT.test(value) || value.split('/').some((segment) => segment === '.' || segment === '..')) {
    return `"${value}" is not a mount; expected a path like /billing: letters, digits, "-", "_", ".", "~", no trailing slash`;
  }
  if (/^\/\.well-known(?:\/|$)/.test(value)) return '/.well-known is reserved: Holdgate answers there itself';
  return undefined;
}).meta({ pattern: MOUNT.source });

/** A host, or `*.` and a host for every name below it. */
export const hostName: z.ZodType<string, string> = text((value) =>
  parseAuthority(belowStar(value)) ? undefined : `"${value}" is not a host: ${HOST_GRAMMAR}`,
).transform((value) => {
  const authority = parseAuthority(belowStar(value));
  return authority ? value.slice(0, -belowStar(value).length) + formatAuthority(authority, authority.port) : value;
});

const belowStar = (value: string): string => (value.startsWith('*.') ? value.slice(2) : value);

export const headerName: z.ZodType<string, string> = text((value) => {
  if (!TOKEN.test(value)) return `"${value}" is not a header name`;
  return NOT_OURS_TO_SET.test(value)
    ? `the header ${value} cannot carry a credential: it ends at the next hop`
    : undefined;
});

export const agentId: z.ZodType<string, string> = text((value) =>
  /^[A-Za-z0-9][\x21-\x7e]{0,255}$/.test(value)
    ? undefined
    : `"${value}" is not an id; expected a letter or digit, then up to 255 printable ASCII characters without blanks`,
);

export const upstreamId = (value: string): string | undefined =>
  /^[a-z0-9][a-z0-9_-]{0,62}$/.test(value)
    ? undefined
    : `"${value}" is not an upstream id; expected lower-case letters, digits, "-" and "_", 63 at most`;

export const groupName: z.ZodType<string, string> = text((value) =>
  /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/.test(value)
    ? undefined
    : `"${value}" is not a group's name; expected letters, digits, ".", "-" and "_", without "group:"`,
);

/** A URL that is fetched or shown: https, or http where it stays on this machine. */
export const trustedUrl: z.ZodType<string, string> = text((value) => {
  const match = /^(https?):\/\/([^/?#@\\\s]+)(?:[/?][^#\\\s]*)?$/.exec(value);
  const host = parseAuthority(match?.[2] ?? '');
  if (!match || !host)
    return `"${value}" is not a URL; expected https://host[:port][/path], in lower case up to the path`;
  if (match[1] === 'https' || isLoopback(host.text)) return undefined;
  return `"${value}" has to be https: http is for this machine only`;
}).meta({ pattern: '^https?://' });

/** Whether the host can only be this machine. */
export function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '::1' || /^127\.\d+\.\d+\.\d+$/.test(host);
}

export const size: z.ZodType<number, string> = text((value) =>
  parseSize(value) === undefined
    ? `"${value}" is not a size; expected a whole number with a unit: B, KiB, MiB or GiB`
    : undefined,
)
  .meta({ pattern: '^[0-9]{1,12}(B|KiB|MiB|GiB)$', examples: ['1MiB'] })
  .transform((value) => parseSize(value) ?? 0);

export const plainText: z.ZodType<string, string> = text(nonEmpty);
