// What the documentation promises, read from Markdown: links, paths of sources, and fenced blocks with their tags.

export interface Fence {
  /** Words after the backticks: `sh run` → ['sh', 'run']. */
  readonly tags: readonly string[];
  readonly body: string;
  /** Of the opening fence, from 1. */
  readonly line: number;
}

export interface Page {
  readonly fences: readonly Fence[];
  /** Relative link targets without their fragment, and fragments on their own page. */
  readonly links: readonly { readonly target: string; readonly fragment: string | undefined }[];
  /** `src/…`, `test/…`, `docs/…`, `bench/…` as mentioned anywhere, fences and code spans included. */
  readonly paths: readonly string[];
  /** The anchors that headings make, as GitHub names them. */
  readonly anchors: ReadonlySet<string>;
}

function anchorOf(heading: string): string {
  return heading
    .toLowerCase()
    .replace(/[^\p{L}\p{N}\s_-]/gu, '')
    .trim()
    .replaceAll(' ', '-');
}

export function readPage(markdown: string): Page {
  const fences: Fence[] = [];
  const prose: string[] = [];
  const anchors = new Set<string>();
  let open: { tags: string[]; line: number; body: string[]; mark: string } | undefined;
  for (const [at, line] of markdown.split('\n').entries()) {
    const fence = /^\s*(`{3,}|~{3,})(.*)$/.exec(line);
    if (open !== undefined) {
      if (fence?.[1]?.startsWith(open.mark) === true && fence[2] === '') {
        fences.push({ tags: open.tags, body: `${open.body.join('\n')}\n`, line: open.line });
        open = undefined;
      } else open.body.push(line);
    } else if (fence) {
      const tags = (fence[2] ?? '').split(/\s+/).filter((tag) => tag !== '');
      open = { tags, line: at + 1, body: [], mark: fence[1] ?? '' };
    } else {
      prose.push(line.replace(/`[^`]*`/g, ''));
      const heading = /^#+ (.*)$/.exec(line);
      if (heading) anchors.add(anchorOf(heading[1] ?? ''));
    }
  }
  const links = [...prose.join('\n').matchAll(/\]\(([^)\s]+)\)/g)]
    .map((match) => match[1] ?? '')
    .filter((link) => !/^[a-z][a-z0-9+.-]*:/i.test(link))
    .map((link) => {
      const [target = '', fragment] = link.split('#');
      return { target, fragment };
    });
  const paths = [...markdown.matchAll(/(?<![\w/.-])(?:src|test|docs|bench)\/[\w./-]*\w/g)].map((match) => match[0]);
  return { fences, links, paths, anchors };
}
