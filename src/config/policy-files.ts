// Reads the policy set from disk: files and folders are listed, read, and listed again; only what did not change in
// between is used, so that a half-written file or a folder in the middle of a swap never becomes policy.
import { type Dirent } from 'node:fs';
import { readdir, readFile, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { fileTrouble } from '../core/file-trouble.ts';
import type { Fault } from '../core/located-yaml.ts';
import type { PolicyDefaults, PolicyFile } from '../core/policy/ast.ts';
import { compilePolicies } from '../core/policy/compile.ts';
import { lintPolicies } from '../core/policy/lint.ts';
import type { Finding, KnownNames } from '../core/policy/lint-finding.ts';
import { parsePolicyFile } from '../core/policy/parse.ts';
import type { PolicySet } from '../core/policy/types.ts';

export type PolicySetResult =
  | {
      readonly ok: true;
      readonly set: PolicySet;
      readonly files: readonly PolicyFile[];
      readonly warnings: readonly Finding[];
    }
  | PolicyRefusal;

/** `unreadable`: files are missing or cannot be read. `invalid`: they were read and are wrong. */
export interface PolicyRefusal {
  readonly ok: false;
  readonly kind: 'unreadable' | 'invalid';
  readonly faults: readonly Fault[];
}

/** One file as it was on disk at one moment; `stamp` changes whenever its content may have changed. */
export interface PolicyFileEntry {
  readonly path: string;
  readonly stamp: string;
}

export type Listing =
  | { readonly ok: true; readonly entries: readonly PolicyFileEntry[]; readonly folders: readonly string[] }
  | PolicyRefusal;

/** Bytes in one file; files in a set; rules in a set; folders below each other. */
const MAX_FILE = 4 * 1024 * 1024;
const MAX_FILES = 1000;
const MAX_RULES = 100_000;
const MAX_DEPTH = 8;
/** How often a set that changes while it is read is read again. */
const ATTEMPTS = 5;

/** Reads, parses, lints and compiles the set. `known` makes unknown names and impossible quorums errors, but
 *  unknown actions only warnings. Never throws
 *  because of what is on disk; an empty set is refused. */
export async function loadPolicySet(
  paths: readonly string[],
  defaults: PolicyDefaults,
  known?: KnownNames,
): Promise<PolicySetResult> {
  const read = await readPolicyFiles(paths);
  if (!read.ok) return read;
  const findings = lintPolicies(read.files, known).map((finding) => softened(finding));
  const errors = findings.filter((finding) => finding.severity === 'error');
  if (errors.length > 0) return { ok: false, kind: 'invalid', faults: errors };
  return { ok: true, set: compilePolicies(read.files, defaults), files: read.files, warnings: findings };
}

// An action that no catalogue has makes a rule useless, not the set dangerous: what held yesterday must load after an update too.
function softened(finding: Finding): Finding {
  return finding.code === 'unknown-action' ? { ...finding, severity: 'warning' } : finding;
}

/** Reads and parses the files without looking at them as a set; the faults of all files together. */
export async function readPolicyFiles(
  paths: readonly string[],
): Promise<{ readonly ok: true; readonly files: PolicyFile[] } | PolicyRefusal> {
  const texts = await readStable(paths);
  if (!texts.ok) return texts;
  const parsed = texts.files.map(({ path, text }) => parsePolicyFile(text, path));
  const faults = parsed.flatMap((result) => (result.ok ? [] : result.faults));
  if (faults.length > 0) return { ok: false, kind: 'invalid', faults };
  const files = parsed.flatMap((result) => (result.ok ? [result.policy] : []));
  const rules = files.reduce((sum, file) => sum + file.rules.length, 0);
  if (rules > MAX_RULES)
    return refuse('invalid', paths, `the set has ${rules} rules; at most ${MAX_RULES} are allowed`);
  return { ok: true, files };
}

type Texts =
  | { readonly ok: true; readonly files: readonly { readonly path: string; readonly text: string }[] }
  | PolicyRefusal;

async function readStable(paths: readonly string[]): Promise<Texts> {
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const before = await listPolicyFiles(paths);
    if (!before.ok) return before;
    if (before.entries.length === 0) {
      return refuse('invalid', paths, 'no policy files here; expected at least one *.yaml with a rule');
    }
    const texts = await Promise.all(before.entries.map((entry) => readText(entry.path)));
    const after = await listPolicyFiles(paths);
    if (!after.ok || !sameEntries(before.entries, after.entries)) continue;
    const faults = texts.flatMap((text) => ('message' in text ? [text] : []));
    if (faults.length > 0) return { ok: false, kind: 'unreadable', faults };
    return { ok: true, files: texts.flatMap((text) => ('text' in text ? [text] : [])) };
  }
  return refuse('unreadable', paths, 'the files kept changing while they were read');
}

export function sameEntries(a: readonly PolicyFileEntry[], b: readonly PolicyFileEntry[]): boolean {
  return a.length === b.length && a.every((entry, i) => entry.path === b[i]?.path && entry.stamp === b[i]?.stamp);
}

async function readText(path: string): Promise<{ readonly path: string; readonly text: string } | Fault> {
  try {
    const bytes = await readFile(path);
    return { path, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) };
  } catch (error) {
    return { at: `${path}:1:1`, message: fileTrouble(error) };
  }
}

/** Every policy file below the paths, sorted, each once: *.yaml and *.yml, recursively, without hidden entries and
 *  without folders named `tests`. Symbolic links are followed. */
export async function listPolicyFiles(paths: readonly string[]): Promise<Listing> {
  const found = new Map<string, PolicyFileEntry>();
  const folders: string[] = [];
  const faults: Fault[] = [];
  const seen = new Set<string>();
  const walk = async (path: string, depth: number, named: boolean): Promise<void> => {
    try {
      const info = await stat(path, { bigint: true });
      const real = await realpath(path);
      if (info.isDirectory()) {
        if (seen.has(real)) return;
        seen.add(real);
        if (depth > MAX_DEPTH) throw new Error(`folders are nested deeper than ${MAX_DEPTH}`);
        folders.push(path);
        for (const entry of (await readdir(path, { withFileTypes: true })).filter((item) => isCandidate(item))) {
          await walk(join(path, entry.name), depth + 1, false);
        }
        return;
      }
      if (!named && !/\.ya?ml$/i.test(path)) return;
      if (!info.isFile()) throw new Error('is not a regular file');
      if (info.size > BigInt(MAX_FILE)) throw new Error(`is over the limit of ${MAX_FILE} bytes`);
      // The resolved path is part of the stamp: a swapped link is a change even where everything else is equal.
      const stamp = `${real} ${info.dev} ${info.ino} ${info.size} ${info.mtimeNs} ${info.ctimeNs}`;
      if (![...found.values()].some((other) => other.stamp === stamp)) found.set(path, { path, stamp });
      if (found.size > MAX_FILES) throw new Error(`more than ${MAX_FILES} policy files`);
    } catch (error) {
      faults.push({ at: `${path}:1:1`, message: fileTrouble(error) });
    }
  };
  for (const path of paths) await walk(path, 0, true);
  if (faults.length > 0) return { ok: false, kind: 'unreadable', faults };
  const entries = [...found.values()].toSorted((a, b) => (a.path < b.path ? -1 : 1));
  return { ok: true, entries, folders };
}

// `..data` and its like are how Kubernetes swaps a ConfigMap; the files are reached by their own names beside it.
function isCandidate(entry: Dirent): boolean {
  return !entry.name.startsWith('.') && entry.name !== 'tests' && entry.name !== 'node_modules';
}

function refuse(kind: PolicyRefusal['kind'], paths: readonly string[], message: string): PolicyRefusal {
  return { ok: false, kind, faults: [{ at: `${paths[0] ?? '.'}:1:1`, message }] };
}
