// A folder of its own for each test, with the files that a configuration names.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { onTestFinished } from 'vitest';
import type { Config } from '../../src/config/types.ts';
import { type ConfigResult, type Environment, loadConfig } from '../../src/config/load.ts';

/** Writes the files below a fresh folder, which goes away with the test; returns the folder. */
export function scratch(files: Readonly<Record<string, string>>): string {
  const folder = mkdtempSync(join(tmpdir(), 'holdgate-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

/** Loads `text` as holdgate.yaml beside a policies folder; positions in the result start with `holdgate.yaml:`. */
export function load(text: string, env: Environment = {}, files: Readonly<Record<string, string>> = {}): ConfigResult {
  const folder = scratch({ 'policies/p.yaml': '', 'holdgate.yaml': text, ...files });
  const result = loadConfig(join(folder, 'holdgate.yaml'), env);
  const short = (at: string): string => at.replace(`${folder}/`, '');
  if (result.ok) return { ...result, warnings: result.warnings.map((each) => ({ ...each, at: short(each.at) })) };
  return {
    ok: false,
    faults: result.faults.map((each) => ({ at: short(each.at), message: each.message.replaceAll(`${folder}/`, '') })),
  };
}

/** The configuration; the test fails with the faults where there is none. */
export function loaded(text: string, env: Environment = {}, files: Readonly<Record<string, string>> = {}): Config {
  const result = load(text, env, files);
  if (!result.ok) throw new Error(JSON.stringify(result.faults, null, 2));
  return result.config;
}

/** The faults as `line:col message`; fails the test's expectation where the file loads. */
export function faultsOf(text: string, env: Environment = {}, files: Readonly<Record<string, string>> = {}): string[] {
  const result = load(text, env, files);
  return result.ok
    ? ['(loads)']
    : result.faults.map(({ at, message }) => `${at.replace('holdgate.yaml:', '')} ${message}`);
}
