// Reads the lines of data/operations.txt, which scripts/catalogue/github writes: `@service`, then one operation a line: `name METHOD
// /template sentence`. In a template `{path+}` takes several segments, `{id#}` is a number, `{kind=a|b}` one of these words.

export interface Operation {
  /** `repos/delete`, as GitHub's own clients name it. */
  readonly id: string;
  readonly service: string;
  readonly name: string;
  readonly method: string;
  /** As route-trie.ts takes it. */
  readonly template: string;
  /** What a parameter has to look like; those that may be anything are left out. */
  readonly forms: ReadonlyMap<string, RegExp>;
  /** GitHub's own words: `Delete a repository`. */
  readonly sentence: string;
}

const NUMBER = /^\d{1,20}$/;

export function parseOperations(text: string): Operation[] {
  const operations: Operation[] = [];
  let service = '';
  for (const line of text.split('\n')) {
    if (line === '' || line.startsWith('#')) continue;
    if (line.startsWith('@')) service = line.slice(1);
    else operations.push(parseOperation(service, line));
  }
  return operations;
}

function parseOperation(service: string, line: string): Operation {
  const [name = '', method = '', marked = '', ...words] = line.split(' ');
  const forms = new Map<string, RegExp>();
  const template = marked.replaceAll(/\{([^}=#]*)(?:=([^}]*)|#)\}/g, (_all, label: string, allowed?: string) => {
    forms.set(label, allowed === undefined ? NUMBER : new RegExp(`^(?:${allowed})$`));
    return `{${label}}`;
  });
  return { id: `${service}/${name}`, service, name, method, template, forms, sentence: words.join(' ') };
}
