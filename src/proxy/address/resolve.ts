// From an upstream's host to the addresses that may be connected to. INVARIANT: what is returned was classified, every answer
// of it, and is connected to as it stands: nothing resolves the name a second time.
import dns from 'node:dns/promises';
import { networkInterfaces } from 'node:os';
import { parseHost } from '../../core/host.ts';
import { formatIp, parseIpv4, parseIpv6, unmapped } from '../../core/ip-address.ts';
import { classifyAddress, judgeAddress } from './classify.ts';

export interface ResolvedAddress {
  readonly address: string;
  readonly family: number;
}

/** Every address of a name, in the order in which they should be tried; rejects where there is none. */
export type Lookup = (hostname: string) => Promise<readonly ResolvedAddress[]>;

/** What resolving needs to know of an upstream. `hostname` is lower-case, without brackets. */
export interface ResolveTarget {
  readonly hostname: string;
  readonly port: number;
  readonly allow_private: boolean;
}

export type Resolution =
  | { readonly ok: true; readonly addresses: readonly string[] }
  | { readonly ok: false; readonly failure: 'address-refused' | 'unreachable'; readonly detail: string };

export interface Resolver {
  /** Never rejects. One answer that is not allowed refuses the name: an attacker's second record must not hide behind a good one. */
  resolve(target: ResolveTarget): Promise<Resolution>;
}

export interface ResolverDeps {
  /** Default: getaddrinfo, all families, in the resolver's order. */
  readonly lookup?: Lookup;
  /** Where we listen ourselves: an upstream there would be a loop through the gate. */
  readonly own?: readonly { readonly host: string; readonly port: number }[];
  /** Addresses of this machine, for listeners on the unspecified address. */
  readonly interfaces?: () => readonly string[];
}

const systemLookup: Lookup = (hostname) => dns.lookup(hostname, { all: true, order: 'verbatim' });

function systemInterfaces(): string[] {
  return Object.values(networkInterfaces()).flatMap((list) => (list ?? []).map(({ address }) => address));
}

/** The resolver that every upstream connection goes through. */
export function createResolver(deps: ResolverDeps = {}): Resolver {
  const { lookup = systemLookup, own = [], interfaces = systemInterfaces } = deps;

  function isOwn(address: string, port: number): boolean {
    const ours = own.filter((listener) => listener.port === port);
    if (ours.length === 0) return false;
    const canonical = canonicalAddress(address);
    if (ours.some(({ host }) => canonicalAddress(host) === canonical)) return true;
    const anywhere = ours.some(({ host }) => classifyAddress(host) === 'unspecified');
    const local = (): boolean =>
      classifyAddress(address) === 'loopback' || interfaces().some((each) => canonicalAddress(each) === canonical);
    return anywhere && local();
  }

  function judge(target: ResolveTarget, addresses: readonly string[]): Resolution {
    for (const address of addresses) {
      const verdict = judgeAddress(address, target.allow_private);
      if (!verdict.allowed) return refused(`${target.hostname} resolves to ${address}, which is ${verdict.why}`);
      if (isOwn(address, target.port)) return refused(`${target.hostname}:${target.port} is this gate itself`);
    }
    return { ok: true, addresses };
  }

  return {
    async resolve(target) {
      const host = parseHost(target.hostname.includes(':') ? `[${target.hostname}]` : target.hostname);
      if (!host) return refused(`"${target.hostname}" is not a host name or an address literal`);
      if (host.kind !== 'name') return judge(target, [host.text]);
      let answers: readonly ResolvedAddress[];
      try {
        answers = await lookup(host.text);
      } catch (error) {
        return { ok: false, failure: 'unreachable', detail: `${host.text} does not resolve (${codeOf(error)})` };
      }
      if (answers.length === 0) return { ok: false, failure: 'unreachable', detail: `${host.text} has no address` };
      return judge(target, [...new Set(answers.map(({ address }) => address))]);
    },
  };
}

/** One text per address, so that `::ffff:127.0.0.1` and `127.0.0.1` compare equal; undefined for what is no address. */
export function canonicalAddress(text: string): string | undefined {
  const bytes = parseIpv4(text) ?? parseIpv6(text);
  return bytes && formatIp(unmapped(bytes));
}

function refused(detail: string): Resolution {
  return { ok: false, failure: 'address-refused', detail };
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'failed';
}
