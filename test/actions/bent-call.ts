// Calls with something put into them somewhere, for tests that a recogniser always answers.
import fc from 'fast-check';
import type { Call } from '../../src/core/call.ts';

/** Where (0 path, 1 query, 2 headers, 3 body, 4 host), how far into it (0 to 1), and what. */
export type Bend = readonly [where: number, at: number, text: string];

/** Up to four bends at places below `places` (1 to 5). */
export function bends(junk: fc.Arbitrary<string>, places: number): fc.Arbitrary<readonly Bend[]> {
  return fc.array(fc.tuple(fc.nat(places - 1), fc.double({ min: 0, max: 0.999, noNaN: true }), junk), { maxLength: 4 });
}

export function bend(call: Call, all: readonly Bend[]): Call {
  return all.reduce(bendOnce, call);
}

function bendOnce(call: Call, [where, at, text]: Bend): Call {
  const { body } = call;
  switch (where) {
    case 0:
      return { ...call, path: `/${put(call.path.slice(1), at, text)}` };
    case 1:
      return { ...call, query: put(call.query ?? '', at, text) };
    case 2:
      return { ...call, headers: call.headers.map((header) => put(header, at, text)) };
    case 4:
      return { ...call, host: put(call.host, at, text.toLowerCase()) };
  }
  if (body.state !== 'whole') return call;
  const bytes = Buffer.from(put(Buffer.from(body.bytes).toString('latin1'), at, text), 'latin1');
  return { ...call, body: { state: 'whole', bytes, decoded: bytes } };
}

function put(into: string, at: number, text: string): string {
  const index = Math.floor(at * (into.length + 1));
  return into.slice(0, index) + text + into.slice(index);
}
