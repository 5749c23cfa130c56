// Address ranges in `source`, strictly: a range that reads in two ways (host bits set, leading zeros) is refused.

/** Network byte order; 4 bytes for IPv4, 16 for IPv6. */
export interface Cidr {
  readonly bytes: readonly number[];
  readonly prefix: number;
  /** `address/prefix`, the prefix always written. */
  readonly text: string;
}

export type CidrResult = { readonly ok: true; readonly cidr: Cidr } | { readonly ok: false; readonly message: string };

/** Reads `10.0.0.0/8`, `fd00::/8` or a single address. RFC 4632 §3.1, RFC 4291 §2.2 and §2.3; no zones. */
export function parseCidr(text: string): CidrResult {
  const slash = text.indexOf('/');
  const address = slash < 0 ? text : text.slice(0, slash);
  const bytes = address.includes(':') ? ipv6(address) : ipv4(address);
  if (!bytes)
    return { ok: false, message: `"${text}" is not an address range; expected one like 10.0.0.0/8 or fd00::/8` };
  const width = bytes.length * 8;
  const length = slash < 0 ? String(width) : text.slice(slash + 1);
  if (!/^(0|[1-9]\d{0,2})$/.test(length) || Number(length) > width) {
    return { ok: false, message: `the prefix length of "${text}" has to be a number from 0 to ${width}` };
  }
  const prefix = Number(length);
  const network = bytes.map((byte, i) => byte & mask(prefix - i * 8));
  if (network.some((byte, i) => byte !== bytes[i])) {
    const meant = `${format(network)}/${prefix}`;
    return {
      ok: false,
      message: `"${text}" has bits set beyond its prefix; did you mean "${meant}" or a single address?`,
    };
  }
  return { ok: true, cidr: { bytes, prefix, text: `${address}/${prefix}` } };
}

function mask(bits: number): number {
  return bits >= 8 ? 0xff : bits <= 0 ? 0 : (0xff << (8 - bits)) & 0xff;
}

function ipv4(text: string): number[] | undefined {
  const parts = text.split('.');
  const valid = parts.length === 4 && parts.every((part) => /^(0|[1-9]\d{0,2})$/.test(part) && Number(part) <= 255);
  return valid ? parts.map(Number) : undefined;
}

function ipv6(text: string): number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const read = halves.map((half, i) => (half === '' ? [] : groups(half, i === halves.length - 1)));
  const [head, tail = []] = read;
  if (!head || read.some((half) => half === undefined)) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 1 ? missing !== 0 : missing < 2) return undefined;
  return [...head, ...Array.from({ length: missing }, () => 0), ...tail];
}

/** Colon-separated groups as bytes; the last may be dotted IPv4 where `last` says that nothing follows. */
function groups(text: string, last: boolean): number[] | undefined {
  const parts = text.split(':');
  const bytes: number[] = [];
  for (const [i, part] of parts.entries()) {
    const dotted = last && i === parts.length - 1 && part.includes('.') ? ipv4(part) : undefined;
    if (dotted) bytes.push(...dotted);
    else if (/^[0-9a-f]{1,4}$/i.test(part))
      bytes.push(Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 0xff);
    else return undefined;
  }
  return bytes;
}

function format(bytes: readonly number[]): string {
  if (bytes.length === 4) return bytes.join('.');
  const words = Array.from({ length: 8 }, (_, i) =>
    (((bytes[i * 2] ?? 0) << 8) | (bytes[i * 2 + 1] ?? 0)).toString(16),
  );
  // Longest run of zeros as `::` (RFC 5952 §4.2), good enough for a hint: the trailing run, which masking produces.
  const text = words.join(':').replace(/(:0)+$/, '::');
  return text.startsWith('0::') && /^[0:]+$/.test(text) ? '::' : text;
}
