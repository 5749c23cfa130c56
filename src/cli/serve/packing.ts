// Values on their way between the processes of one gate, as JSON: the channel is a pair of sockets that nobody else has.
// INVARIANT: a secret leaves its class only for this channel and is one again on the other side.
import { Secret } from '../../core/secret.ts';

type Plain = null | boolean | number | string | readonly Plain[] | { readonly [name: string]: Plain };

/** Names that no file can give a member: YAML has no NUL. */
const SECRET = '\0secret';
const NUMBER = '\0number';

/** Plain data, secrets and numbers that JSON does not know included; members that are undefined are left out. */
export function pack(value: unknown): Plain {
  if (value instanceof Secret) return { [SECRET]: value.reveal() };
  if (typeof value === 'number') return Number.isFinite(value) ? value : { [NUMBER]: String(value) };
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return value.map((item: unknown) => pack(item));
  if (typeof value !== 'object' || ![Object.prototype, null].includes(Object.getPrototypeOf(value) as object | null))
    throw new TypeError(`a ${typeof value} of its own class cannot be passed to another process`);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(members.map(([name, member]) => [name, pack(member)]));
}

export function unpack(packed: unknown): unknown {
  if (Array.isArray(packed)) return packed.map((item: unknown) => unpack(item));
  if (typeof packed !== 'object' || packed === null) return packed;
  const { [SECRET]: secret, [NUMBER]: figure } = packed as Readonly<Record<string, unknown>>;
  if (typeof secret === 'string') return new Secret(secret);
  if (typeof figure === 'string') return Number(figure);
  return Object.fromEntries(Object.entries(packed).map(([name, member]) => [name, unpack(member)]));
}
