// The closed lists of the policy language: what a rule may name without a catalogue.
import type { ActionLevel, BoundaryPlace } from '../action.ts';
import { COVERS } from './grant-terms.ts';
import type { Effect, GrantCovers, Mode, OnAbsent, Risk } from './types.ts';

export const EFFECTS: readonly Effect[] = ['allow', 'hold', 'deny'];
export const MODES: readonly Mode[] = ['enforce', 'observe'];
export const RISKS: readonly Risk[] = ['low', 'medium', 'high', 'critical'];
export const GRANT_COVERS: readonly GrantCovers[] = COVERS;
export const ON_ABSENT: readonly OnAbsent[] = ['wait', 'execute', 'cancel'];
/** Index + 1 is the day's number in a time window. */
export const DAYS: readonly string[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

export const LEVELS: readonly ActionLevel[] = ['read', 'list', 'write', 'tagging', 'permissions-management', 'unknown'];

/** First segments of the names of actions; of `openapi` the second one is the upstream's id. */
export const PROVIDERS: readonly string[] = [
  'aws',
  'azure',
  'gcp',
  'git',
  'github',
  'graphql',
  'http',
  'k8s',
  'mcp',
  'openapi',
  'sql',
];

export const PLACES: readonly BoundaryPlace[] = ['inside', 'outside', 'unknown'];

/** What recognisers mark an action with; the same for every provider. */
export const TAGS: readonly string[] = [
  'privilege-escalation',
  'credential-issue',
  'secret-read',
  'data-export',
  'code-execution',
  'sql-execution',
  'audit-tamper',
  'network-exposure',
  'external-sharing',
  'destructive',
  'key-rotation',
  'infrastructure',
  'deployment',
];
