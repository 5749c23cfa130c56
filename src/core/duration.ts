// `55s`, `15m`, `1MiB`: the units that people write in YAML.

const DURATION = /^(\d{1,9})(ms|s|m|h|d)$/;
const DURATION_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };
const SIZE = /^(\d{1,12})(B|KiB|MiB|GiB)$/;
const SIZE_BYTES: Readonly<Record<string, number>> = { B: 1, KiB: 1024, MiB: 1024 ** 2, GiB: 1024 ** 3 };

function parse(pattern: RegExp, units: Readonly<Record<string, number>>, text: string): number | undefined {
  const match = pattern.exec(text);
  const factor = units[match?.[2] ?? ''];
  return match && factor !== undefined ? Number(match[1]) * factor : undefined;
}

/** ms, or undefined if the text is not a whole number with one of the units ms, s, m, h, d. */
export function parseDuration(text: string): number | undefined {
  return parse(DURATION, DURATION_MS, text);
}

/** The shortest way to write it: `90s`, `2h`. */
export function durationText(ms: number): string {
  const unit = ['d', 'h', 'm', 's'].find(
    (each) => ms >= (DURATION_MS[each] ?? 1) && ms % (DURATION_MS[each] ?? 1) === 0,
  );
  return unit === undefined ? `${ms}ms` : `${ms / (DURATION_MS[unit] ?? 1)}${unit}`;
}

/** Bytes, or undefined if the text is not a whole number with one of the units B, KiB, MiB, GiB. */
export function parseSize(text: string): number | undefined {
  return parse(SIZE, SIZE_BYTES, text);
}
