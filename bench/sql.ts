// µs per text of SQL, by dialect. Run: node bench/sql.ts
import { classifySql } from '../src/actions/sql/classify-sql.ts';
import type { SqlDialect } from '../src/actions/sql/dialect.ts';
import { loadSqlParser } from '../src/actions/sql/load-sql-parser.ts';

const WARM_UP = 20_000;
const ROUNDS = 5;
const TEXTS = 20_000;

const CASES: readonly (readonly [dialects: readonly SqlDialect[], text: string])[] = [
  [['postgresql'], 'SELECT id, name FROM users WHERE id = $1'],
  [['postgresql'], "UPDATE orders SET state = 'paid', paid_at = now() WHERE id = $1 RETURNING *"],
  [
    ['postgresql'],
    'SELECT u.id, count(*) FROM users u JOIN orders o ON o.uid = u.id WHERE o.at > now() GROUP BY 1 LIMIT 10',
  ],
  [['postgresql'], 'WITH d AS (DELETE FROM users RETURNING *) INSERT INTO old SELECT * FROM d'],
  [['mysql'], 'SELECT id, name FROM users WHERE id = ?'],
  [
    ['mysql'],
    'SELECT u.id, count(*) FROM users u JOIN orders o ON o.uid = u.id WHERE o.at > now() GROUP BY 1 LIMIT 10',
  ],
  [['snowflake'], 'COPY INTO @stage/x FROM users FILE_FORMAT = (TYPE = CSV)'],
  [['clickhouse'], 'SELECT count() FROM events WHERE at > today() GROUP BY kind FORMAT JSON'],
  [['postgresql', 'mysql'], 'SELECT id, name FROM users WHERE id = 5'],
];

function measure(dialects: readonly SqlDialect[], text: string): number {
  const began = performance.now();
  for (let i = 0; i < TEXTS; i++) classifySql(text, dialects);
  return ((performance.now() - began) * 1_000) / TEXTS;
}

await loadSqlParser();
console.log('µs per text, the best of some rounds');
for (const [dialects, text] of CASES) {
  if (classifySql(text, dialects).some(({ confidence }) => confidence === 'unknown'))
    throw new Error(`not read: ${text}`);
  for (let i = 0; i < WARM_UP; i++) classifySql(text, dialects);
  const best = Math.min(...Array.from({ length: ROUNDS }, () => measure(dialects, text)));
  console.log(`${dialects.join('|').padEnd(18)} ${best.toFixed(1).padStart(6)}  ${text.slice(0, 90)}`);
}
