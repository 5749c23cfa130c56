// What an address is, whatever it is dressed as, and whether an upstream may have it. INVARIANT: only public addresses are
// reached by default; nothing configured ever opens link-local, metadata, multicast, unspecified or reserved ones.
import { parseIpv4, parseIpv6, unmapped } from '../../core/ip-address.ts';

export type AddressKind =
  | 'public'
  | 'loopback'
  | 'private' // RFC 1918, RFC 4193
  | 'shared' // carrier-grade NAT, RFC 6598
  | 'link-local'
  | 'metadata' // the instance's credentials for whoever asks
  | 'multicast'
  | 'broadcast'
  | 'unspecified'
  | 'transition' // an IPv4 address inside another one, towards a relay or tunnel that we do not control
  | 'reserved' // documentation, benchmarking, protocol assignments, not allocated
  | 'not-an-address';

export type AddressVerdict =
  | { readonly allowed: true; readonly kind: AddressKind }
  | { readonly allowed: false; readonly why: AddressKind };

const NEEDS_PERMISSION: ReadonlySet<AddressKind> = new Set(['loopback', 'private', 'shared']);

interface Block {
  readonly prefix: Uint8Array;
  readonly bits: number;
  readonly kind: AddressKind;
}

function block(cidr: string, kind: AddressKind): Block {
  const [text = '', bits = ''] = cidr.split('/');
  const prefix = parseIpv4(text) ?? parseIpv6(text);
  if (!prefix) throw new Error(`bad block ${cidr}`);
  return { prefix, bits: Number(bits), kind };
}

/** First match wins; what no block covers is public. IANA IPv4 special-purpose registry, and the clouds' metadata services. */
const IPV4_BLOCKS: readonly Block[] = [
  block('169.254.169.254/32', 'metadata'), // AWS, Azure, GCP, Oracle, DigitalOcean …
  block('169.254.170.2/32', 'metadata'), // ECS task credentials
  block('169.254.170.23/32', 'metadata'), // EKS pod identity
  block('168.63.129.16/32', 'metadata'), // Azure wire server
  block('100.100.100.200/32', 'metadata'), // Alibaba Cloud
  block('192.0.0.192/32', 'metadata'), // Oracle Cloud classic
  block('0.0.0.0/8', 'unspecified'),
  block('10.0.0.0/8', 'private'),
  block('100.64.0.0/10', 'shared'),
  block('127.0.0.0/8', 'loopback'),
  block('169.254.0.0/16', 'link-local'),
  block('172.16.0.0/12', 'private'),
  block('192.0.0.0/24', 'reserved'),
  block('192.0.2.0/24', 'reserved'),
  block('192.88.99.0/24', 'transition'), // 6to4 relay anycast
  block('192.168.0.0/16', 'private'),
  block('198.18.0.0/15', 'reserved'),
  block('198.51.100.0/24', 'reserved'),
  block('203.0.113.0/24', 'reserved'),
  block('224.0.0.0/4', 'multicast'),
  block('255.255.255.255/32', 'broadcast'),
  block('240.0.0.0/4', 'reserved'),
];

/** First match wins; what no block covers is reserved, for only 2000::/3 is allocated as global unicast. */
const IPV6_BLOCKS: readonly Block[] = [
  block('fd00:ec2::/32', 'metadata'), // AWS: IMDS ::254, EKS pod identity ::23
  block('fd20:ce::254/128', 'metadata'), // GCP
  block('::/128', 'unspecified'),
  block('::1/128', 'loopback'),
  block('::/96', 'transition'), // v4-compatible
  block('::ffff:0:0:0/96', 'transition'), // v4-translated (SIIT)
  block('64:ff9b:1::/48', 'transition'), // local-use NAT64: where the IPv4 address stands is the operator's choice
  block('2002::/16', 'transition'), // 6to4
  block('2001::/32', 'transition'), // Teredo
  block('2001::/23', 'reserved'),
  block('2001:db8::/32', 'reserved'),
  block('3fff::/20', 'reserved'),
  block('fc00::/7', 'private'),
  block('fe80::/10', 'link-local'),
  block('ff00::/8', 'multicast'),
  block('2000::/3', 'public'),
];

const NAT64: Block = block('64:ff9b::/96', 'transition');

/** What the address is. `text` is what a resolver or a socket reports: no brackets; a zone id makes it `link-local`. */
export function classifyAddress(text: string): AddressKind {
  const zone = text.indexOf('%');
  if (zone >= 0) return parseIpv6(text.slice(0, zone)) && zone < text.length - 1 ? 'link-local' : 'not-an-address';
  const bytes = parseIpv4(text) ?? parseIpv6(text);
  return bytes ? kindOf(bytes) : 'not-an-address';
}

/** Whether an upstream may be connected to at this address; `allow_private` opens loopback, private and shared ones. */
export function judgeAddress(text: string, allowPrivate: boolean): AddressVerdict {
  const kind = classifyAddress(text);
  const allowed = kind === 'public' || (allowPrivate && NEEDS_PERMISSION.has(kind));
  return allowed ? { allowed, kind } : { allowed, why: kind };
}

function kindOf(address: Uint8Array): AddressKind {
  const bytes = unmapped(address);
  if (bytes.length === 4) return find(IPV4_BLOCKS, bytes) ?? 'public';
  if (covers(NAT64, bytes)) {
    // RFC 6052 §3.1 lets the well-known prefix stand for public IPv4 only; that is what IPv6-only networks use with DNS64.
    const inner = kindOf(bytes.subarray(12));
    return inner === 'public' || inner === 'metadata' ? inner : 'transition';
  }
  const kind = find(IPV6_BLOCKS, bytes) ?? 'reserved';
  return kind === 'public' && isIsatap(bytes) ? 'transition' : kind;
}

/** RFC 5214 §6.1: an interface identifier of 0000:5efe or 0200:5efe followed by an IPv4 address. */
function isIsatap(bytes: Uint8Array): boolean {
  return ((bytes[8] ?? 0) & ~0x02) === 0 && bytes[9] === 0 && bytes[10] === 0x5e && bytes[11] === 0xfe;
}

function find(blocks: readonly Block[], bytes: Uint8Array): AddressKind | undefined {
  return blocks.find((candidate) => covers(candidate, bytes))?.kind;
}

function covers({ prefix, bits }: Block, bytes: Uint8Array): boolean {
  const whole = bits >> 3;
  for (let i = 0; i < whole; i++) if (prefix[i] !== bytes[i]) return false;
  const rest = bits & 7;
  return rest === 0 || ((prefix[whole] ?? 0) ^ (bytes[whole] ?? 0)) >> (8 - rest) === 0;
}
