// What a `when` expression may speak about: the facts of one call, by name and type, and CEL's own functions.
import { Environment } from '@marcbachmann/cel-js';
import { matchesLinear } from './when-matches.ts';
import { UsageFact } from './when-usage.ts';

/** Every name an expression may use; `action` to `params` describe one of the call's actions at a time. */
export const FACTS = [
  'agent',
  'method',
  'scheme',
  'host',
  'path',
  'query',
  'headers',
  'body',
  'upstream',
  'source',
  'time',
  'usage',
  'action',
  'level',
  'tags',
  'resource',
  'params',
] as const;

export type Fact = (typeof FACTS)[number];

/** Facts that come from the recognised actions. */
export const ACTION_FACTS: ReadonlySet<string> = new Set<Fact>(['action', 'level', 'tags', 'resource', 'params']);

/** The method that `matches()` is turned into, since the built-in one backtracks. */
export const LINEAR_MATCHES = 'matches_in_linear_time';

export const whenEnvironment: Environment = new Environment({
  homogeneousAggregateLiterals: false,
  limits: { maxAstNodes: 400, maxDepth: 32, maxListElements: 100, maxMapEntries: 100, maxCallArguments: 8 },
})
  .registerVariable({
    name: 'agent',
    schema: { id: 'string', owner: 'string', labels: 'map<string, string>', acts_for: 'list<string>' },
  })
  .registerVariable('method', 'string')
  .registerVariable('scheme', 'string')
  .registerVariable('host', 'string')
  .registerVariable('path', 'string')
  .registerVariable('query', 'map<string, string>')
  .registerVariable('headers', 'map<string, string>')
  .registerVariable('body', 'dyn')
  .registerVariable('upstream', 'string')
  .registerVariable('source', 'string')
  .registerVariable('time', 'google.protobuf.Timestamp')
  .registerVariable('action', 'string')
  .registerVariable('level', 'string')
  .registerVariable('tags', 'list<string>')
  .registerVariable('resource', 'map<string, string>')
  .registerVariable('params', 'map<string, dyn>')
  .registerType('holdgate.Usage', UsageFact)
  .registerVariable('usage', 'holdgate.Usage')
  .registerFunction(
    'holdgate.Usage.bytes_out(string, string): int',
    (usage: UsageFact, dataset: string, window: string) => usage.ask('bytes', dataset, window),
  )
  .registerFunction(
    'holdgate.Usage.rows_out(string, string): int',
    (usage: UsageFact, dataset: string, window: string) => usage.ask('rows', dataset, window),
  )
  .registerFunction(`string.${LINEAR_MATCHES}(string): bool`, matchesLinear);
