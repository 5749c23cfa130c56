// Finds the end of a zstd frame (RFC 8878 §3.1.1): the library decodes concatenated frames silently, and we refuse them.

const MAGIC = 0xfd2fb528;

/** Bytes of the first frame, or -1 if there is none (skippable frames, which hide data, are none). */
export function zstdFrameLength(input: Uint8Array): number {
  const view = new DataView(input.buffer, input.byteOffset, input.byteLength);
  if (input.length < 6 || view.getUint32(0, true) !== MAGIC) return -1;
  const descriptor = view.getUint8(4);
  const single = (descriptor & 0x20) !== 0;
  const dictionary = [0, 1, 2, 4][descriptor & 3] ?? 0;
  const size = [single ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
  let at = 5 + (single ? 0 : 1) + dictionary + size;
  for (;;) {
    if (at + 3 > input.length) return -1;
    const header = view.getUint16(at, true) | (view.getUint8(at + 2) << 16);
    const type = (header >> 1) & 3;
    // A run-length block has one byte of data, whatever size it says.
    at += 3 + (type === 1 ? 1 : header >> 3);
    if ((header & 1) === 1) break;
  }
  if ((descriptor & 4) !== 0) at += 4;
  return at <= input.length ? at : -1;
}
