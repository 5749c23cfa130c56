// The catalogue of AWS actions for people who write policies: every name that a rule may say, its level and its tags.
import type { ActionLevel } from '../../core/action.ts';
import { awsCatalogue } from './catalogue.ts';
import { isRevealingOnRequest } from './revealing.ts';
import { mayOnlyRead } from './sql-carriers.ts';
import { sentenceOf } from './summary.ts';
import { tagsOf } from './tags.ts';

export interface AwsActionEntry {
  /** `aws:iam:AttachRolePolicy`. */
  readonly name: string;
  readonly level: ActionLevel;
  readonly tags: readonly string[];
  /** Those of `tags` that only some calls earn. */
  readonly sometimes?: readonly string[];
  readonly summary?: string;
}

/** Every action by name, prefix by prefix. */
export function* awsActions(): Generator<AwsActionEntry> {
  const catalogue = awsCatalogue();
  for (const prefix of catalogue.prefixes) {
    const names = [...catalogue.actions(prefix).keys()].toSorted();
    for (const name of names) {
      const found = awsAction(`aws:${prefix}:${name}`);
      if (found) yield found;
    }
  }
}

export function* awsActionNames(): Generator<string> {
  for (const { name } of awsActions()) yield name;
}

/** Undefined for a name that is none. Reads only what belongs to its prefix. */
export function awsAction(name: string): AwsActionEntry | undefined {
  const [provider, prefix = '', operation = '', ...rest] = name.split(':');
  if (provider !== 'aws' || rest.length > 0) return undefined;
  const known = awsCatalogue().actions(prefix).get(operation);
  if (!known) return undefined;
  const key = `${prefix}:${operation}`;
  const summary = sentenceOf(key);
  const tags = tagsOf(key);
  const sometimes = tags.filter(
    (tag) => (tag === 'secret-read' && isRevealingOnRequest(key)) || (tag === 'sql-execution' && mayOnlyRead(key)),
  );
  return {
    name,
    level: known.level,
    tags,
    ...(sometimes.length > 0 && { sometimes }),
    ...(summary === undefined ? {} : { summary }),
  };
}
