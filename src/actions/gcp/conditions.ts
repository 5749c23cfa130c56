// Tags that a method has only with certain parameters: what is shared with everybody, which account a program runs as, what a BigQuery job is.
// INVARIANT: a tag is taken away only where the whole body was read and says otherwise.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { gcpPattern } from './tags.ts';

/** `query` and `body` by name. */
export interface Said {
  readonly query: JsonObject;
  readonly body: JsonObject;
}

interface Condition {
  readonly methods: RegExp;
  readonly tags: readonly string[];
  readonly holds: (said: Said) => boolean;
}

const MAX_NODES = 20_000;
const EVERYBODY = /^(?:allUsers|allAuthenticatedUsers|principalSet:\/\/goog\/public:all)$/;
const ACCOUNT =
  /^(?:serviceAccount|serviceAccounts|serviceAccountEmail|serviceAccountName|workerServiceAccount|runtimeServiceAccount|buildServiceAccount|executionServiceAccount|oidcToken|oauthToken|gceServiceAccount|customServiceAccount)$/;
const CANNED = /^(?:publicRead|publicReadWrite|authenticatedRead)$/;

const CONDITIONS: readonly Condition[] = [
  condition('**.setIamPolicy', ['external-sharing'], ({ body }) => some(body, (_name, value) => isEverybody(value))),
  condition('storage.objects.{insert,copy,rewrite,compose,update,patch}', ['external-sharing'], isShared),
  condition('storage.buckets.{insert,update,patch}', ['external-sharing'], (said) => {
    return (
      isShared(said) || some(said.body, (name, value) => name === 'publicAccessPrevention' && value !== 'enforced')
    );
  }),
  condition('storage.buckets.{update,patch}', ['destructive'], loosens),
  condition(
    '{sheets.spreadsheets,docs.documents,slides.presentations,forms.forms}.batchUpdate',
    ['destructive'],
    ({ body }) => some(body, (name) => name.startsWith('delete')),
  ),
  condition('bigquery.datasets.{insert,update,patch}', ['external-sharing', 'privilege-escalation'], ({ body }) =>
    body.has('access'),
  ),
  condition('bigquery.jobs.insert', ['sql-execution'], ({ body }) => configurationOf(body)?.has('query') ?? true),
  condition('bigquery.jobs.insert', ['data-export'], ({ body }) => {
    const configuration = configurationOf(body);
    return !configuration || configuration.has('extract') || configuration.has('copy') || configuration.has('query');
  }),
  ...[
    'compute.{instances,instanceTemplates,regionInstanceTemplates}.insert',
    'compute.{instances,regionInstances}.bulkInsert',
    'run.**.{create,patch,replaceService,replaceJob,replaceWorkerPool,replaceInstance,submit}',
    'cloudfunctions.projects.locations.functions.{create,patch,update}',
    'cloudbuild.**.{builds,triggers}.{create,patch}',
    'dataproc.**.{clusters,batches,sessions,workflowTemplates}.{create,update,patch}',
    'dataproc.**.workflowTemplates.instantiateInline',
    'dataflow.**.{create,launch}',
    'composer.projects.locations.environments.{create,patch}',
    'workflows.projects.locations.workflows.{create,patch}',
    'cloudscheduler.projects.locations.jobs.{create,patch}',
    'cloudtasks.projects.locations.queues.tasks.{create,buffer}',
    'eventarc.projects.locations.{triggers,pipelines}.{create,patch}',
    'aiplatform.projects.locations.{customJobs,trainingPipelines,pipelineJobs,notebookExecutionJobs,hyperparameterTuningJobs,schedules,reasoningEngines}.create',
    'notebooks.projects.locations.{instances,runtimes,executions,schedules}.create',
    'batch.projects.locations.jobs.create',
    'appengine.apps.services.versions.{create,patch}',
    'config.projects.locations.{deployments,previews}.create',
    'container.projects.{locations,zones}.clusters.create',
    'container.projects.{locations,zones}.clusters.nodePools.create',
    'datafusion.projects.locations.instances.create',
    'workstations.projects.locations.workstationClusters.workstationConfigs.{create,patch}',
    'tpu.projects.locations.nodes.create',
  ].map((pattern) =>
    condition(pattern, ['privilege-escalation'], ({ body }) =>
      some(body, (name, value) => ACCOUNT.test(name) && value !== ''),
    ),
  ),
];

function condition(pattern: string, tags: readonly string[], holds: Condition['holds']): Condition {
  return { methods: gcpPattern(pattern), tags, holds };
}

const byMethod = new Map<string, readonly Condition[]>();

function conditionsOf(id: string): readonly Condition[] {
  let found = byMethod.get(id);
  if (!found) {
    found = CONDITIONS.filter(({ methods }) => methods.test(id));
    byMethod.set(id, found);
  }
  return found;
}

/** Tags that a call of the method may have beside those that every call of it has. */
export function conditionalTags(id: string): readonly string[] {
  return conditionsOf(id).flatMap(({ tags }) => tags);
}

/** `tags`: all that it can have; `said` undefined where not everything was read. */
export function tagsWith(id: string, tags: readonly string[], said: Said | undefined): readonly string[] {
  const conditions = conditionsOf(id);
  if (conditions.length === 0) return tags;
  const all = new Set([...tags, ...conditions.flatMap((each) => each.tags)]);
  if (said) for (const each of conditions) if (!each.holds(said)) for (const tag of each.tags) all.delete(tag);
  return [...all];
}

function isShared({ query, body }: Said): boolean {
  for (const name of ['predefinedAcl', 'destinationPredefinedAcl', 'predefinedDefaultObjectAcl']) {
    const value = query.get(name);
    if (value !== undefined && (typeof value !== 'string' || CANNED.test(value))) return true;
  }
  return some(body, (_name, value) => isEverybody(value));
}

/** Objects of the bucket are deleted by a rule, or no longer kept when they are deleted or overwritten. */
function loosens({ body }: Said): boolean {
  const versioning = body.get('versioning');
  const off = versioning instanceof Map && versioning.get('enabled') !== true;
  return (
    off ||
    versioning === null ||
    body.get('retentionPolicy') === null ||
    body.has('softDeletePolicy') ||
    some(body, (name, value) => name === 'type' && value === 'Delete')
  );
}

const isEverybody = (value: JsonValue): boolean => typeof value === 'string' && EVERYBODY.test(value);

function configurationOf(body: JsonObject): JsonObject | undefined {
  const configuration = body.get('configuration');
  return configuration instanceof Map ? configuration : undefined;
}

/** Whether some member or item at any depth is so; too many to look at count as one that is. */
function some(root: JsonObject, test: (name: string, value: JsonValue) => boolean): boolean {
  const open: JsonValue[] = [root];
  let nodes = 0;
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const members: Iterable<readonly [string, JsonValue]> =
      next instanceof Map
        ? (next as JsonObject)
        : Array.isArray(next)
          ? (next as readonly JsonValue[]).map((item) => ['', item] as const)
          : [];
    for (const [name, value] of members) {
      if (++nodes > MAX_NODES || test(name, value)) return true;
      if (typeof value === 'object' && value !== null) open.push(value);
    }
  }
  return false;
}
