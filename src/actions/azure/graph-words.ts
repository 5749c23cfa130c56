// What stands in the paths of Microsoft Graph: collections, whose members have ids, and everything else. Kept by hand; a path with another word in it
// is not named (learn.microsoft.com/graph/api/overview).

/** A member's id follows. */
const COLLECTIONS: readonly string[] =
  `users groups applications servicePrincipals directoryObjects devices directoryRoles directoryRoleTemplates domains organization contacts orgContacts
messages mailFolders childFolders messageRules events calendars calendarView calendarGroups drives items children permissions sites lists columns contentTypes
subscriptions teams channels tabs chats hostedContents installedApps members owners memberOf transitiveMemberOf transitiveMembers ownedObjects ownedDevices
registeredDevices registeredOwners registeredUsers directReports appRoleAssignments appRoleAssignedTo oauth2PermissionGrants delegatedPermissionClassifications
invitations roleAssignments roleDefinitions roleAssignmentSchedules roleAssignmentScheduleRequests roleAssignmentScheduleInstances roleEligibilitySchedules
roleEligibilityScheduleRequests roleEligibilityScheduleInstances transitiveRoleAssignments namedLocations authenticationStrengthPolicies federatedIdentityCredentials
extensionProperties attachments licenseDetails photos deletedItems administrativeUnits scopedRoleMembers methods emailMethods fido2Methods
microsoftAuthenticatorMethods passwordMethods phoneMethods softwareOathMethods temporaryAccessPassMethods windowsHelloForBusinessMethods operations
signIns directoryAudits provisioning identityProviders accessPackages assignments assignmentRequests assignmentPolicies catalogs accessReviews definitions
instances alerts alerts_v2 incidents secureScores threatIntelligenceIndicators managedDevices deviceCompliancePolicies deviceConfigurations mobileApps
recoveryKeys deviceLocalCredentials subscribedSkus schemaExtensions claimsMappingPolicies tokenIssuancePolicies tokenLifetimePolicies
homeRealmDiscoveryPolicies permissionGrantPolicies permissionGrants resourceSpecificPermissionGrants roleManagementPolicies roleManagementPolicyAssignments appManagementPolicies
activityBasedTimeoutPolicies verificationDnsRecords serviceConfigurationRecords federationConfiguration appRoles onenote notebooks pages sections plans
tasks buckets todo threads posts conversations people versions thumbnails places rooms applicationTemplates connectedOrganizations customSecurityAttributeDefinitions attributeSets
onPremisesSynchronization templates rules settings createdObjects agreements synchronization jobs certificateBasedAuthConfiguration authenticationMethodConfigurations workbooks worksheets tables charts names`.split(
    /\s+/,
  );

/** No id follows. */
const SINGLES: readonly string[] =
  `me roleManagement directory entitlementManagement identity conditionalAccess policies identityGovernance security auditLogs deviceManagement
deviceAppManagement informationProtection bitlocker reports authentication drive root content calendar inbox manager photo privilegedAccess
authorizationPolicy authenticationMethodsPolicy crossTenantAccessPolicy defaultAppManagementPolicy identitySecurityDefaultsEnforcementPolicy adminConsentRequestPolicy authenticationFlowsPolicy
default partners mailboxSettings outlook masterCategories sentitems drafts delta $ref $value $count special following followers shared followedSites admin sharepoint
addPassword addKey removePassword removeKey addTokenSigningCertificate getPasswordSingleSignOnCredentials createPasswordSingleSignOnCredentials
getByIds findMeetingTimes getAvailableExtensionProperties validateProperties checkMemberGroups checkMemberObjects getMemberGroups getMemberObjects assignLicense
changePassword invalidateAllRefreshTokens revokeSignInSessions exportPersonalData exportDeviceAndAppManagementData resetPassword sendMail send forward reply replyAll
createForward createReply createReplyAll move copy invite createLink createUploadSession grant preview search query checkin checkout follow unfollow restore
verify promote forceDelete instantiate setVerifiedPublisher unsetVerifiedPublisher confirmCompromised dismiss wipe retire syncDevice resetPasscode remoteLock rebootNow
getAllMessages getAllRetainedMessages sendActivityNotification archive unarchive clone completeMigration cancel accept decline tentativelyAccept
identityProtection riskyUsers riskDetections riskyServicePrincipals getOffice365ActiveUserDetail getMailboxUsageDetail getEmailActivityUserDetail
evaluate whatIf filterByCurrentUser availableProviderTypes reauthorize extensions range usedRange`.split(/\s+/);

export interface GraphWord {
  readonly text: string;
  /** An id follows. */
  readonly many: boolean;
}

let words: ReadonlyMap<string, GraphWord> | undefined;

/** By the text in lower case: Graph takes any. */
export function graphWords(): ReadonlyMap<string, GraphWord> {
  if (!words) {
    const all: GraphWord[] = [
      ...SINGLES.map((text) => ({ text, many: false })),
      ...COLLECTIONS.map((text) => ({ text, many: true })),
    ];
    words = new Map(all.map((word) => [word.text.toLowerCase(), word]));
  }
  return words;
}
