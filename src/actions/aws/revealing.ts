// Reads that give secrets away only where the call asks for them. AWS has one permission for both, so that the name alone does not tell.
// INVARIANT: parameters that are not known, or not plainly harmless, ask for them.
import type { JsonValue } from '../../core/body/json.ts';
import { misspelling } from '../folded-keys.ts';
import type { Reading } from './reading.ts';

type Asks = (parameter: (name: string) => JsonValue | undefined) => boolean;

const always: Asks = () => true;

/** By service of the catalogue and operation; what asks, in the words of the API reference. */
const REVEALING: ReadonlyMap<string, Asks> = new Map<string, Asks>([
  ['apigateway:GetApiKey', (parameter) => isOn(parameter('includeValue'))],
  ['apigateway:GetApiKeys', (parameter) => isOn(parameter('includeValues'))],
  // `value` is part of every answer.
  ['apigateway:GetUsagePlanKey', always],
  ['apigateway:GetUsagePlanKeys', always],
  // Startup scripts, as in a launch template; every other attribute is named by the call.
  ['ec2:DescribeInstanceAttribute', (parameter) => !isOtherText(parameter('Attribute'), 'userData')],
  ['glue:GetConnection', (parameter) => !isSet(parameter('HidePassword'))],
  ['glue:GetConnections', (parameter) => !isSet(parameter('HidePassword'))],
  // Without it the value of a SecureString comes as its ciphertext, and references to Secrets Manager are refused.
  ...['GetParameter', 'GetParameters', 'GetParametersByPath', 'GetParameterHistory'].map((name): [string, Asks] => [
    `ssm:${name}`,
    (parameter) => isOn(parameter('WithDecryption')),
  ]),
]);

/** Operations of CloudWatch Logs that show what a data protection policy masks, where `unmask` is set. */
const UNMASKING: ReadonlySet<string> = new Set(['FilterLogEvents', 'GetLogEvents', 'GetLogObject', 'GetLogRecord']);

/** Does the answer hold secrets that the same operation can leave out? Undefined for operations that always do, or never. */
export function revealsSecrets(reading: Reading): boolean | undefined {
  const asks = REVEALING.get(`${reading.service.id}:${reading.name}`);
  if (!asks) return undefined;
  const { state, tree } = reading.parameters;
  return state !== 'whole' || misspelt(tree) !== undefined || asks((name) => tree.get(name));
}

/** No server is known to take another spelling, and none is trusted not to. */
const misspelt = misspelling(['includeValue', 'includeValues', 'Attribute', 'HidePassword', 'WithDecryption']);

/** Does the call need `logs:Unmask` too? */
export function unmasks({ service, name, parameters }: Reading): boolean {
  if (service.id !== 'logs' || !UNMASKING.has(name)) return false;
  return parameters.state !== 'whole' || isOn(parameters.tree.get('unmask'));
}

/** Is `action`, in the words of IAM (`ssm:GetParameter`), a read of secrets only where the call asks for them? */
export function isRevealingOnRequest(action: string): boolean {
  return REVEALING.has(action);
}

/** True and nothing like it. */
const isSet = (value: JsonValue | undefined): boolean => value === true;

function isOn(value: JsonValue | undefined): boolean {
  return value !== undefined && value !== null && value !== false && value !== 'false';
}

function isOtherText(value: JsonValue | undefined, revealing: string): boolean {
  return typeof value === 'string' && value.toLowerCase() !== revealing.toLowerCase();
}
