// Recognises calls that people write down, as the gate would: by the upstreams of a configuration, by one kind for all, or by their hosts.
import { type Actions, createActions } from '../../actions/registry.ts';
import { loadSqlParser } from '../../actions/sql/load-sql-parser.ts';
import { readFileSync } from 'node:fs';
import { SQL_SERVICES, type SqlService, UPSTREAM_KINDS, type UpstreamKind } from '../../core/upstream.ts';
import { loadConfig } from '../../config/load.ts';
import { unknownName } from '../../core/policy/schema-leaves.ts';
import { createSurroundings, type Surroundings } from '../policy/call-input.ts';
import { faultLines } from '../policy/policy-source.ts';

export interface RecognitionOptions {
  readonly config?: string | undefined;
  /** A word of UPSTREAM_KINDS, `openapi:<file>` or `sql-over-http:<service>`. */
  readonly kind?: string | undefined;
}

export interface Recognition {
  readonly surroundings: Surroundings;
  readonly actions: Actions;
}

export type RecognitionResult =
  | { readonly ok: true; readonly recognition: Recognition }
  | { readonly ok: false; readonly message: string };

/** What is wrong with the options or the files that they name is a message of whole lines. */
export async function openRecognition({ config: file, kind }: RecognitionOptions): Promise<RecognitionResult> {
  // Calls may carry SQL, whose parser has to be there before the first of them.
  await loadSqlParser();
  if (file !== undefined && kind !== undefined) {
    return refuse('give --config, whose upstreams say their kinds, or --kind: not both');
  }
  const loaded = file === undefined ? undefined : loadConfig(file, undefined);
  if (loaded && !loaded.ok) return { ok: false, message: faultLines(loaded.faults) };
  const surroundings = createSurroundings(loaded?.config, { credentials: 'kept' });
  if (loaded) return { ok: true, recognition: { surroundings, actions: createActions(loaded.config.upstreams) } };
  if (kind === undefined) return { ok: true, recognition: { surroundings, actions: createActions([]) } };
  const read = readKind(kind);
  if (typeof read === 'string') return refuse(read);
  // Without a configuration every call goes to the upstream without a name.
  return { ok: true, recognition: { surroundings, actions: createActions([{ id: '', basePath: '', ...read }]) } };
}

interface Kind {
  readonly kind: UpstreamKind;
  readonly openapi?: { readonly file: string; readonly text: string };
  readonly sqlService?: SqlService;
}

function readKind(text: string): Kind | string {
  const word = UPSTREAM_KINDS.find((each) => each === text);
  if (word) return { kind: word };
  const [name, ...rest] = text.split(':');
  const value = rest.join(':');
  if (name === 'sql-over-http' && value !== '') {
    const sqlService = SQL_SERVICES.find((each) => each === value);
    return sqlService ? { kind: name, sqlService } : unknownName('service', value, SQL_SERVICES);
  }
  if (name === 'openapi' && value !== '') {
    try {
      return { kind: name, openapi: { file: value, text: readFileSync(value, 'utf8') } };
    } catch (error) {
      return `${value} cannot be read: ${error instanceof Error ? error.message : 'failed'}`;
    }
  }
  return unknownName('kind', text, [...UPSTREAM_KINDS, 'openapi:FILE', 'sql-over-http:SERVICE']);
}

function refuse(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message: `${message}\n` };
}
