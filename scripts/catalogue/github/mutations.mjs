// One line for each mutation of GitHub's GraphQL API: its name and the first sentence of its description.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [source, target] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const schema = readFileSync(join(source, 'schema.graphql'), 'utf8');
const block = /\ntype Mutation \{(.*?)\n\}/s.exec(schema)?.[1] ?? '';
const fields = [...block.matchAll(/^  """\n(.*?)\n  """\n  (\w+)\(/gms)].map(([, description, name]) => ({ name, description }));
if (fields.length < 200) throw new Error(`only ${fields.length} mutations found`);
const lines = [
  '# What the GraphQL API of GitHub can change: `npm run catalogue:update` writes this file from',
  `# @octokit/graphql-schema ${version} (MIT); see NOTICE.`,
  ...fields.map(({ name, description }) => `${name} ${sentence(description ?? '')}`.trim()).sort(),
];
writeFileSync(target, `${lines.join('\n')}\n`);

function sentence(description) {
  const plain = description.replaceAll(/`/g, '').replaceAll(/\s+/g, ' ').trim();
  return (/^.*?[^.]\.(?= |$)/.exec(plain)?.[0] ?? plain).replace(/\.$/, '').slice(0, 160);
}
