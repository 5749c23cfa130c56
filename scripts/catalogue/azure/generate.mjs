// Writes src/actions/azure/data/operations.txt: the operations of the resource providers whose clients are installed, for policy authors, and with
// them how their names are written: one line a type, `Namespace/type/type verbs`.
//
//     node generate.mjs <folder with node_modules/@azure/arm-*> <folder to write to>
import { globSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const [folder, target] = process.argv.slice(2);
const scope = join(folder, 'node_modules/@azure');
const packages = readdirSync(scope).filter((name) => name.startsWith('arm-')).sort();
const VERBS = { get: 'read', head: 'read', put: 'write', patch: 'write', delete: 'delete' };

const types = new Map();
for (const name of packages) {
  for (const file of globSync(join(scope, name, '{dist/esm,dist-esm,esm}/**/*.js'))) {
    const text = readFileSync(file, 'utf8');
    // Clients of the newer generator, then those of the older one.
    for (const found of text.matchAll(/expandUrlTemplate\(\s*"([^"]+)"[\s\S]{0,1500}?\.path\(path\)\s*\.(get|put|patch|post|delete|head)\(/g)) add(found[1], found[2]);
    for (const found of text.matchAll(/httpMethod: "([A-Z]+)",\s*path: "([^"]+)"/g)) add(found[2], found[1].toLowerCase());
    for (const found of text.matchAll(/path: "([^"]+)",\s*httpMethod: "([A-Z]+)"/g)) add(found[1], found[2].toLowerCase());
  }
}

function add(template, method) {
  const path = template.replace(/\{\?[^}]*\}$/, '');
  const at = path.lastIndexOf('/providers/');
  if (at < 0) return;
  const [namespace, ...segments] = path.slice(at + '/providers/'.length).split('/').filter((text) => text !== '');
  if (!/^Microsoft\.[A-Za-z.]+$/.test(namespace ?? '')) return;
  const names = segments.filter((_segment, i) => i % 2 === 0);
  const collection = segments.length % 2 === 1;
  const action = method === 'post' && collection ? names.pop() : undefined;
  if (method === 'post' && !collection) return;
  if ([...names, action ?? 'x'].some((text) => !/^[A-Za-z$][\w.$-]*$/.test(text))) return;
  const type = [namespace, ...names].join('/');
  const verbs = types.get(type) ?? new Set();
  verbs.add(action === undefined ? VERBS[method] : `${action}/action`);
  types.set(type, verbs);
}

// What no client above has: written by hand, from Azure's own list of operations.
for (const line of readFileSync(new URL('further.txt', import.meta.url), 'utf8').split('\n')) {
  if (line === '' || line.startsWith('#')) continue;
  const [type, ...verbs] = line.split(' ');
  types.set(type, new Set([...(types.get(type) ?? []), ...verbs]));
}

// One way of writing each: the one that is used most, lower-case last.
const spelling = new Map();
for (const [type, verbs] of types) {
  const lower = type.toLowerCase();
  const known = spelling.get(lower) ?? new Map();
  known.set(type, (known.get(type) ?? 0) + verbs.size);
  spelling.set(lower, known);
}
const lines = [...spelling].map(([lower, ways]) => {
  const [best] = [...ways.keys()].sort((a, b) => capitals(b) - capitals(a) || ways.get(b) - ways.get(a) || (a < b ? -1 : 1));
  const verbs = [...types].filter(([type]) => type.toLowerCase() === lower).flatMap(([, own]) => [...own]);
  const distinct = new Map(verbs.sort((a, b) => capitals(a) - capitals(b)).map((verb) => [verb.toLowerCase(), verb]));
  return `${best} ${[...distinct.values()].sort().join(' ')}`;
});

const versions = packages.map((name) => `${name} ${JSON.parse(readFileSync(join(scope, name, 'package.json'), 'utf8')).version}`);
const head = `# Operations of Azure resource providers: \`npm run catalogue:update\` writes this file from the clients in @azure (MIT); see NOTICE.
# ${versions.join(', ')}
`;
writeFileSync(join(target, 'operations.txt'), `${head}${lines.sort().join('\n')}\n`);
process.stderr.write(`${lines.length} types, ${lines.reduce((sum, line) => sum + line.split(' ').length - 1, 0)} operations\n`);

function capitals(text) {
  return text.replaceAll(/[^A-Z]/g, '').length;
}
