// What the package `googleapis` says of every method: its id, HTTP method, URL template and upload URL (recorded from the client itself,
// which is called without a network), and the shapes of its path parameters (from the
// examples in its type declarations).
import { readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

/** Names that begin otherwise than the ids of Google's discovery service; the longest that fits counts. */
const ID_PREFIXES = {
  'admin/directory_v1': 'directory',
  'admin/directory_v1/channels.': 'admin',
  'admin/directory_v1/customer.': 'admin',
  'admin/directory_v1/customers.chrome.': 'admin',
  'admin/reports_v1': 'reports',
  'admin/reports_v1/channels.': 'admin',
  'admin/datatransfer_v1': 'datatransfer',
  sqladmin: 'sql',
  customsearch: 'search',
  groupssettings: 'groupsSettings',
  'storage/v1/operations.': 'storage.buckets',
  'translate/v2': 'language',
};

/** The id of a method: methods of no resource stand below their version in the package. */
function idOf(api, version, local) {
  const path = `${api}/${version}/${local}`;
  const fits = Object.keys(ID_PREFIXES).filter((each) => path.startsWith(each.endsWith('.') ? each : `${each}/`));
  const prefix = fits.sort((a, b) => b.length - a.length)[0];
  return `${prefix === undefined ? api : ID_PREFIXES[prefix]}.${local.replace(/^v\d\w*\.(?=\w+$)/, '')}`;
}

/** @typedef {{ id: string, api: string, version: string, verb: string, root: string, template: string, media: string | undefined,
 *   shapes: Record<string, string> }} Method */

/** @param {string} folder of the package `googleapis`  @returns {Method[]} */
export function methodsOf(folder) {
  const require = createRequire(join(folder, 'package.json'));
  const common = require('googleapis-common');
  let seen;
  // The APIs read this property at every call.
  const stub = { ...common, createAPIRequest: (parameters) => (seen = parameters) };
  require.cache[require.resolve('googleapis-common')].exports = stub;
  const apis = join(folder, 'build/src/apis');
  const found = [];
  for (const api of readdirSync(apis, { withFileTypes: true }).filter((each) => each.isDirectory())) {
    const dir = join(apis, api.name);
    for (const file of readdirSync(dir).filter((name) => name.endsWith('.js') && name !== 'index.js').sort()) {
      const version = file.slice(0, -3);
      const classes = Object.values(Object.values(require(join(dir, file))).find((each) => typeof each === 'object'));
      const Api = classes.find(({ name }) => !name.startsWith('Resource$'));
      const examples = examplesOf(readFileSync(join(dir, `${version}.d.ts`), 'utf8'));
      const root = new Api({}, { _options: {}, google: { _options: {} } });
      const walk = (resource, path) => {
        for (const name of Object.getOwnPropertyNames(Object.getPrototypeOf(resource))) {
          if (name === 'constructor') continue;
          seen = undefined;
          resource[name]({}, {});
          const { url, method } = seen.options;
          const local = [...path, name].join('.');
          const [, host, template] = /^https:\/\/([^/]+)(\/.*)$/.exec(url);
          const media = seen.mediaUrl && /^https:\/\/[^/]+(\/.*)$/.exec(seen.mediaUrl)[1];
          const example = examples.get(local) ?? { shapes: {} };
          found.push({ id: idOf(api.name, version, local), api: api.name, version, verb: method, root: host, template, media, pathParams: seen.pathParams, ...example });
        }
        for (const [name, child] of Object.entries(resource)) {
          if (name !== 'context' && child && typeof child === 'object') walk(child, [...path, name]);
        }
      };
      walk(root, []);
    }
  }
  return found;
}

/** From the example of each method: the texts of its parameters. */
function examplesOf(text) {
  const found = new Map();
  for (const comment of text.matchAll(/@example\s[\s\S]*?\n\s*\* ```\n/g)) {
    const body = comment[0].replaceAll(/^ *\* ?/gm, '');
    const call = /\n {2}const res =\s+await ([\w.]+)\(/.exec(body);
    if (!call) continue;
    const local = call[1].split('.').slice(1).join('.');
    const shapes = {};
    const parameters = body.slice(call.index).split(/\n(?: {2}\);| {2}\}\);|\s+\/\/ Request body metadata|  console\.log)/)[0];
    for (const each of parameters.matchAll(/^ +([\w.$]+|'[^']+'):\s+'((?:[^'\\]|\\.)*)',$/gm)) shapes[each[1].replaceAll("'", '')] = each[2];
    if (!found.has(local)) found.set(local, { shapes });
  }
  return found;
}
