// Recognises calls that people write down, as the gate would: by the upstreams of a configuration, by one kind for all, or by their hosts.
import { openapiFaults } from '../../actions/openapi/openapi.ts';
import { type Actions, createActions } from '../../actions/registry.ts';
import { loadSqlParser } from '../../actions/sql/load-sql-parser.ts';
import { loadConfig } from '../../config/load.ts';
import { createSurroundings, type Surroundings } from '../policy/call-input.ts';
import { faultLines } from '../policy/policy-source.ts';
import { actionsOfKind, readKind } from '../upstream-kind.ts';

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
  if (loaded) {
    const faults = openapiFaults(loaded.config.upstreams);
    if (faults.length > 0) return { ok: false, message: faultLines(faults) };
    return { ok: true, recognition: { surroundings, actions: createActions(loaded.config.upstreams) } };
  }
  if (kind === undefined) return { ok: true, recognition: { surroundings, actions: createActions([]) } };
  const read = readKind(kind);
  if (typeof read === 'string') return refuse(read);
  const faults = openapiFaults([read]);
  if (faults.length > 0) return { ok: false, message: faultLines(faults) };
  return { ok: true, recognition: { surroundings, actions: actionsOfKind(read) } };
}

function refuse(message: string): { readonly ok: false; readonly message: string } {
  return { ok: false, message: `${message}\n` };
}
