// One line for each operation that GitHub, GitHub Enterprise Cloud or one of the supported GitHub Enterprise Servers has. How to read
// them: src/actions/github/catalogue-text.ts.
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [source, target] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(source, 'package.json'), 'utf8'));
const EDITIONS = ['api.github.com', 'ghec', 'ghes-3.19', 'ghes-3.18', 'ghes-3.17'];
/** Octokit's name for what GitHub itself calls compare-commits-with-basehead. */
const LEFT_OUT = new Set(['repos/compare-commits']);
const METHODS = new Set(['get', 'post', 'put', 'patch', 'delete']);

const operations = new Map();
for (const edition of EDITIONS) {
  const document = JSON.parse(readFileSync(join(source, 'generated', `${edition}.json`), 'utf8'));
  const resolve = (node) => (node?.$ref ? resolve(node.$ref.slice(2).split('/').reduce((at, key) => at[key], document)) : node);
  for (const [path, item] of Object.entries(document.paths)) {
    for (const [method, operation] of Object.entries(item)) {
      if (!METHODS.has(method) || LEFT_OUT.has(operation.operationId)) continue;
      const parameters = [...(item.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
      const template = path.replace(/\{([^}]*)\}/g, (_all, name) => mark(name, parameters));
      const line = `${method.toUpperCase()} ${template} ${sentence(operation.summary)}`;
      const before = operations.get(operation.operationId);
      // A summary may be worded anew between editions; a route may not.
      if (before && before.split(' ')[0] !== line.split(' ')[0]) throw new Error(`${operation.operationId} has two methods`);
      operations.set(operation.operationId, before ?? line);
    }
  }
}

/** `{path+}` takes several segments, `{id#}` is a number, `{kind=a|b}` one of these words. */
function mark(name, parameters) {
  const parameter = parameters.find((each) => each.in === 'path' && each.name === name);
  const schema = parameter?.schema ?? {};
  if (parameter?.['x-multi-segment']) return `{${name}+}`;
  if (schema.type === 'integer') return `{${name}#}`;
  return schema.enum ? `{${name}=${schema.enum.join('|')}}` : `{${name}}`;
}

function sentence(summary) {
  return summary.replace(/\s+/g, ' ').replace(/ ?\((?:Legacy|DEPRECATED|deprecated)\)/, '').trim();
}

const lines = [
  '# What the REST API of GitHub offers: `npm run catalogue:update` writes this file from',
  `# @octokit/openapi ${version} (MIT); see NOTICE. How to read it: src/actions/github/catalogue-text.ts.`,
];
let before = '';
for (const [id, line] of [...operations].sort(([a], [b]) => (a < b ? -1 : 1))) {
  const at = id.indexOf('/');
  if (before !== id.slice(0, at)) lines.push(`@${(before = id.slice(0, at))}`);
  lines.push(`${id.slice(at + 1)} ${line}`);
}
writeFileSync(target, `${lines.join('\n')}\n`);
