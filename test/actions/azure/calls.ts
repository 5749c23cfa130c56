// Calls for the tests of the recogniser of Azure, and what is made of them.
import { createAzureRecogniser } from '../../../src/actions/azure/recogniser.ts';
import type { Action } from '../../../src/core/action.ts';
import type { Call } from '../../../src/core/call.ts';
import { call, type Parts } from '../gcp/calls.ts';

export { call, JSON_TYPE, type Parts, whole } from '../gcp/calls.ts';

export const GROUP = 'https://management.azure.com/subscriptions/s1/resourceGroups/prod/providers';

/** Of Resource Manager: `METHOD /path`. */
export function arm(request: string, parts: Parts = {}): Call {
  return call(request.replace(' ', ' https://management.azure.com'), parts);
}

export const recogniser: ReturnType<typeof createAzureRecogniser> = createAzureRecogniser();

export const recognise = (each: Call): readonly Action[] => recogniser.recognise(each);

const MARKS = { exact: '', ambiguous: '?', unknown: '!' } as const;

/** Without the provider, with `?` for ambiguous and `!` for unknown ones. */
export function names(each: Call): string[] {
  return recognise(each).map(({ name, confidence }) => name.slice('azure:'.length) + MARKS[confidence]);
}

/** As names, with the id of the resource behind it. */
export function ids(each: Call): string[] {
  return recognise(each).map(
    ({ name, confidence, resource }) => `${name.slice('azure:'.length)}${MARKS[confidence]} ${resource.id ?? '-'}`,
  );
}

/** The only action of a call. */
export function only(each: Call): Action {
  const [action, ...others] = recognise(each);
  if (!action || others.length > 0) throw new Error(`${others.length + 1} actions`);
  return action;
}
