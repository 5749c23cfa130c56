// One call as JSON: a line of `explain --batch`, a case of `policy test`. Members that are not named here are ignored.
import { z } from 'zod';
import { isIp } from '../../core/ip-address.ts';
import type { Agent } from '../../core/principal.ts';
import type { AgentResult, CallInput, Surroundings } from './call-input.ts';

export interface JsonCall {
  readonly input: CallInput;
  readonly agent: Agent;
  readonly source: string;
  /** Epoch ms; undefined for now. */
  readonly now: number | undefined;
}

export type JsonCallResult =
  | { readonly ok: true; readonly call: JsonCall }
  | { readonly ok: false; readonly message: string };

const texts = z.union([z.string(), z.array(z.string())]);
/** Clients that count (`Content-Length: 12`) hand out numbers. */
const fieldValues = z.union([texts, z.number().transform(String)]);
const agentSchema = z.union([
  z.string(),
  z.object({
    id: z.string(),
    owner: z.string().nullish(),
    labels: z.record(z.string(), z.string()).nullish(),
    acts_for: texts.nullish(),
  }),
]);
/** `[name, value, name, value, …]`, as Node's `rawHeaders` has them. */
const rawFields = z
  .array(z.string())
  .refine((list) => list.length % 2 === 0, 'a list of names and values has an even number of entries')
  .transform((list) => list.flatMap((name, i): [string, string][] => (i % 2 === 0 ? [[name, list[i + 1] ?? '']] : [])));
const callSchema = z.object({
  agent: agentSchema.nullish(),
  method: z.string().nullish(),
  url: z.string(),
  headers: z
    .union([z.record(z.string(), fieldValues), z.array(z.tuple([z.string(), z.string()])), rawFields])
    .nullish(),
  body: z.union([z.string(), z.array(z.unknown()), z.record(z.string(), z.unknown())]).nullish(),
  body_base64: z.base64().nullish(),
  upstream: z.string().nullish(),
  source: z.string().nullish(),
  time: z.union([z.number(), z.string()]).nullish(),
});
type CallSource = z.infer<typeof callSchema>;

export interface AgentSource {
  readonly id: string;
  readonly owner?: string | null | undefined;
  readonly labels?: Readonly<Record<string, string>> | null | undefined;
  readonly acts_for?: string | readonly string[] | null | undefined;
}

/** Reads `{agent, method, url, headers, body | body_base64, upstream?, source?, time?}`; only `url` is required. */
export function readJsonCall(value: unknown, surroundings: Surroundings): JsonCallResult {
  const parsed = callSchema.safeParse(value);
  if (!parsed.success) return { ok: false, message: parsed.error.issues.map((issue) => sentence(issue)).join('; ') };
  const source = parsed.data;
  if (hasText(source.body_base64) && source.body !== undefined && source.body !== null) {
    return { ok: false, message: 'a call has either body or body_base64' };
  }
  const now = source.time === undefined || source.time === null ? undefined : new Date(source.time).getTime();
  if (Number.isNaN(now))
    return { ok: false, message: 'time: expected epoch ms or an instant like 2026-01-31T09:00:00Z' };
  const address = source.source ?? '127.0.0.1';
  if (!isIp(address)) return { ok: false, message: `source: ${JSON.stringify(address)} is not an IP address` };
  const agent = agentOf(source.agent, surroundings);
  if (!agent.ok) return agent;
  const headers = fieldList(source);
  const input = {
    method: source.method ?? 'GET',
    url: source.url,
    headers,
    body: bodyOf(source),
    upstream: source.upstream ?? undefined,
  };
  return { ok: true, call: { input, agent: agent.agent, source: address, now } };
}

/** Who calls: an id, a whole agent, or nobody in particular. */
export function agentOf(value: string | AgentSource | null | undefined, surroundings: Surroundings): AgentResult {
  if (value === undefined || value === null) {
    return { ok: true, agent: { id: 'anonymous', owner: '', labels: {}, actsFor: [], method: 'bearer' } };
  }
  if (typeof value === 'string') return surroundings.agent(value);
  const { id, owner, labels, acts_for: actsFor } = value;
  return {
    ok: true,
    agent: { id, owner: owner ?? '', labels: labels ?? {}, actsFor: [actsFor ?? []].flat(), method: 'bearer' },
  };
}

/** A map or list as body is JSON: it brings its Content-Type where the call names none. */
function fieldList(source: CallSource): [string, string][] {
  const { headers, body } = source;
  const list: [string, string][] = Array.isArray(headers)
    ? headers
    : Object.entries(headers ?? {}).flatMap(([name, values]) =>
        [values].flat().map((value): [string, string] => [name, value]),
      );
  const named = list.some(([name]) => name.toLowerCase() === 'content-type');
  return typeof body === 'object' && body !== null && !named ? [...list, ['Content-Type', 'application/json']] : list;
}

function bodyOf({ body, body_base64: base64 }: CallSource): Uint8Array | undefined {
  if (hasText(base64)) return Buffer.from(base64, 'base64');
  if (body === undefined || body === null) return undefined;
  return Buffer.from(typeof body === 'string' ? body : JSON.stringify(body), 'utf8');
}

function hasText(value: string | null | undefined): value is string {
  return typeof value === 'string';
}

function sentence(issue: z.core.$ZodIssue): string {
  const where = issue.path.length === 0 ? 'the call' : issue.path.join('.');
  return `${where}: ${issue.message}`;
}
