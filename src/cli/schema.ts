// `holdgate schema`: the JSON Schemas of what people write, for editors and CI.
import { type Command, InvalidArgumentError } from 'commander';
import { configJsonSchema } from '../config/schema.ts';
import { policyJsonSchema } from '../core/policy/schema.ts';
import { casesJsonSchema } from '../core/policy/schema-cases.ts';

export type SchemaName = 'policy' | 'policy-tests' | 'config';

const SCHEMAS: Readonly<Record<SchemaName, () => object>> = {
  policy: policyJsonSchema,
  'policy-tests': casesJsonSchema,
  config: configJsonSchema,
};

/** The text of `schema/<name>.schema.json`, ending in a newline. */
export function schemaText(name: SchemaName): string {
  return `${JSON.stringify(SCHEMAS[name](), null, 2)}\n`;
}

export function registerSchemaCommand(program: Command): void {
  program
    .command('schema')
    .description('print the JSON Schema of policies, policy tests or the configuration')
    .argument('<name>', 'policy, policy-tests or config', schemaName)
    .action((name: SchemaName) => void process.stdout.write(schemaText(name)));
}

function schemaName(text: string): SchemaName {
  if (Object.hasOwn(SCHEMAS, text)) return text as SchemaName;
  throw new InvalidArgumentError(`expected one of ${Object.keys(SCHEMAS).join(', ')}`);
}
