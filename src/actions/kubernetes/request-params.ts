// Parameters that the request itself carries, in its query: selectors, options of a write, what `exec` runs. Those that are sent
// twice, or that are too long to be shown whole, make the reading unsure.
import type { GoQuery } from './go-query.ts';
import type { RequestParams } from './params.ts';
import type { ResourceRequest } from './request-info.ts';

export interface RequestParamsReading {
  readonly params: RequestParams;
  readonly sure: boolean;
}

const MAX_TEXT = 1024;
const MAX_WORDS = 64;

/** `method`: of the request; it is a parameter where it goes on to what is behind a proxy. */
export function requestParams(request: ResourceRequest, method: string, query: GoQuery): RequestParamsReading {
  const params: RequestParams = {};
  if (request.subresource === 'proxy') {
    params.method = method;
    params.path = `/${request.rest.join('/')}`.slice(0, MAX_TEXT);
  }
  if (query.isEmpty) return { params, sure: true };
  const reader = new QueryReader(query);
  if (request.subresource === 'exec' || request.subresource === 'attach') readShell(params, reader);
  else if (request.subresource === 'portforward') assign(params, 'ports', reader.texts('ports'));
  else if (request.subresource === 'log') assign(params, 'container', reader.text('container'));
  else if (request.subresource !== 'proxy') readOptions(params, request, reader);
  return { params, sure: reader.sure && query.isWhole };
}

class QueryReader {
  sure = true;
  readonly #query: GoQuery;

  constructor(query: GoQuery) {
    this.#query = query;
  }

  text(name: string): string | undefined {
    const [value, ...more] = this.#query.all(name);
    if (more.length > 0 || (value?.length ?? 0) > MAX_TEXT) this.sure = false;
    return value?.slice(0, MAX_TEXT);
  }

  texts(name: string): readonly string[] | undefined {
    const values = this.#query.all(name);
    if (values.length > MAX_WORDS || values.some((value) => value.length > MAX_TEXT)) this.sure = false;
    return values.length === 0 ? undefined : values.slice(0, MAX_WORDS).map((value) => value.slice(0, MAX_TEXT));
  }

  /** As the API server has it: there, and neither `0` nor `false`. */
  flag(name: string): boolean | undefined {
    const value = this.text(name);
    return value === undefined ? undefined : !/^(?:0|false)$/i.test(value);
  }

  number(name: string): number | undefined {
    const value = this.text(name);
    if (value === undefined) return undefined;
    if (!/^-?\d{1,9}$/.test(value)) this.sure = false;
    return /^-?\d{1,9}$/.test(value) ? Number(value) : undefined;
  }
}

function assign<K extends keyof RequestParams>(params: RequestParams, name: K, value: RequestParams[K]): void {
  if (value !== undefined) params[name] = value;
}

function readShell(params: RequestParams, reader: QueryReader): void {
  assign(params, 'command', reader.texts('command'));
  assign(params, 'container', reader.text('container'));
  assign(params, 'stdin', reader.flag('stdin'));
  assign(params, 'tty', reader.flag('tty'));
}

function readOptions(params: RequestParams, { verb }: ResourceRequest, reader: QueryReader): void {
  if (verb === 'get') return;
  if (verb === 'create' || verb === 'update' || verb === 'patch') {
    assign(params, 'field_manager', reader.text('fieldManager'));
    assign(params, 'force', reader.flag('force'));
    return;
  }
  if (verb !== 'delete') {
    assign(params, 'label_selector', reader.text('labelSelector'));
    assign(params, 'field_selector', reader.text('fieldSelector'));
  }
  if (verb === 'delete' || verb === 'deletecollection') {
    assign(params, 'propagation_policy', reader.text('propagationPolicy'));
    assign(params, 'grace_period_seconds', reader.number('gracePeriodSeconds'));
  }
}
