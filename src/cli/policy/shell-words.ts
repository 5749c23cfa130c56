// Splits a pasted command line the way a POSIX shell does (quotes, escapes, line continuations), and nothing more:
// what a shell would expand or run is refused, because we could only guess what it stands for.

export type ShellWords =
  | { readonly ok: true; readonly words: readonly string[] }
  | { readonly ok: false; readonly message: string };

const ESCAPES: Readonly<Record<string, string>> = { n: '\n', t: '\t', r: '\r', '\\': '\\', "'": "'", '"': '"' };

/** Words of one simple command; POSIX.1-2024 §2.2 (quoting) and `$'…'` with \n, \t, \r, \\, \', \". */
export function shellWords(text: string): ShellWords {
  const words: string[] = [];
  let word: string | undefined;
  let i = 0;
  const refuse = (message: string): ShellWords => ({ ok: false, message: `${message} (character ${i + 1})` });
  while (i < text.length) {
    const char = text.charAt(i);
    if (/\s/.test(char)) {
      if (word !== undefined) words.push(word);
      word = undefined;
      i++;
    } else if (char === '\\') {
      if (text[i + 1] !== '\n') word = (word ?? '') + (text[i + 1] ?? '');
      i += 2;
    } else if (char === "'") {
      const end = text.indexOf("'", i + 1);
      if (end < 0) return refuse('a quote is not closed');
      word = (word ?? '') + text.slice(i + 1, end);
      i = end + 1;
    } else if (char === '"' || text.startsWith("$'", i)) {
      const quoted = char === '"' ? double(text, i + 1) : ansi(text, i + 2);
      if (typeof quoted === 'string') return refuse(quoted);
      word = (word ?? '') + quoted.text;
      i = quoted.end;
    } else if ('$`|&;<>()'.includes(char)) {
      return refuse(`"${char}" would be interpreted by the shell; quote it or write what it stands for`);
    } else {
      word = (word ?? '') + char;
      i++;
    }
  }
  if (word !== undefined) words.push(word);
  return { ok: true, words };
}

type Quoted = { readonly text: string; readonly end: number } | string;

function double(source: string, start: number): Quoted {
  let text = '';
  for (let i = start; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === '"') return { text, end: i + 1 };
    if (char === '$' || char === '`') return `"${char}" would be expanded by the shell; use single quotes`;
    const next = source.charAt(i + 1);
    if (char === '\\' && next !== '' && '$`"\\\n'.includes(next)) {
      if (next !== '\n') text += next;
      i++;
    } else text += char;
  }
  return 'a quote is not closed';
}

function ansi(source: string, start: number): Quoted {
  let text = '';
  for (let i = start; i < source.length; i++) {
    const char = source.charAt(i);
    if (char === "'") return { text, end: i + 1 };
    if (char !== '\\') {
      text += char;
      continue;
    }
    const escaped = ESCAPES[source.charAt(++i)];
    if (escaped === undefined) return `the escape \\${source.charAt(i)} is not known here`;
    text += escaped;
  }
  return 'a quote is not closed';
}
