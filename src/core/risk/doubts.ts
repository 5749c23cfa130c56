// Where the call, or what is known of it, leaves doubt: an unread body, two readings, a method override, somebody else's name, text that
// hides or reorders itself, the compliance boundary.
import type { Action } from '../action.ts';
import { type Call, headerValues, url } from '../call.ts';
import { REDACTED } from '../diff/redact.ts';
import { isSecretParameter } from '../shown-query.ts';
import { visibleText } from '../visible-text.ts';
import type { FlagList } from './flag.ts';
import type { Material } from './material.ts';

const OVERRIDES = ['x-http-method', 'x-http-method-override', 'x-method-override'];
const ASCII_ONLY = /^[\n\r\t\u0020-\u007e]*$/;
const WHY: Readonly<Record<string, string>> = {
  'over-limit': 'it is longer than what policy reads',
  'unknown-coding': 'its Content-Encoding is not known',
  undecodable: 'its Content-Encoding cannot be undone',
  'unknown-charset': 'its character set is not known',
};

export function flagDoubts(
  call: Call,
  material: Material,
  actions: readonly Action[],
  said: string | undefined,
  flags: FlagList,
): void {
  if (call.body.state === 'unreadable') flags.add('body-not-inspected', '', WHY[call.body.why] ?? call.body.why);
  else if (!material.whole) flags.add('body-not-inspected', '', 'it holds more than the flags were looked for in');
  for (const { confidence, name, boundary, boundaryEvidence, resource } of actions) {
    if (confidence === 'unknown') flags.add('unknown-action', '', name);
    if (confidence === 'ambiguous') flags.add('ambiguous-action', '', name);
    if (boundary === 'outside') flags.add('outside-boundary', name, boundaryEvidence ?? placeOf(resource));
    if (boundary === 'unknown') flags.add('boundary-unknown', name, boundaryEvidence ?? placeOf(resource));
  }
  for (const name of OVERRIDES) {
    for (const value of headerValues(call.headers, name)) flags.add('method-override', name, value);
  }
  for (const { where, name, value } of material.leaves) {
    // Every framework that knows it reads it from the top of the query or of a form.
    if (name === 'method' && /^(?:query|body)\._method$/.test(where))
      flags.add('method-override', where, String(value));
    if (typeof value !== 'string') continue;
    const [, parameter] = /^query\.(.*)$/s.exec(where) ?? [];
    hidden(where, value, flags, parameter !== undefined && isSecretParameter(parameter));
  }
  for (let i = 0; i + 1 < call.headers.length; i += 2) {
    const name = (call.headers[i] ?? '').toLowerCase();
    if (name.startsWith('impersonate-')) flags.add('impersonation', name, call.headers[i + 1] ?? '');
  }
  hidden('URL', decoded(url(call)), flags);
  if (said !== undefined) hidden('justification', said, flags);
}

function placeOf({ arn, region, account, namespace, type, id }: Action['resource']): string {
  if (arn !== undefined) return arn;
  const parts = [
    region !== undefined && `region ${region}`,
    account !== undefined && `account ${account}`,
    namespace !== undefined && `namespace ${namespace}`,
    id !== undefined && `${type ?? 'resource'} ${id}`,
  ].filter((part) => part !== false);
  return parts.length === 0 ? 'the call does not say where' : parts.join(', ');
}

function hidden(where: string, text: string, flags: FlagList, secret = false): void {
  if (ASCII_ONLY.test(text)) return;
  const visible = visibleText(text.replaceAll(/[\n\r\t]/g, ' '));
  const at = visible.indexOf('⟦');
  if (at >= 0) flags.add('hidden-text', where, secret ? REDACTED : visible.slice(Math.max(0, at - 40), at + 60));
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
