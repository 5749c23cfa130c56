// SQL over HTTP (Neon): how many rows the planner of the database expects, without running the statement.
import type { Action } from '../core/action.ts';
import type { JsonObject, JsonValue } from '../core/body/json.ts';
import { explainRehearsal } from '../core/rehearsal.ts';
import { type Asking, asJson } from './asking.ts';
import { fact, failed, none, type Outcome, shownFacts } from './outcome.ts';

/** Nodes of a plan that are told. */
const MAX_STEPS = 8;

export async function sqlPreview(asking: Asking, actions: readonly Action[]): Promise<Outcome> {
  if (!actions.every(({ provider, params }) => provider === 'sql' && params['service'] === 'neon')) {
    return none('No preview: nothing is known that could be asked beforehand about this action.');
  }
  if (!asking.dryRun)
    return none('No preview: `preview.dry_run` is not switched on, which plans a statement without running it.');
  const rehearsal = explainRehearsal(asking.call);
  if (!rehearsal) return none('No preview: only a single SELECT, INSERT, UPDATE, DELETE or MERGE is planned.');
  const answer = asJson(await asking.rehearse(rehearsal));
  if (answer.state !== 'json')
    return failed(
      `The database did not plan it: ${answer.state === 'failed' ? answer.why : 'there is nothing at this address'}.`,
    );
  const plan = planIn(answer.value);
  if (!plan) return failed('The answer of the database holds no plan.');
  const steps: { readonly what: string; readonly rows: JsonValue | undefined }[] = [];
  let cut = false;
  const walk = (node: JsonObject): void => {
    if (steps.length >= MAX_STEPS) {
      cut = true;
      return;
    }
    const words = ['Operation', 'Node Type', 'Relation Name'].map((name) => node.get(name));
    steps.push({ what: words.filter((word) => typeof word === 'string').join(' '), rows: node.get('Plan Rows') });
    const children = node.get('Plans');
    if (!Array.isArray(children)) return;
    for (const child of children as readonly JsonValue[]) if (child instanceof Map) walk(child as JsonObject);
  };
  walk(plan);
  // What changes rows gives none itself: the first step below it says how many.
  const [first, second] = steps;
  const rows = first?.what.includes('ModifyTable') ? second?.rows : first?.rows;
  const shown = typeof rows === 'number' ? rows : 'not known';
  return shownFacts(
    'What the planner of the database expects; the statement was not run.',
    [
      fact('rows, estimated', shown),
      ...steps.map(({ what, rows: each }) => fact(what, typeof each === 'number' ? `${each} rows` : '?')),
    ],
    cut,
  );
}

/** `{rows: [{"QUERY PLAN": [{Plan: …}]}]}`, or with arrays for rows. */
function planIn(value: JsonValue): JsonObject | undefined {
  let at: JsonValue | undefined = value;
  for (const step of ['rows', 0, 'QUERY PLAN', 0, 'Plan'] as const) {
    if (at instanceof Map) at = typeof step === 'string' ? (at as JsonObject).get(step) : undefined;
    else if (Array.isArray(at)) at = (at as readonly JsonValue[])[typeof step === 'number' ? step : 0];
    else return undefined;
  }
  return at instanceof Map ? (at as JsonObject) : undefined;
}
