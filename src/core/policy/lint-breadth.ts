// Allow rules that let through more than a reader would expect: nothing says where the call goes or what it does.
import type { Block, PolicyFile, Rule } from './ast.ts';
import type { Finding } from './lint-finding.ts';

/** Methods that do not change anything (RFC 9110 §9.2.1); a rule limited to them is narrow enough. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** One warning for each enforced allow rule with a block that names neither upstream, host, path nor action. */
export function lintBreadth(files: readonly PolicyFile[]): Finding[] {
  return files
    .flatMap((file) => file.rules)
    .filter((rule) => rule.effect === 'allow' && rule.mode === 'enforce' && rule.match.some((block) => isBroad(block)))
    .map((rule) => ({
      severity: 'warning',
      code: 'broad-allow',
      at: rule.at,
      rule: rule.id,
      message: `${words(rule)}; name an upstream, host, path or action, or only safe methods`,
    }));
}

function words(rule: Rule): string {
  const everything = rule.match.some((block) => Object.keys(block).length === 0);
  if (everything && rule.except.length === 0 && rule.when === undefined) return `rule "${rule.id}" allows every call`;
  return `rule "${rule.id}" allows calls to anywhere`;
}

function narrows(globs: readonly string[] | undefined): boolean {
  return globs?.every((glob) => !/^[*/.:]*$/.test(glob)) ?? false;
}

function isBroad(block: Block): boolean {
  if (narrows(block.upstream) || narrows(block.host) || narrows(block.path) || narrows(block.action)) return false;
  if (block.resource && Object.values(block.resource).some((globs) => narrows(globs))) return false;
  if (block.level?.every((level) => level === 'read' || level === 'list')) return false;
  return !block.method?.every((method) => SAFE.has(method));
}
