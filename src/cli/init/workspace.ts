// Writes a first configuration into a folder. INVARIANT: without `force` no file that exists is touched, and either all new
// files are written or none.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { shippedPolicy } from './shipped-policies.ts';
import { configTemplate, policyTemplate, type Principals } from './templates.ts';

export interface InitRequest {
  readonly folder: string;
  readonly force: boolean;
  readonly agent: string;
  /** E-mail addresses of two humans. */
  readonly owner: string;
  readonly approver: string;
  /** Further people who approve. */
  readonly approvers?: readonly string[];
  /** Names of shipped policies, instead of the starter. */
  readonly policies?: readonly string[];
  /** 32 random bytes each time. */
  readonly random: () => Uint8Array;
}

export type InitOutcome =
  | { readonly ok: true; readonly written: readonly string[]; readonly principals: Principals }
  | { readonly ok: false; readonly why: 'exists'; readonly files: readonly string[] }
  | { readonly ok: false; readonly why: 'unwritable'; readonly detail: string };

/** Makes the files and two credentials; the credentials are in the outcome and nowhere else. */
export function initWorkspace(request: InitRequest): InitOutcome {
  const { folder, force } = request;
  const credential = (): string => `hg_${Buffer.from(request.random()).toString('base64url')}`;
  const principals: Principals = {
    agent: { id: request.agent, owner: request.owner, credential: credential() },
    approvers: [request.approver, ...(request.approvers ?? [])].map((email) => ({ email, credential: credential() })),
  };
  const files: Readonly<Record<string, string>> = {
    'holdgate.yaml': configTemplate(principals),
    ...policyFiles(request),
  };
  const existing = Object.keys(files).filter((name) => existsSync(join(folder, name)));
  if (existing.length > 0 && !force) return { ok: false, why: 'exists', files: existing };
  const written: string[] = [];
  try {
    for (const [name, text] of Object.entries(files)) {
      const path = join(folder, name);
      mkdirSync(dirname(path), { recursive: true });
      writeFileSync(path, text, { flag: force ? 'w' : 'wx' });
      written.push(name);
    }
    if (ignoreDataDir(join(folder, '.gitignore'))) written.push('.gitignore');
  } catch (error) {
    if (!force) for (const name of written) rmSync(join(folder, name), { force: true });
    return { ok: false, why: 'unwritable', detail: error instanceof Error ? error.message : String(error) };
  }
  return { ok: true, written, principals };
}

function policyFiles({ policies = [], owner }: InitRequest): Readonly<Record<string, string>> {
  if (policies.length === 0) return { 'policies/starter.yaml': policyTemplate(owner) };
  return Object.fromEntries(policies.map((name) => [`policies/${name}.yaml`, shippedPolicy(name)]));
}

/** Adds `.holdgate/` to what git ignores, keeping what is there; false where it stood there already. */
function ignoreDataDir(path: string): boolean {
  const text = existsSync(path) ? readFileSync(path, 'utf8') : '';
  if (text.split(/\r?\n/).some((line) => /^\/?\.holdgate\/?$/.test(line.trim()))) return false;
  const gap = text === '' || text.endsWith('\n') ? '' : '\n';
  writeFileSync(path, `${text}${gap}.holdgate/\n`);
  return true;
}
