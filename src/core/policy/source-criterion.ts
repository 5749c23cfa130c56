// The agent's address against address ranges; an IPv4-mapped address counts as the IPv4 address it is.
import { parseIpv4, parseIpv6, unmapped } from '../ip-address.ts';
import { ERROR, type MatchState, NO, YES } from './match-state.ts';
import { parseCidr } from './schema-cidr.ts';

/** Throws for a range that the parser would have refused. */
export function sourceMatcher(ranges: readonly string[]): (source: string) => MatchState {
  const parsed = ranges.map((range) => {
    const result = parseCidr(range);
    if (!result.ok) throw new Error(result.message);
    return result.cidr;
  });
  return (source) => {
    const bytes = parseIpv4(source) ?? parseIpv6(source);
    if (!bytes) return ERROR;
    const address = unmapped(bytes);
    return parsed.some(({ bytes: network, prefix }) => contains(network, prefix, address)) ? YES : NO;
  };
}

function contains(network: readonly number[], prefix: number, address: Uint8Array): boolean {
  if (network.length !== address.length) return false;
  for (let bit = 0, i = 0; bit < prefix; bit += 8, i++) {
    const mask = prefix - bit >= 8 ? 0xff : (0xff << (8 - (prefix - bit))) & 0xff;
    if (((network[i] ?? 0) & mask) !== ((address[i] ?? 0) & mask)) return false;
  }
  return true;
}
