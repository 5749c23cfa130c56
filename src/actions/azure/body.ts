// The JSON that a call to Azure carries. INVARIANT: a body that parsers could read in two ways is `broken`, one that is not there is `closed`; Azure
// takes names of properties in any letter case, so the ones that matter get the one that rules use, and a name twice is broken.
import { contentType, isFormType, isInspectableCharset, isJsonType } from '../../core/body/content-type.ts';
import { parseForm } from '../../core/body/form.ts';
import { type JsonObject, type JsonValue, parseJson } from '../../core/body/json.ts';
import type { CallBody, RawHeaders } from '../../core/call.ts';

export interface AzureBody {
  readonly tree: JsonObject;
  readonly state: 'none' | 'whole' | 'closed' | 'broken';
}

const NOTHING: JsonObject = new Map();
const MAX_NODES = 100_000;
/** Properties that sentences, conditions and rules look at, as Azure writes them. */
const NAMES: ReadonlyMap<string, string> = new Map(
  `properties location identity type tags kind sku name id principalId principalType roleDefinitionId roleName assignableScopes permissions actions notActions
dataActions scope condition expiration scheduleInfo requestType template templateLink parameters mode commandId script publicAccess allowBlobPublicAccess
publicNetworkAccess networkAcls defaultAction ipRules accessPolicies tenantId objectId enableRbacAuthorization sourceAddressPrefix sourceAddressPrefixes destinationPortRange
destinationPortRanges destinationAddressPrefix direction access priority protocol startIpAddress endIpAddress storageUri storageKeyType administratorLogin administratorLoginPassword
command workspaceId storageAccountId eventHubName logs enabled issuer subject audiences grantType username password secret value requests httpMethod method url relativeUrl
content body headers displayName appId appRoleId resourceId clientId consentType invitedUserEmailAddress notificationUrl resource userPrincipalName passwordProfile accountEnabled roles recipients
userAssignedIdentities customData adminPassword adminUsername osProfile storageProfile imageReference containers image environmentVariables env secureValue`
    .split(/\s+/)
    .map((name) => [name.toLowerCase(), name]),
);

/** `form`: the API takes forms, as token endpoints do. */
export function readAzureBody(body: CallBody, headers: RawHeaders, form: boolean): AzureBody {
  if (body.state === 'none') return { tree: NOTHING, state: 'none' };
  if (body.state !== 'whole') return { tree: NOTHING, state: 'closed' };
  if (body.bytes.length === 0) return { tree: NOTHING, state: 'none' };
  const broken: AzureBody = { tree: NOTHING, state: 'broken' };
  const type = contentType(headers);
  if (type.state !== 'known' || !isInspectableCharset(type.charset)) return broken;
  if (form && isFormType(type.type)) {
    const read = parseForm(body.decoded);
    if (!read.ok || new Set(read.fields.map(({ name }) => name.toLowerCase())).size < read.fields.length) return broken;
    return { tree: new Map(read.fields.map(({ name, value }) => [name, value])), state: 'whole' };
  }
  if (!isJsonType(type.type)) return broken;
  const read = parseJson(body.decoded);
  if (!read.ok || !(read.value instanceof Map) || read.nodes > MAX_NODES) return broken;
  const tree = respelled(read.value as JsonObject);
  return tree instanceof Map ? { tree: tree as JsonObject, state: 'whole' } : broken;
}

/** Undefined where a name stands twice but for its letter case. */
function respelled(value: JsonValue): JsonValue | undefined {
  if (Array.isArray(value)) {
    const items = (value as readonly JsonValue[]).map(respelled);
    return items.includes(undefined) ? undefined : (items as JsonValue[]);
  }
  if (!(value instanceof Map)) return value;
  const members = new Map<string, JsonValue>();
  const seen = new Set<string>();
  for (const [name, member] of value as JsonObject) {
    const lower = name.toLowerCase();
    const inner = respelled(member);
    if (inner === undefined || seen.has(lower)) return undefined;
    seen.add(lower);
    members.set(NAMES.get(lower) ?? name, inner);
  }
  return members;
}
