// A real server beside the reader: what is read as a mere question has to run in a read-only transaction, and what is not understood
// has to be an error to the server too.
import { spawn, spawnSync } from 'node:child_process';
import { chownSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { classifySql } from '../../../../src/actions/sql/classify-sql.ts';
import { loadSqlParser } from '../../../../src/actions/sql/load-sql-parser.ts';
import { casesOf } from '../statements.ts';

const BIN = serverFolder();
const isRoot = process.getuid?.() === 0;
/** The server refuses to run as root. */
const as = isRoot ? { uid: 65534, gid: 65534 } : {};
/** Writes files, runs programs, or changes what the server does to everybody. */
const LEAVES_THE_SERVER = /PROGRAM|'\/|lo_import|SYSTEM|SCHEMA public|LOAD/;
let folder = '';
let server: ReturnType<typeof spawn> | undefined;

function serverFolder(): string | undefined {
  const root = '/usr/lib/postgresql';
  const versions = spawnSync('ls', [root], { encoding: 'utf8' }).stdout.split('\n').filter(Boolean);
  const [newest] = versions.toSorted((a, b) => Number(b) - Number(a));
  const bin = newest === undefined ? undefined : join(root, newest, 'bin');
  return bin !== undefined && readdirSync(bin).includes('postgres') ? bin : undefined;
}

function run(program: string, args: readonly string[]): ReturnType<typeof spawnSync> {
  return spawnSync(join(BIN ?? '', program), args, { ...as, encoding: 'utf8', cwd: folder, timeout: 30_000 });
}

/** What the server says to the text, which it gets whole: nothing, or its errors with their SQLSTATE. */
function ask(text: string, options = ''): string {
  return String(run('psql', [...connect(options), '-v', 'VERBOSITY=sqlstate', '-c', text]).stderr);
}

function connect(options = ''): readonly string[] {
  return [
    '-X',
    '-q',
    '-d',
    `host=${folder} user=postgres dbname=postgres options='-c statement_timeout=300 ${options}'`,
  ];
}

describe.skipIf(BIN === undefined)(
  `the real PostgreSQL${BIN === undefined ? ' (skipped: no server below /usr/lib/postgresql)' : ''}`,
  () => {
    beforeAll(async () => {
      await loadSqlParser();
      folder = mkdtempSync(join(tmpdir(), 'holdgate-postgres-'));
      mkdirSync(join(folder, 'data'), { mode: 0o700 });
      if (isRoot) for (const each of [folder, join(folder, 'data')]) chownSync(each, 65534, 65534);
      const made = run('initdb', ['-D', 'data', '-U', 'postgres', '-A', 'trust', '--no-sync']);
      if (made.status !== 0) throw new Error(`initdb: ${String(made.stderr)}`);
      const settings = ['listen_addresses=', `unix_socket_directories=${folder}`, 'fsync=off'];
      const args = ['-D', join(folder, 'data'), ...settings.flatMap((each) => ['-c', each])];
      server = spawn(join(BIN ?? '', 'postgres'), args, { ...as, stdio: 'ignore' });
      await vi.waitFor(
        () => {
          expect(run('pg_isready', ['-h', folder]).status).toBe(0);
        },
        { timeout: 20_000, interval: 100 },
      );
      for (const table of ['users', 'orders', 'other', 'old', 'secrets', 't', 'a', 'b', 'c']) {
        ask(`CREATE TABLE ${table} (id int, uid int, name text, a int, admin bool)`);
      }
      ask(
        'CREATE SCHEMA s; CREATE TABLE s.orders (uid int); CREATE TABLE "data" (a int); CREATE TABLE "Users" (id int)',
      );
    }, 60_000);

    afterAll(() => {
      server?.kill('SIGQUIT');
      if (folder !== '') rmSync(folder, { recursive: true, force: true });
    });

    it('lets every question run in a read-only transaction', () => {
      const questions = casesOf('postgresql').filter(({ text }) =>
        classifySql(text, 'postgresql').every(
          ({ level, tags, confidence }) =>
            confidence === 'exact' && (level === 'read' || level === 'list') && tags.length === 0,
        ),
      );
      const said = questions.map(({ text }) => [text, ask(text, '-c default_transaction_read_only=on')] as const);
      // 25006: cannot execute … in a read-only transaction.
      expect(said.filter(([, error]) => error.includes('25006'))).toEqual([]);
      expect(said.filter(([, error]) => !error.includes('ERROR')).length).toBeGreaterThan(20);
    }, 60_000);

    it('refuses what is not parsed', () => {
      const refused = casesOf('postgresql').filter(({ does }) => does.includes('unknown: not-parsed'));
      expect(refused.length).toBeGreaterThan(5);
      // 42601: syntax error.
      expect(refused.map(({ text }) => text).filter((text) => !ask(text).includes('42601'))).toEqual([]);
    }, 60_000);

    it('changes something by what is found to change it', () => {
      const columns = '(id int, uid int, name text, a int, admin bool)';
      const fill = `CREATE TABLE IF NOT EXISTS users ${columns}; CREATE TABLE IF NOT EXISTS other ${columns};
        TRUNCATE users, other; INSERT INTO users VALUES (5); INSERT INTO other VALUES (1)`;
      const count = 'SELECT (SELECT count(*) FROM users) + 10 * (SELECT count(*) FROM other)';
      let changed = 0;
      for (const { text } of casesOf('postgresql')) {
        if (!/users|other/.test(text) || LEAVES_THE_SERVER.test(text)) continue;
        const { stdout } = run('psql', [...connect(), '-t', '-A', '-c', fill, '-c', text, '-c', 'COMMIT', '-c', count]);
        if (String(stdout).trimEnd().split('\n').at(-1) === '11') continue;
        changed++;
        const writes = classifySql(text, 'postgresql').some(({ level }) => level !== 'read' && level !== 'list');
        expect([text, writes]).toEqual([text, true]);
      }
      expect(changed).toBeGreaterThan(12);
    }, 120_000);

    it('calls no function volatile that is left unmentioned, but those that only look at the session', () => {
      const lists = JSON.parse(
        readFileSync(new URL('../../../../src/actions/sql/data/postgresql.json', import.meta.url), 'utf8'),
      ) as { harmless: string };
      const names = lists.harmless.split(' ');
      const query = `SELECT string_agg(DISTINCT proname, ' ' ORDER BY proname) FROM pg_proc WHERE provolatile = 'v'
        AND pronamespace = 'pg_catalog'::regnamespace AND proname = ANY ('{${names.join(',')}}')`;
      const found = String(run('psql', [...connect(), '-t', '-A', '-c', query]).stdout).trim();
      expect(found).toMatchInlineSnapshot(
        `"bernoulli clock_timestamp current_query currval gen_random_uuid lastval lo_get lo_tell lo_tell64 loread pg_blocking_pids pg_collation_actual_version pg_current_wal_flush_lsn pg_current_wal_insert_lsn pg_current_wal_lsn pg_database_collation_actual_version pg_database_size pg_indexes_size pg_is_in_recovery pg_is_wal_replay_paused pg_jit_available pg_last_wal_receive_lsn pg_last_wal_replay_lsn pg_last_xact_replay_timestamp pg_lock_status pg_notification_queue_usage pg_partition_ancestors pg_partition_tree pg_prepared_xact pg_relation_size pg_safe_snapshot_blocking_pids pg_sequence_last_value pg_stat_get_xact_blocks_fetched pg_stat_get_xact_blocks_hit pg_stat_get_xact_function_calls pg_stat_get_xact_function_self_time pg_stat_get_xact_function_total_time pg_stat_get_xact_numscans pg_stat_get_xact_tuples_deleted pg_stat_get_xact_tuples_fetched pg_stat_get_xact_tuples_hot_updated pg_stat_get_xact_tuples_inserted pg_stat_get_xact_tuples_returned pg_stat_get_xact_tuples_updated pg_stat_have_stats pg_table_size pg_tablespace_size pg_total_relation_size pg_xact_commit_timestamp pg_xact_status random setseed system timeofday txid_status"`,
      );
    });
  },
);
