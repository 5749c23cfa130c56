// Capitals in names of accounts and repositories of GitHub: GitHub takes no notice of their case, so calls have them in lower case, and a rule
// with a capital never matches.
import type { Block, PolicyFile, Rule } from './ast.ts';
import type { Finding } from './lint-finding.ts';

/** Types of resources whose names have no case; absent in a rule, it may be any. */
const TYPES: readonly string[] = ['repo', 'org', 'user', 'enterprise'];

/** An error for each such name in `resource`, where a block is about GitHub alone. */
export function lintCase(files: readonly PolicyFile[]): Finding[] {
  return files.flatMap((file) =>
    file.rules.flatMap((rule, i) => [
      ...inBlocks(file, rule, rule.match, ['rules', i, 'match']),
      ...inBlocks(file, rule, rule.except, ['rules', i, 'except']),
    ]),
  );
}

function inBlocks(
  file: PolicyFile,
  rule: Rule,
  blocks: readonly Block[],
  path: readonly (string | number)[],
): Finding[] {
  return blocks.flatMap((block, j) => {
    if (!isOfGithub(block)) return [];
    return ['id', 'namespace'].flatMap((field) =>
      (block.resource?.[field] ?? []).flatMap((name, k): Finding[] => {
        if (!/[A-Z]/.test(name)) return [];
        const at = file.locate?.([...path, j, 'resource', field, k]) ?? rule.at;
        const message = `rule "${rule.id}": names of GitHub are in lower case here, so "${name}" never matches; write "${name.toLowerCase()}"`;
        return [{ severity: 'error', code: 'never-matches', at, rule: rule.id, message }];
      }),
    );
  });
}

function isOfGithub({ action, resource }: Block): boolean {
  const types = resource?.['type'];
  if (types && !types.every((type) => TYPES.includes(type))) return false;
  return action !== undefined && action.length > 0 && action.every((pattern) => pattern.startsWith('github:'));
}
