// Tags that an operation of Resource Manager has only with certain parameters. INVARIANT: a tag is taken away only where the whole body was read and
// says otherwise.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';

interface Condition {
  readonly tags: readonly string[];
  readonly holds: (body: JsonObject) => boolean;
}

const CONDITIONS: Readonly<Record<string, readonly Condition[]>> = {
  'Microsoft.Storage/storageAccounts/write': [
    { tags: ['external-sharing'], holds: (body) => isNot(property(body, 'allowBlobPublicAccess'), false) },
    { tags: ['network-exposure'], holds: hasNetwork },
  ],
  'Microsoft.Storage/storageAccounts/blobServices/containers/write': [
    { tags: ['external-sharing'], holds: (body) => isNot(property(body, 'publicAccess'), 'None') },
  ],
  'Microsoft.KeyVault/vaults/write': [
    { tags: ['network-exposure'], holds: hasNetwork },
    {
      tags: ['privilege-escalation'],
      holds: (body) =>
        ['accessPolicies', 'enableRbacAuthorization', 'createMode'].some((name) => property(body, name) !== undefined),
    },
  ],
  'Microsoft.DocumentDB/databaseAccounts/write': [{ tags: ['network-exposure'], holds: hasNetwork }],
  'Microsoft.ContainerRegistry/registries/write': [
    { tags: ['external-sharing'], holds: (body) => isNot(property(body, 'anonymousPullEnabled'), false) },
  ],
  'Microsoft.Compute/virtualMachines/write': [
    { tags: ['privilege-escalation'], holds: (body) => has(body, 'identity') },
  ],
  'Microsoft.Compute/virtualMachineScaleSets/write': [
    { tags: ['destructive'], holds: (body) => inside(member(body, 'sku'), 'capacity') === 0 },
    { tags: ['privilege-escalation'], holds: (body) => has(body, 'identity') },
  ],
  'Microsoft.ContainerService/managedClusters/agentPools/write': [
    { tags: ['destructive'], holds: (body) => property(body, 'count') === 0 || property(body, 'maxCount') === 0 },
  ],
  // What keeps deleted and overwritten blobs.
  'Microsoft.Storage/storageAccounts/blobServices/write': [
    {
      tags: ['destructive'],
      holds: (body) =>
        [
          'deleteRetentionPolicy',
          'containerDeleteRetentionPolicy',
          'isVersioningEnabled',
          'restorePolicy',
          'changeFeed',
        ].some((name) => property(body, name) !== undefined),
    },
  ],
  'Microsoft.Web/sites/write': [{ tags: ['privilege-escalation'], holds: (body) => has(body, 'identity') }],
  'Microsoft.Compute/galleries/write': [
    { tags: ['external-sharing'], holds: (body) => property(body, 'sharingProfile') !== undefined },
  ],
};

/** `tags`: all that it can have; `body` undefined where not everything was read. */
export function azureTagsWith(name: string, tags: readonly string[], body: JsonObject | undefined): readonly string[] {
  const conditions = Object.hasOwn(CONDITIONS, name) ? CONDITIONS[name] : undefined;
  if (!conditions || !body) return tags;
  const gone = new Set(conditions.filter(({ holds }) => !holds(body)).flatMap((each) => each.tags));
  return tags.filter((tag) => !gone.has(tag));
}

/** Names of properties have any letter case. */
function member(body: JsonObject, name: string): JsonValue | undefined {
  const lower = name.toLowerCase();
  for (const [key, value] of body) if (key.toLowerCase() === lower) return value;
  return undefined;
}

function property(body: JsonObject, name: string): JsonValue | undefined {
  return inside(member(body, 'properties'), name);
}

const inside = (value: JsonValue | undefined, name: string): JsonValue | undefined =>
  value instanceof Map ? member(value as JsonObject, name) : undefined;

const has = (body: JsonObject, name: string): boolean => member(body, name) !== undefined;
const isNot = (value: JsonValue | undefined, safe: JsonValue): boolean => value !== undefined && value !== safe;

function hasNetwork(body: JsonObject): boolean {
  return [
    'publicNetworkAccess',
    'networkAcls',
    'ipRules',
    'isVirtualNetworkFilterEnabled',
    'networkRuleSet',
    'networkAclBypass',
  ].some((name) => property(body, name) !== undefined);
}
