// Places that the parameters of an action name: a copy's target region, a role of another account, a bucket that logs go to. Bounded.
import type { Action } from '../action.ts';
import type { Dimension } from './dimensions.ts';

export type Mentions = Readonly<Record<Dimension, ReadonlySet<string>>> & {
  /** False where there is more than was looked at. */
  readonly whole: boolean;
};

const MAX_NODES = 2_000;
const MAX_DEPTH = 16;
const MAX_TEXT = 64 * 1024;
const ARN = /arn:aws[a-z-]*:([a-z0-9-]*):([a-z0-9-]*):([0-9]{12})?:([^\s"',/]*)/g;
const GCP_PROJECT = /(?:^|\/)projects\/([a-z0-9:.-]+)/g;
const GCP_LOCATION = /\/(?:locations|regions|zones)\/([a-z0-9-]+)/g;
const SUBSCRIPTION = /\/subscriptions\/([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})/gi;
const STORE = /\b(?:s3|gs):\/\/([a-z0-9._-]+)/g;
const ZONE = /^([a-z]{2,}-[a-z-]+\d+)-?[a-z]$/;

interface Found {
  readonly regions: Set<string>;
  readonly accounts: Set<string>;
  readonly buckets: Set<string>;
  readonly projects: Set<string>;
  readonly namespaces: Set<string>;
  whole: boolean;
  nodes: number;
  text: number;
}

export function mentionsIn({ provider, params, resource }: Action): Mentions {
  const found: Found = {
    regions: new Set(),
    accounts: new Set(),
    buckets: new Set(),
    projects: new Set(),
    namespaces: new Set(),
    whole: true,
    nodes: MAX_NODES,
    text: MAX_TEXT,
  };
  if (resource.arn !== undefined) inText('', resource.arn, found);
  if (provider === 'gcp' && resource.id !== undefined) inText('', resource.id, found);
  walk('', params, 0, found);
  return found;
}

function walk(name: string, value: unknown, depth: number, found: Found): void {
  if (--found.nodes < 0 || depth > MAX_DEPTH) {
    found.whole = false;
    return;
  }
  if (typeof value === 'string') return inText(name, value, found);
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    for (const item of value) walk(name, item, depth + 1, found);
    return;
  }
  for (const [key, member] of Object.entries(value)) walk(bare(key), member, depth + 1, found);
}

function bare(name: string): string {
  return name.toLowerCase().replaceAll(/[^a-z0-9]/g, '');
}

function inText(name: string, text: string, found: Found): void {
  found.text -= text.length;
  if (found.text < 0) {
    found.whole = false;
    return;
  }
  if (text.includes('arn:')) {
    for (const [, service, region, account, resource] of text.matchAll(ARN)) {
      if (region !== undefined && region !== '') found.regions.add(region);
      if (account !== undefined) found.accounts.add(account);
      if (service === 's3' && account === undefined && resource !== undefined && resource !== '')
        found.buckets.add(resource);
    }
  }
  if (text.includes('projects/')) {
    for (const [, project] of text.matchAll(GCP_PROJECT)) if (project !== undefined) found.projects.add(project);
    for (const [, location] of text.matchAll(GCP_LOCATION)) {
      if (location !== undefined && location !== 'global' && location !== '-') found.regions.add(zoned(location));
    }
  }
  if (/\/subscriptions\//i.test(text)) {
    for (const [, subscription] of text.matchAll(SUBSCRIPTION))
      if (subscription !== undefined) found.accounts.add(subscription.toLowerCase());
  }
  if (text.includes('://'))
    for (const [, bucket] of text.matchAll(STORE)) if (bucket !== undefined) found.buckets.add(bucket);
  byName(name, text, found);
}

/** What a parameter is called tells what its value is. */
function byName(name: string, text: string, found: Found): void {
  if (text === '' || text.length > 256 || name === '') return;
  if (/(?:^|[a-z])region(?:name|code)?$/.test(name) && /^[a-z]{2,}-[a-z0-9-]+\d+$/.test(text)) found.regions.add(text);
  else if (name === 'location' && /^[A-Za-z][A-Za-z0-9 -]*$/.test(text)) found.regions.add(plainLocation(text));
  else if (name === 'locationconstraint' || (name === 'region' && /^[A-Za-z0-9-]+$/.test(text)))
    found.regions.add(text);
  else if (/availabilityzone$|^zone$/.test(name)) found.regions.add(zoned(text));
  else if (/account(?:id|number|owner)?s?$|^owner(?:id)?$|^userids?$|^principal$/.test(name)) {
    if (/^\d{12}$/.test(text)) found.accounts.add(text);
  } else if (name.endsWith('subscriptionid')) found.accounts.add(text.toLowerCase());
  else if (/bucket(?:name)?$/.test(name) && !text.startsWith('arn:')) found.buckets.add(text);
  else if (/^(?:project|projectid|destinationproject|sourceproject)$/.test(name) && !text.includes('/'))
    found.projects.add(text);
}

/** Locations are written in any case, and with blanks: `West Europe` is `westeurope`. */
export function plainLocation(text: string): string {
  return text.toLowerCase().replaceAll(' ', '');
}

/** `eu-west-1a` and `europe-west1-b` lie in `eu-west-1` and `europe-west1`. */
function zoned(text: string): string {
  return ZONE.exec(text)?.[1] ?? text;
}
