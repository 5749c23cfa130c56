// For whoever reads calls to Google's APIs by their methods: what the SQL in a body does.
import type { Action } from '../../../core/action.ts';
import type { JsonObject } from '../../../core/body/json.ts';
import { readBigQueryJob } from './bigquery.ts';
import { readSpannerDdl, readSpannerSession, SPANNER_DIALECTS } from './spanner.ts';
import { SqlRequest } from './sql-request.ts';

/** `bigquery.jobs.query` and `bigquery.jobs.insert`: statements, and jobs that extract, load or copy. At least one action. */
export function sqlOfBigQuery(
  method: 'jobs.query' | 'jobs.insert',
  project: string,
  body: JsonObject,
): readonly Action[] {
  const into = new SqlRequest(['bigquery'], { service: 'bigquery' });
  readBigQueryJob(method, project, body, into);
  return into.actions();
}

/** `verb`: what stands behind the colon of a session's method (`executeSql`, `commit` …), or `ddl`. At least one action. */
export function sqlOfSpanner(verb: string, body: JsonObject): readonly Action[] {
  const into = new SqlRequest(SPANNER_DIALECTS, { service: 'spanner' });
  if (verb === 'ddl') readSpannerDdl(body, into);
  else readSpannerSession(verb, body, into);
  return into.actions();
}
