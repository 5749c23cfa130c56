// Every operation's path, bent in the ways that servers and hops undo: the operation has to show, or the call to be unknown, and nothing else
// may be certain.
import { expect, it } from 'vitest';
import { githubOperations } from '../../../src/actions/github/operations.ts';
import { recognise } from './calls.ts';

const VALUES: Readonly<Record<string, string>> = { basehead: 'main...x', ref: 'heads/x', path: 'src/a' };

function pathOf(template: string, forms: ReadonlyMap<string, RegExp>): string {
  return template.replaceAll(/\{([^}]*)\}/g, (_all, marked: string) => {
    const name = marked.replace(/\+$/, '');
    const form = forms.get(name)?.source;
    const word = /^\^\(\?:([^|)]*)/.exec(form ?? '')?.[1];
    return word ?? (form === undefined ? (VALUES[name] ?? 'abc') : '42');
  });
}

const last = (path: string, change: (segment: string) => string): string => {
  const at = path.lastIndexOf('/') + 1;
  return `${path.slice(0, at)}${change(path.slice(at))}`;
};
const hex = (char: string): string => `%${char.charCodeAt(0).toString(16)}`;

const MUTATORS: Readonly<Record<string, (path: string) => string>> = {
  'an escaped letter': (path) => last(path, (segment) => `${hex(segment.charAt(0))}${segment.slice(1)}`),
  'a letter escaped twice': (path) =>
    last(path, (segment) => `%25${hex(segment.charAt(0)).slice(1)}${segment.slice(1)}`),
  'an escaped slash': (path) => last(path, (segment) => segment).replace(/\/([^/]*)$/, '%2F$1'),
  'a slash escaped twice': (path) => path.replace(/\/([^/]*)$/, '%252F$1'),
  'an overlong slash': (path) => path.replace(/\/([^/]*)$/, '%c0%af$1'),
  'a backslash': (path) => path.replace(/\/([^/]*)$/, '\\$1'),
  'a double slash': (path) => path.replace(/\/([^/]*)$/, '//$1'),
  'a double slash in front': (path) => `/${path}`,
  'a dot segment': (path) => path.replace(/\/([^/]*)$/, '/./$1'),
  'two dots': (path) => path.replace(/\/([^/]*)$/, '/x/../$1'),
  'escaped dots': (path) => path.replace(/\/([^/]*)$/, '/x/%2e%2e/$1'),
  'capitals in front': (path) => path.replace(/^\/[^/]*/, (segment) => segment.toUpperCase()),
  'capitals at the end': (path) => last(path, (segment) => segment.toUpperCase()),
  'a path parameter': (path) => `${path};x=1`,
  'a path parameter in front': (path) => path.replace(/^\/[^/]*/, (segment) => `${segment};x`),
  'a dot at the end': (path) => `${path}.`,
  'an escaped blank at the end': (path) => `${path}%20`,
  'an escaped NUL': (path) => `${path}%00.json`,
  'an escaped question mark': (path) => `${path}%3Fx`,
  'an escaped hash': (path) => `${path}%23x`,
  'a slash at the end': (path) => `${path}/`,
};

const changing = githubOperations().all.filter(({ method }) => method !== 'GET');

it.each(Object.entries(MUTATORS))('%s', (_name, bend) => {
  const wrong: string[] = [];
  for (const { id, method, template, forms } of changing) {
    const path = bend(pathOf(template, forms));
    const actions = recognise(`${method} ${path}`, { body: {} });
    const shows = actions.some(({ name, confidence }) => name === `github:${id}` || confidence === 'unknown');
    const other = actions.find(({ name, confidence }) => confidence === 'exact' && name !== `github:${id}`);
    if (!shows || other)
      wrong.push(`${method} ${path}: ${actions.map(({ name, confidence }) => `${confidence} ${name}`).join()}`);
  }
  expect(wrong).toEqual([]);
  expect(changing.length).toBeGreaterThan(770);
});
