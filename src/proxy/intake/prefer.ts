// RFC 7240: how long an agent is willing to wait. The gate takes `wait` and `respond-async`; every other preference is the
// upstream's and goes on unchanged.

export interface Preferences {
  /** ms, as asked for. */
  readonly wait: number | undefined;
  readonly respondAsync: boolean;
  /** Preferences for the upstream, or undefined. */
  readonly rest: string | undefined;
}

const NONE: Preferences = { wait: undefined, respondAsync: false, rest: undefined };

/** Reads the values of all Prefer headers. */
export function parsePrefer(values: readonly string[]): Preferences {
  if (values.length === 0) return NONE;
  const rest: string[] = [];
  let wait: number | undefined;
  let respondAsync = false;
  // A comma inside a quoted string does not separate (RFC 9110 §5.6.1).
  for (const part of values.flatMap((value) => value.match(/(?:"(?:[^"\\]|\\.)*"|[^,"])+/g) ?? [])) {
    const preference = part.trim();
    const seconds = /^wait\s*=\s*"?(\d{1,6})"?$/i.exec(preference);
    if (seconds) wait ??= Number(seconds[1]) * 1000;
    else if (/^wait\s*(?:=|$)/i.test(preference))
      continue; // RFC 7240 §2: a value that cannot be read is ignored
    else if (/^respond-async$/i.test(preference)) respondAsync = true;
    else if (preference) rest.push(preference);
  }
  return { wait, respondAsync, rest: rest.length > 0 ? rest.join(', ') : undefined };
}
