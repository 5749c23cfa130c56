// Writes src/actions/gcp/data/methods.txt: what every method of Google's APIs is called, at which hosts and paths, and its level.
//
//     node generate.mjs <folder of the package googleapis> <folder to write to>
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { methodsOf } from './discovery.mjs';
import { levelOf, matches } from './levels.mjs';
import { routesOf } from './routes.mjs';

const VERBS = { GET: 'G', POST: 'P', DELETE: 'D', PUT: 'U', PATCH: 'A' };
const [folder, target] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const { levels, also } = JSON.parse(readFileSync(new URL('overrides.json', import.meta.url), 'utf8'));

const byId = new Map();
for (const method of [...methodsOf(folder), ...also.map(further)]) byId.set(method.id, [...(byId.get(method.id) ?? []), method]);
const services = new Map();
for (const id of byId.keys()) {
  const service = id.slice(0, id.indexOf('.'));
  services.set(service, [...(services.get(service) ?? []), id]);
}

const unused = Object.values(levels).flat().filter((pattern) => ![...byId.keys()].some((id) => matches(pattern, id)));
if (unused.length > 0) throw new Error(`overrides.json names what does not exist: ${unused.join(', ')}`);

const lines = [];
for (const service of [...services.keys()].sort()) {
  const ids = services.get(service).sort();
  const routes = new Map(ids.map((id) => [id, routesOf(byId.get(id))]));
  const all = [...routes.values()].flat();
  const versions = [...new Set(all.flatMap((route) => route.versions))].filter((each) => each !== '-').sort();
  const hosts = [...new Set(ids.flatMap((id) => byId.get(id).map(({ root }) => root.replace(/\.googleapis\.com$/, ''))))];
  const apis = [...new Set(ids.flatMap((id) => byId.get(id).map(({ api }) => api)))].filter((api) => !hosts.includes(api));
  const firsts = [...new Set(all.map(({ route }) => route.split('/')[1]).filter((text) => /^[A-Za-z][\w.-]*$/.test(text ?? '')))];
  lines.push(`@${service} ${[...hosts, ...apis].join(',')} ${versions.join(',')} ${firsts.sort().join(',')}`.trimEnd());
  const usual = versions.join(',');
  for (const id of ids) {
    const tokens = [id.slice(service.length + 1)];
    for (const { verb, route, versions: own, media } of routes.get(id)) {
      const { level, override } = levelOf(id, verb, levels);
      const plain = verb === 'GET' ? 'r' : 'w';
      tokens.push(`${VERBS[verb]}${override ? level.toUpperCase() : level === plain ? '' : level}${media ? '^' : ''}`);
      const text = own.join(',');
      if (text !== usual) tokens.push(`=${text}`);
      tokens.push(route);
    }
    lines.push(tokens.join(' '));
  }
}

const head = `# What Google's APIs offer: \`npm run catalogue:update\` writes this file from googleapis ${version} (Apache-2.0); see NOTICE.
# How to read it: src/actions/gcp/catalogue-text.ts.
`;
writeFileSync(join(target, 'methods.txt'), `${head}${lines.join('\n')}\n`);
process.stderr.write(`${byId.size} methods of ${services.size} services\n`);

/** `id VERB https://host/path`: what the package lacks. */
function further(line) {
  const [id, verb, url] = line.split(' ');
  const [, root, template] = /^https:\/\/([^/]+)(\/.*)$/.exec(url);
  return { id, api: id.slice(0, id.indexOf('.')), version: '', verb, root, template, media: undefined, shapes: {} };
}
