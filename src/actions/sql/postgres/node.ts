// Reading PostgreSQL's syntax tree, which is JSON: `{"SelectStmt": {…}}` where the kind of a node can differ, the bare fields where not.

export type Node = Readonly<Record<string, unknown>>;

/** The fields, or none where there is no node. */
export function fields(value: unknown): Node {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Node) : NONE;
}

const NONE: Node = {};

export function list(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

export function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The fields of a node of this kind; undefined where the value is of another. */
export function as(value: unknown, kind: string): Node | undefined {
  const inner = fields(value)[kind];
  return inner === undefined ? undefined : fields(inner);
}

/** The kind and the fields of a node whose kind is written with it. */
export function kindOf(value: unknown): readonly [kind: string, node: Node] {
  for (const [kind, inner] of Object.entries(fields(value))) return [kind, fields(inner)];
  return ['', NONE];
}

/** The texts of a list of `String` nodes, as names are. */
export function strings(value: unknown): readonly string[] {
  return list(value).flatMap((each) => text(as(each, 'String')?.['sval']) ?? []);
}

/** A constant's value as text: of a string, number, word or boolean node; undefined for everything else. */
export function constant(value: unknown): string | undefined {
  const [kind, node] = kindOf(value);
  if (kind === 'String') return text(node['sval']);
  if (kind === 'Boolean') return String(node['boolval'] === true);
  if (kind === 'Integer') return whole(node['ival']);
  if (kind === 'Float') return text(node['fval']);
  if (kind !== 'A_Const') return undefined;
  const string = text(fields(node['sval'])['sval']);
  if (string !== undefined) return string;
  if ('sval' in node) return '';
  if ('boolval' in node) return String(fields(node['boolval'])['boolval'] === true);
  if ('ival' in node) return whole(fields(node['ival'])['ival']);
  return text(fields(node['fval'])['fval']);
}

/** Zero is left out of the tree. */
function whole(value: unknown): string {
  return typeof value === 'number' ? String(value) : '0';
}
