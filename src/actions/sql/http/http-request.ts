// The parts of a call that services with SQL in it read. Every reader gets the call through this, so that what is contradictory about
// its framing is a doubt once and for all.
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../../../core/body/content-type.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../../core/body/json.ts';
import { decodeUtf8 } from '../../../core/body/utf8.ts';
import { type Call, headerValues } from '../../../core/call.ts';
import { lookUp } from '../../../core/policy/pairs.ts';
import { misspelling } from '../../folded-keys.ts';
import type { SqlRequest } from './sql-request.ts';

export class HttpRequest {
  readonly call: Call;
  /** Below the base of the upstream; starts with `/`. */
  readonly path: string;
  readonly #into: SqlRequest;

  constructor(call: Call, path: string, into: SqlRequest) {
    this.call = call;
    this.path = path;
    this.#into = into;
  }

  get method(): string {
    return this.call.method;
  }

  /** The one value of a header; undefined where there is none. Several are a doubt. */
  header(name: string): string | undefined {
    const values = headerValues(this.call.headers, name);
    if (values.length > 1) this.#into.doubt('repeated-header');
    return values[0];
  }

  /** The one value of a query parameter; undefined where there is none. One that parsers could read differently is a doubt. */
  parameter(name: string): string | undefined {
    const { possible, certain } = lookUp(this.call.query ?? '', name);
    if (possible.length === 0) return undefined;
    if (certain === undefined) {
      this.#into.doubt('unclear-query');
      return possible[0];
    }
    return certain[0];
  }

  /** Raw names and values of the query, decoded once. */
  parameters(): readonly (readonly [name: string, value: string])[] {
    const { query } = this.call;
    if (query === undefined || query === '') return [];
    return [...new URLSearchParams(query)];
  }

  /** The body's bytes as the server decodes them; undefined, with a doubt, where they are not at hand. */
  bytes(): Uint8Array | undefined {
    const { body } = this.call;
    if (body.state === 'none') return new Uint8Array();
    if (body.state === 'whole') return body.decoded;
    this.#into.doubt('body-not-read');
    return undefined;
  }

  text(): string | undefined {
    const bytes = this.bytes();
    if (bytes === undefined) return undefined;
    const decoded = decodeUtf8(bytes);
    if (!decoded.ok) {
      this.#into.doubt('not-text');
      return undefined;
    }
    this.#checkType(false);
    return decoded.text;
  }

  /** The body as JSON, whatever it calls itself but a form: servers of SQL do not look. */
  json(): JsonValue | undefined {
    const bytes = this.bytes();
    if (bytes === undefined) return undefined;
    const parsed = parseJson(bytes);
    if (!parsed.ok) {
      this.#into.doubt(bytes.length === 0 ? 'no-body' : 'body-not-json');
      return undefined;
    }
    this.#checkType(true);
    return parsed.value;
  }

  /** The body as a JSON object; anything else is a doubt. */
  object(): JsonObject | undefined {
    const value = this.json();
    if (value === undefined) return undefined;
    if (isObject(value)) return value;
    this.#into.doubt('body-not-object');
    return undefined;
  }

  #checkType(json: boolean): void {
    const type = contentType(this.call.headers);
    if (type.state === 'missing') return;
    if (type.state === 'contradictory' || !isInspectableCharset(type.charset)) this.#into.doubt('unclear-content-type');
    else if (type.type.startsWith('multipart/')) this.#into.doubt('multipart-body');
    else if (json && isFormType(type.type)) this.#into.doubt('form-body');
    else if (json && !isJsonType(type.type) && !/^(?:text\/plain|application\/octet-stream)$/.test(type.type)) {
      this.#into.doubt('unclear-content-type');
    }
  }
}

export function isObject(value: JsonValue | undefined): value is JsonObject {
  return value instanceof Map;
}

/** Reads members of an object by their names; one that is there in another spelling or of another type is a doubt. */
export class Members {
  readonly #object: JsonObject;
  readonly #into: SqlRequest;

  /** `names`: all that matter. */
  constructor(object: JsonObject, names: readonly string[], into: SqlRequest) {
    this.#object = object;
    this.#into = into;
    if (misspelling(names)(object) !== undefined) into.doubt('unclear-member');
  }

  get(name: string): JsonValue | undefined {
    const value = this.#object.get(name);
    return value === null ? undefined : value;
  }

  /** Undefined where it is absent or null. */
  text(name: string): string | undefined {
    const value = this.get(name);
    if (value === undefined || typeof value === 'string') return value;
    this.#into.doubt('unclear-member');
    return undefined;
  }

  /** Each item of an array; an absent one has none. */
  items(name: string): readonly JsonValue[] {
    const value = this.get(name);
    if (value === undefined) return [];
    if (Array.isArray(value)) return value as readonly JsonValue[];
    this.#into.doubt('unclear-member');
    return [];
  }

  /** A statement that has to be there. */
  statement(name: string, schema?: readonly string[]): void {
    const value = this.get(name);
    if (typeof value === 'string') this.#into.statement(value, schema);
    else this.#into.doubt(value === undefined ? 'no-statement' : 'unclear-member');
  }
}

/** `['db', 'schema']` of what a call says about where names are; folded to lower case, as the dialects that use it compare names. */
export function schemaOf(...parts: readonly (string | undefined)[]): readonly string[] | undefined {
  const given = parts.flatMap((part) => (part === undefined || part === '' ? [] : [part.toLowerCase()]));
  // A schema without its database is still where names are; a database alone is not.
  return parts.at(-1) === undefined || parts.at(-1) === '' ? undefined : given;
}
