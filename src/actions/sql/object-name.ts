// Names of tables, functions and roles as they appear in action names and rules.

const BARE = /^[\p{L}\p{N}_$#@-]+$/u;
const MAX_PART = 128;

/** `schema.table`; a part that holds anything but letters, digits and `_ $ # @ -` is quoted, so that a dot in a name is no dot. */
export function objectName(parts: readonly string[]): string {
  return parts.map(part).join('.');
}

function part(text: string): string {
  const cut = text.length > MAX_PART ? `${text.slice(0, MAX_PART)}…` : text;
  return BARE.test(cut) || cut === '*' ? cut : `"${cut.replaceAll('"', '""')}"`;
}
