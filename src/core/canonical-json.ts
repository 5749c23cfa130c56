// RFC 8785 (JCS): one byte sequence per JSON value, so that hashes and signatures over JSON mean something.

// Dates, maps, secrets, … look empty from outside: two different ones would get the same bytes.
function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Serialises plain data. Members with the value undefined are left out; anything that JSON cannot hold throws TypeError. */
export function canonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') {
    if (!value.isWellFormed()) throw new TypeError('a lone surrogate cannot be canonicalised');
    return JSON.stringify(value);
  }
  if (typeof value === 'number') {
    if (!Number.isFinite(value)) throw new TypeError(`${value} is not a JSON number`);
    return JSON.stringify(value); // ECMAScript number formatting is what RFC 8785 §3.2.2.3 prescribes.
  }
  if (Array.isArray(value)) return `[${Array.from(value, (item) => canonicalJson(item)).join(',')}]`;
  if (typeof value === 'object' && isPlain(value)) {
    // RFC 8785 §3.2.3: sorted by UTF-16 code units, which is the default order of sort().
    const members = Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, item]) => `${canonicalJson(key)}:${canonicalJson(item)}`);
    return `{${members.join(',')}}`;
  }
  throw new TypeError(`${typeof value === 'object' ? value.constructor.name : typeof value} cannot be canonicalised`);
}
