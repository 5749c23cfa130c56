// Splits TypeScript into code and text: comments and the contents of strings, templates and regular expressions become
// spaces of the same length, so that rules see code only and offsets stay true. (TypeScript 7 has no JS API to ask.)

export interface Blanked {
  /** Same length as the source. Quotes stay, what is between them is spaces; `${…}` of templates stays code. */
  readonly code: string;
  /** What a quoted string that opens at `offset` says, without unescaping. */
  readonly textAt: (offset: number) => string | undefined;
}

const REGEX_MAY_FOLLOW =
  /(?:^|[(,=:[!&|?{};+\-*%<>~^\n]|\b(?:return|typeof|case|in|of|delete|void|throw|await|yield))\s*$/;

/** Where the run that opens at `from` and is closed by one of `closers` ends (offset of the closer). */
function endOf(source: string, from: number, closers: (char: string, at: number) => boolean): number {
  for (let i = from; i < source.length; i++) {
    if (source[i] === '\\') i++;
    else if (closers(source[i] ?? '', i)) return i;
  }
  return source.length;
}

function endOfRegex(source: string, from: number): number {
  let inClass = false;
  return endOf(source, from, (char) => {
    if (char === '[') inClass = true;
    if (char === ']') inClass = false;
    return char === '\n' || (char === '/' && !inClass);
  });
}

export function blank(source: string): Blanked {
  const strings = new Map<number, string>();
  // Depth of `{` at which each open template's `${` was met: its `}` returns to the template.
  const templates: number[] = [];
  let depth = 0;
  let code = '';
  const erase = (to: number): void => {
    code += source.slice(code.length, to).replace(/[^\n]/g, ' ');
  };
  const template = (): void => {
    const end = endOf(source, code.length, (char, at) => char === '`' || (char === '$' && source[at + 1] === '{'));
    erase(end);
    if (source[end] === '$') {
      code += '${';
      templates.push(depth++);
    } else code += source.slice(end, end + 1);
  };
  while (code.length < source.length) {
    const at = code.length;
    const char = source[at] ?? '';
    const pair = source.slice(at, at + 2);
    if (pair === '//' || (at === 0 && pair === '#!')) erase(endOf(source, at, (c) => c === '\n'));
    else if (pair === '/*') {
      const end = source.indexOf('*/', at + 2);
      erase(end === -1 ? source.length : end + 2);
    } else if (char === "'" || char === '"') {
      const end = endOf(source, at + 1, (c) => c === char || c === '\n');
      strings.set(at, source.slice(at + 1, end));
      code += char;
      erase(end);
      code += source.slice(end, end + 1);
    } else if (char === '`') {
      code += char;
      template();
    } else if (char === '/' && REGEX_MAY_FOLLOW.test(code.slice(-40))) {
      erase(endOfRegex(source, at + 1) + 1);
    } else {
      code += char;
      if (char === '{') depth++;
      if (char === '}' && --depth === templates.at(-1)) {
        templates.pop();
        template();
      }
    }
  }
  return { code, textAt: (offset) => strings.get(offset) };
}
