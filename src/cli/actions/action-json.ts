// An action as `holdgate actions explain` prints it: the fields of an action and no others.
import type { Action } from '../../core/action.ts';

/** `candidates` where the recogniser names further readings. */
export function actionJson(action: Action): object {
  const { provider, service, operation, name, level, levelSource, tags, resource, params, summary, confidence } =
    action;
  const { boundary, boundaryEvidence } = action;
  const candidates: unknown = Reflect.get(action, 'candidates');
  return {
    provider,
    service,
    operation,
    name,
    level,
    levelSource,
    tags,
    resource,
    params,
    summary,
    confidence,
    ...(candidates !== undefined && { candidates }),
    // Only where the upstream has one.
    ...(boundary !== undefined && { boundary }),
    ...(boundaryEvidence !== undefined && { boundaryEvidence }),
  };
}

/** `{"actions": […]}`; numbers that JSON has no place for are texts. */
export function actionsJson(actions: readonly Action[], indent?: number): string {
  const plain = (_key: string, value: unknown): unknown =>
    typeof value === 'bigint' ? String(value) : value instanceof Map ? Object.fromEntries(value) : value;
  return JSON.stringify({ actions: actions.map(actionJson) }, plain, indent);
}
