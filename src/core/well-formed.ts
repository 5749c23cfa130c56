// Text that agents wrote, made fit for canonical JSON: half a character, which they may write, has no canonical form.

/** The same value with U+FFFD for every lone surrogate in its texts; a copy made of plain JSON. */
export function wellFormed(value: unknown): unknown {
  const text = JSON.stringify(value, (_name, each: unknown) => (typeof each === 'string' ? each.toWellFormed() : each));
  return JSON.parse(text) as unknown;
}
