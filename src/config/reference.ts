// The key table of docs/configuration.md, from the schema: a key that is not described there cannot exist.
import { configJsonSchema } from './schema.ts';

/** One key of holdgate.yaml. */
export interface ConfigKey {
  /** `hold.wait`, `agents[].id`, `upstreams.<id>.base`. */
  readonly key: string;
  readonly type: string;
  /** As written in YAML; `required` or empty where there is no default. */
  readonly fallback: string;
  readonly description: string;
}

interface Schema {
  readonly type?: string;
  readonly description?: string;
  readonly default?: unknown;
  readonly const?: unknown;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly pattern?: string;
  readonly examples?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly additionalProperties?: Schema | boolean;
}

/** What stands for the key of a map in the path of what is below it. */
const MAP_KEYS: Readonly<Record<string, string>> = { upstreams: '<id>', labels: '<name>' };

/** Every key, in the order of the schema, parents before their children. */
export function configKeys(): ConfigKey[] {
  return keysBelow(configJsonSchema(), '');
}

/** The Markdown table. */
export function configReference(): string {
  const rows = configKeys().map(({ key, type, fallback, description }) =>
    [`\`${key}\``, type, fallback === 'required' || fallback === '' ? fallback : `\`${fallback}\``, description]
      .map((cell) => cell.replaceAll('|', '\\|'))
      .join(' | '),
  );
  return ['| Key | Type | Default | Meaning |', '|---|---|---|---|', ...rows.map((row) => `| ${row} |`)].join('\n');
}

function keysBelow(schema: Schema, prefix: string): ConfigKey[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, child]) => {
    const key = prefix === '' ? name : `${prefix}.${name}`;
    const required = schema.required?.includes(name) === true;
    const own = {
      key,
      type: typeOf(child),
      fallback: fallbackOf(child, required),
      description: child.description ?? '',
    };
    return [own, ...keysInside(child, key, name)];
  });
}

function keysInside(schema: Schema, key: string, name: string): ConfigKey[] {
  if (schema.anyOf) {
    // One map or a list of them: the keys of the map say it all.
    const branches = schema.anyOf.some(({ properties }) => properties)
      ? schema.anyOf.filter(({ items }) => !items?.properties)
      : schema.anyOf;
    return branches.flatMap((branch) => keysInside(branch, key, name));
  }
  if (schema.items) return keysBelow(schema.items, `${key}[]`);
  const { additionalProperties: values } = schema;
  return typeof values === 'object' ? keysBelow(values, `${key}.${MAP_KEYS[name] ?? '<key>'}`) : keysBelow(schema, key);
}

function typeOf(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  if (schema.const !== undefined)
    return `\`${typeof schema.const === 'string' ? schema.const : JSON.stringify(schema.const)}\``;
  if (schema.enum) return schema.enum.map((word) => `\`${String(word)}\``).join(', ');
  if (schema.type === 'array')
    return schema.items?.properties ? 'list of maps' : `list of ${typeOf(schema.items ?? {})}`;
  if (schema.type === 'object') return 'map';
  if (schema.pattern?.includes('ms|s|m')) return 'duration';
  if (schema.pattern?.includes('KiB')) return 'size';
  const plain: Readonly<Record<string, string>> = { string: 'text', integer: 'whole number', boolean: 'true or false' };
  return plain[schema.type ?? ''] ?? 'any';
}

function fallbackOf(schema: Schema, required: boolean): string {
  if (required) return 'required';
  const { default: value } = schema;
  // Maps get their defaults key by key.
  if (value === undefined || schema.properties) return '';
  return typeof value === 'string' ? value : JSON.stringify(value);
}
