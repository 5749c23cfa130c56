// Azure Resource Manager: `Microsoft.Compute/virtualMachines/write`, as role definitions say it, from the path and the method alone.
import type { ActionLevel, ActionResource } from '../../core/action.ts';
import type { ArmPath } from './arm-path.ts';
import { armPath } from './arm-path.ts';
import { azureOperations } from './operations.ts';
import type { Finding } from './request.ts';

const MANAGES =
  /^Microsoft\.(?:Authorization\/(?!permissions|providerOperations|classic)\w+|ManagedServices\/registration\w+|KeyVault\/vaults\/accessPolicies|KeyVault\/managedHSMs\/role\w+|Management\/managementGroups\/subscriptions|Billing\/billingAccounts\/billingRoleAssignments|DocumentDB\/databaseAccounts\/\w*[rR]ole\w+|Kusto\/clusters\/(?:databases\/)?principalAssignments|Sql\/servers\/administrators|DBfor\w+\/\w+\/administrators|Synapse\/workspaces\/administrators|Cache\/redis\/accessPolicyAssignments|Storage\/storageAccounts\/localUsers)\/(?:write|delete)$|^Microsoft\.Authorization\/elevateAccess\/action$|\/accessPolicies\/write$|\/(?:addPrincipals|removePrincipals|setAcl|manageOwnership|modifyPermissions)\/action$/i;
const TAGGING = /^Microsoft\.Resources\/(?:tags|subscriptions\/tagNames(?:\/tagValues)?)\/(?:write|delete)$/i;
/** A POST that only answers. */
const READS =
  /\/(?:list(?!SyncStatus)\w*|get\w*|check\w*|validate\w*|query\w*|whatIf|exportTemplate|calculate\w*|summarize|topology|nextHop|ipFlowVerify|securityGroupView|troubleshoot|readonlykeys|read\w*|slotsdiffs|resources|discoverbackup|isCloneable|verify|filter|ddosProtectionStatus|learnedRoutes|health|ping|show\w*|effective\w*|retrieveBootDiagnosticsData|tdeCertificatesList)\/action$/i;

/**
 * Resource Manager sends what stands behind these on to the app itself and to its Kudu: `…/hostruntime/admin/host/keys` answers with the keys of
 * the host, `…/extensions/api/settings` with the settings, `…/vfs/` with any file. Workflows of Logic Apps are read the same way.
 */
const INTO_APP = /^Microsoft\.Web\/sites\/(?:slots\/)?(?:hostruntime\/(?!webhooks\/)|extensions\/)/i;

export function armFinding(method: string, segments: readonly string[]): Finding | undefined {
  const operations = azureOperations();
  const path = armPath(segments, operations);
  // Types and actions are plain words; anything else is none of them.
  if (!path || !/^[A-Za-z][\w.]{0,99}(?:\/[A-Za-z$][\w.$-]{0,99}){1,16}$/.test(path.type)) return undefined;
  const { type, known, write } = named(method, path);
  if (type === undefined) return undefined;
  const level = levelOf(type, path.open);
  return {
    name: type,
    level,
    resource: resourceOf(path, method),
    params: path.scope === '' ? {} : { scope: path.scope.toLowerCase() },
    known: known && path.spelled,
    sure: true,
    body: write,
    ...(method === 'GET' && INTO_APP.test(path.type) ? { tags: ['secret-read'] } : {}),
  };
}

interface Named {
  readonly type: string | undefined;
  readonly known: boolean;
  readonly write: boolean;
}

function named(method: string, path: ArmPath): Named {
  const { type, open } = path;
  switch (method) {
    case 'GET':
    case 'HEAD':
      return { type: `${type}/read`, known: true, write: false };
    case 'PUT':
    case 'PATCH':
      return { type: `${type}/write`, known: true, write: true };
    case 'DELETE':
      return { type: `${type}/delete`, known: true, write: false };
    case 'POST': {
      // Registering a provider, which stands on no type.
      if (/^Microsoft\.Resources\/(?:subscriptions\/)?providers$/.test(type) && !open)
        return { type: undefined, known: false, write: false };
      if (!open) return { type: `${type}/action`, known: false, write: true };
      return { type: actionOf(type), known: true, write: true };
    }
    default:
      return { type: undefined, known: false, write: false };
  }
}

/** As Azure spells the action and what it is of, where they are known. */
function actionOf(type: string): string {
  const slash = type.lastIndexOf('/');
  const of = azureOperations().types.get(type.slice(0, slash).toLowerCase());
  const action = `${type.slice(slash + 1)}/action`;
  return `${of?.name ?? type.slice(0, slash)}/${of?.verbs.get(action.toLowerCase()) ?? action}`;
}

/** For names of the catalogue too. */
export function levelOf(name: string, list: boolean): ActionLevel {
  if (name.endsWith('/read')) return list ? 'list' : 'read';
  if (MANAGES.test(name)) return 'permissions-management';
  if (TAGGING.test(name)) return 'tagging';
  return READS.test(name) ? 'read' : 'write';
}

/** Names are in lower case, for Azure takes any. */
function resourceOf({ type, names, open, subscription, group }: ArmPath, method: string): ActionResource {
  // The last segment of a POST is what is done to the one before it.
  const action = open && method === 'POST';
  const of = action ? type.slice(0, type.lastIndexOf('/')) : type;
  const own = names.filter((name) => name !== subscription || !of.startsWith('Microsoft.Resources/subscriptions'));
  const id = open && !action ? '*' : own.length === 0 ? (subscription ?? '*') : own.join('/').toLowerCase();
  return {
    type: of,
    id: id.length > 2_048 ? '*' : id,
    ...(group === undefined ? {} : { namespace: group }),
    ...(subscription === undefined ? {} : { account: subscription }),
  };
}
