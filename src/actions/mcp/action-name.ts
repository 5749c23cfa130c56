// Names of MCP actions: `mcp:<upstream>:<method>[:<tool or prompt>]`. INVARIANT: a part that a server or an agent names can neither
// look like another part nor like a pattern: what is not plain in it is percent-encoded, as UTF-8.

const PLAIN = /^[A-Za-z0-9_./-]+$/;

/** One part of a name; `:`, `%`, `*`, blanks and everything outside ASCII are encoded. */
export function namePart(text: string): string {
  if (PLAIN.test(text)) return text;
  let out = '';
  for (const char of text) {
    if (PLAIN.test(char)) out += char;
    else
      for (const byte of new TextEncoder().encode(char)) out += `%${byte.toString(16).toUpperCase().padStart(2, '0')}`;
  }
  return out;
}
