// The functions of PostgreSQL that change nothing, its other functions, and the tables of its catalogue, as a server says them itself.
// Usage: generate.mjs <node_modules with @electric-sql/pglite> <file to write>
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

const [modules, file] = process.argv.slice(2);
const { PGlite } = await import(pathToFileURL(join(modules, '@electric-sql/pglite/dist/index.js')).href);
const db = await PGlite.create();
const names = async (sql) => (await db.query(sql)).rows.map((row) => Object.values(row)[0]);

/** Functions that somebody can call in a statement: none for the server's own use. */
const CALLABLE = `bool_or(not ('internal'::regtype = any (proargtypes::oid[]) or 'cstring'::regtype = any (proargtypes::oid[])
  or prorettype in ('internal'::regtype, 'cstring'::regtype, 'trigger'::regtype, 'event_trigger'::regtype)))`;
const BUILT_IN = `pg_proc p join pg_namespace n on n.oid = p.pronamespace where nspname = 'pg_catalog' group by proname having`;

/** Volatile, because they tell of the moment, and yet without effect. Looked at one by one. */
const LOOKING = (
  'random random_normal setseed clock_timestamp timeofday gen_random_uuid uuidv4 uuidv7 currval lastval current_query ' +
  'pg_database_size pg_table_size pg_indexes_size pg_relation_size pg_total_relation_size pg_tablespace_size txid_status ' +
  'pg_xact_status pg_is_in_recovery pg_current_wal_lsn pg_current_wal_flush_lsn pg_current_wal_insert_lsn ' +
  'pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_blocking_pids pg_lock_status ' +
  'pg_jit_available pg_partition_tree pg_partition_ancestors array_sample array_shuffle pg_collation_actual_version ' +
  'pg_database_collation_actual_version pg_sequence_last_value pg_notification_queue_usage pg_safe_snapshot_blocking_pids ' +
  'bernoulli system pg_prepared_xact pg_xact_commit_timestamp pg_is_wal_replay_paused pg_stat_have_stats pg_get_wait_events ' +
  'lo_get loread lo_tell lo_tell64 pg_stat_get_io pg_stat_get_backend_io pg_stat_get_backend_wal'
).split(' ');
/** Stable, and yet they run a query or read a table that they are given by name. */
const RUNNING = /(?:^|_)(?:table|schema|database|cursor|query)_to_xml/;

const all = new Set(await names('select distinct proname from pg_proc'));
const gone = LOOKING.filter((name) => !all.has(name));
if (gone.length > 0) throw new Error(`PostgreSQL has these functions no more: ${gone.join(' ')}`);

const still = await names(`select proname from ${BUILT_IN} bool_and(provolatile in ('i', 's')) and ${CALLABLE}`);
const counters = await names("select distinct proname from pg_proc where proname ~ '^pg_stat_get_xact_'");
const harmless = new Set([...still.filter((name) => !RUNNING.test(name)), ...LOOKING, ...counters]);
const others = (await names(`select proname from ${BUILT_IN} ${CALLABLE}`)).filter((name) => !harmless.has(name));
const relations = await names(`select relname from pg_class c join pg_namespace n on n.oid = relnamespace
  where nspname = 'pg_catalog' and relkind in ('r', 'v')`);
const [version] = await names('show server_version');

const words = (list) => [...list].sort().join(' ');
const json = {
  source:
    `PostgreSQL ${version}: functions of pg_catalog whose every variant is immutable or stable and takes no internal type, ` +
    'without those that run a query or read a table they are named; and the volatile ones that change nothing.',
  relations: words(relations),
  harmless: words(harmless),
  others: words(others),
};
writeFileSync(file, `${JSON.stringify(json, null, 2)}\n`);
await db.close();
