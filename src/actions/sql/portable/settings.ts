// Settings that ride on a statement, and SET: what each is called.
import type { Findings } from '../finding.ts';
import { addSetting } from '../clickhouse-settings.ts';
import { isMark } from '../lex/token.ts';
import type { TokenCursor } from './token-cursor.ts';

/** `name = value, …` (ClickHouse's SETTINGS): stops behind the last. */
export function readSettings(cursor: TokenCursor, findings: Findings): void {
  for (;;) {
    const name = cursor.peek();
    if ((name?.kind !== 'word' && name?.kind !== 'name') || !isMark(cursor.peek(1), '=')) {
      findings.doubt('unclear-setting');
      return;
    }
    addSetting(findings, name.text ?? '', undefined);
    cursor.at += 3;
    if (!cursor.mark(',')) return;
  }
}
