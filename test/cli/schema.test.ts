import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { type SchemaName, schemaText } from '../../src/cli/schema.ts';

test.each<SchemaName>(['policy', 'policy-tests', 'config'])(
  'schema/%s.schema.json is what `holdgate schema %s` prints',
  (name) => {
    const file = new URL(`../../schema/${name}.schema.json`, import.meta.url);
    expect(readFileSync(file, 'utf8')).toBe(schemaText(name));
  },
);
