// libSQL (Turso): Hrana over HTTP, versions 1 to 3 in JSON (github.com/tursodatabase/libsql, docs/HRANA_3_SPEC.md), and the older `/`.
import type { JsonValue } from '../../../core/body/json.ts';
import { isObject, Members } from './http-request.ts';
import { plainEndpoint, type ServiceReader } from './service-reader.ts';
import type { SqlRequest } from './sql-request.ts';

const PIPELINE = /^\/v[23]\/pipeline$/;
const CURSOR = /^\/v3\/cursor$/;
const FIRST = /^\/v1\/(execute|batch)$/;

export const LIBSQL: ServiceReader = {
  dialects: ['sqlite'],
  needsBody: (method) => method === 'POST',
  read(request, into) {
    const { method, path } = request;
    if (method === 'GET' && path === '/dump') {
      into.add({ verb: 'export', effect: 'export', level: 'read', type: 'database', tags: ['data-export'] });
      return true;
    }
    if (method === 'GET') return /^\/(?:health|version|v[123]|v3-protobuf)?$/.test(path) && plainEndpoint(into, 'show');
    const first = FIRST.exec(path)?.[1];
    if (method !== 'POST' || !(PIPELINE.test(path) || CURSOR.test(path) || first !== undefined || path === '/'))
      return false;
    const body = request.object();
    if (body === undefined) return true;
    const reader = new Hrana(into);
    if (PIPELINE.test(path)) reader.pipeline(new Members(body, ['requests', 'baton'], into).items('requests'));
    else if (CURSOR.test(path) || first === 'batch') reader.batch(new Members(body, ['batch'], into).get('batch'));
    else if (first === 'execute') reader.stmt(new Members(body, ['stmt'], into).get('stmt'));
    else reader.old(new Members(body, ['statements'], into).items('statements'));
    return true;
  },
};

class Hrana {
  readonly #into: SqlRequest;
  /** Texts that the call itself stores: they run when they are named. */
  readonly #stored = new Set<number>();

  constructor(into: SqlRequest) {
    this.#into = into;
  }

  pipeline(requests: readonly JsonValue[]): void {
    if (requests.length === 0) this.#into.doubt('no-statement');
    for (const each of requests) this.#request(each);
  }

  #request(value: JsonValue): void {
    const members = this.#members(value, ['type', 'stmt', 'batch', 'sql', 'sql_id']);
    if (members === undefined) return;
    switch (members.text('type')) {
      case 'execute':
        this.stmt(members.get('stmt'));
        return;
      case 'batch':
        this.batch(members.get('batch'));
        return;
      case 'sequence':
        this.#sql(members);
        return;
      case 'store_sql': {
        const id = members.get('sql_id');
        if (typeof id === 'number') this.#stored.add(id);
        members.statement('sql');
        return;
      }
      case 'describe':
      case 'close':
      case 'close_sql':
      case 'get_autocommit':
        plainEndpoint(this.#into, 'show');
        return;
      default:
        this.#into.doubt('unknown-request');
    }
  }

  stmt(value: JsonValue | undefined): void {
    const members = this.#members(value, ['sql', 'sql_id']);
    if (members !== undefined) this.#sql(members);
  }

  batch(value: JsonValue | undefined): void {
    const steps = this.#members(value, ['steps'])?.items('steps') ?? [];
    if (steps.length === 0) this.#into.doubt('no-statement');
    for (const step of steps) this.stmt(this.#members(step, ['stmt'])?.get('stmt'));
  }

  /** `{statements: ["…", {q: "…"}]}`. */
  old(statements: readonly JsonValue[]): void {
    if (statements.length === 0) this.#into.doubt('no-statement');
    for (const each of statements) {
      if (typeof each === 'string') this.#into.statement(each);
      else this.#members(each, ['q'])?.statement('q');
    }
  }

  #sql(members: Members): void {
    const id = members.get('sql_id');
    if (id === undefined) members.statement('sql');
    else {
      if (members.get('sql') !== undefined) members.statement('sql');
      if (typeof id !== 'number' || !this.#stored.has(id)) this.#into.doubt('stored-elsewhere');
    }
  }

  #members(value: JsonValue | undefined, names: readonly string[]): Members | undefined {
    if (isObject(value)) return new Members(value, names, this.#into);
    this.#into.doubt('unclear-member');
    return undefined;
  }
}
