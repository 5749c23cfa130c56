// Writes protobuf by hand, for messages that no client would send.
export type Part = readonly [field: number, value: string | number | boolean | Uint8Array];

export function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = BigInt.asUintN(64, BigInt(value));
  do {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    bytes.push(rest === 0n ? low : low | 0x80);
  } while (rest !== 0n);
  return Uint8Array.from(bytes);
}

/** Texts and bytes are length-delimited, numbers and booleans varints. */
export function message(...parts: readonly Part[]): Uint8Array {
  return Buffer.concat(
    parts.flatMap(([field, value]) => {
      if (typeof value === 'number' || typeof value === 'boolean') return [varint(field * 8), varint(Number(value))];
      const bytes = typeof value === 'string' ? Buffer.from(value) : value;
      return [varint(field * 8 + 2), varint(bytes.length), bytes];
    }),
  );
}

export const PROTOBUF = 'application/vnd.kubernetes.protobuf';

/** An object in its envelope. */
export function envelope(apiVersion: string, kind: string, raw: Uint8Array, ...more: readonly Part[]): Uint8Array {
  const typeMeta = message([1, apiVersion], [2, kind]);
  return Buffer.concat([Buffer.from('k8s\0'), message([1, typeMeta], [2, raw], ...more)]);
}

export const metadata = (name: string, namespace = ''): Uint8Array => message([1, name], [3, namespace]);
