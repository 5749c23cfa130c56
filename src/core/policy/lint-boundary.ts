// Rules about the compliance boundary of upstreams that have none: such a criterion never matches.
import type { PolicyFile } from './ast.ts';
import type { Finding, KnownNames } from './lint-finding.ts';
import { textGlob } from './scalars.ts';

/** A warning for each rule with a block that asks for `boundary` where no upstream that the block is about has one. */
export function lintBoundary(files: readonly PolicyFile[], { bounded }: KnownNames): Finding[] {
  if (!bounded) return [];
  return files
    .flatMap((file) => file.rules)
    .flatMap((rule): Finding[] => {
      const idle = rule.match.some((block) => {
        if (!block.boundary) return false;
        const globs = block.upstream?.map(textGlob);
        return !bounded.some((id) => globs?.some((matches) => matches(id)) ?? true);
      });
      if (!idle) return [];
      const message = `rule "${rule.id}": no upstream that it is about has a \`boundary\` in holdgate.yaml, so its \`boundary\` never matches`;
      return [{ severity: 'warning', code: 'unmatched-name', at: rule.at, rule: rule.id, message }];
    });
}
