// The permissions that docs/operating.md tells people to give, as the tests give them.
import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../docs/operating.md', import.meta.url), 'utf8');

/** Keys and commands of the line `user holdgate …`, and what is said to be needed besides by anything of `besides`. */
export function aclRules(...besides: readonly ('ack_replicas' | 'cluster' | 'database')[]): readonly string[] {
  const [, words = ''] = /^user holdgate (.*)$/m.exec(PAGE) ?? [];
  const [sentence = ''] = /^`ack_replicas` also needs .*$/m.exec(PAGE) ?? [];
  const more = sentence.split(';').filter((part) => besides.some((need) => part.includes(need)));
  return [
    ...words.split(' ').filter((word) => word !== 'on' && !word.startsWith('>')),
    ...more.flatMap((part) => part.match(/\+[a-z|]+/g) ?? []),
  ];
}
