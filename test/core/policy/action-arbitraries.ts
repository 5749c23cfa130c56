// Rules about actions and actions for them, of small alphabets, so that they meet often.
import fc from 'fast-check';
import type { Action } from '../../../src/core/action.ts';
import type { Block, PolicyFile, Rule } from '../../../src/core/policy/ast.ts';
import { LEVELS } from '../../../src/core/policy/schema-words.ts';
import { aFile, anAction, aRule } from './fixtures.ts';
import { CONDITIONS } from './reference-actions.ts';

const PROVIDERS = ['aws', 'k8s'];
const SERVICES = ['iam', 's3', 'get', 'delete'];
const OPERATIONS = ['AttachRolePolicy', 'GetRole', 'DeleteObject', 'pods', 'apps/deployments'];
const TAGS = ['destructive', 'secret-read', 'data-export'];
const IDS = ['prod-1', 'prod-22', 'dev-1', '*'];
const NAMESPACES = ['prod', 'dev', 'team-a'];

const name = fc
  .tuple(fc.constantFrom(...PROVIDERS), fc.constantFrom(...SERVICES), fc.constantFrom(...OPERATIONS))
  .map((parts) => parts.join(':'));
/** Names with holes of every kind: at the end, in the middle, at the beginning, in every place. */
const pattern = fc.oneof(
  { weight: 4, arbitrary: name },
  fc.tuple(name, fc.nat(30)).map(([text, at]) => `${text.slice(0, at)}*`),
  fc.tuple(name, fc.nat(30)).map(([text, at]) => `*${text.slice(at)}`),
  fc.tuple(name, fc.nat(20), fc.nat(20)).map(([text, at, length]) => `${text.slice(0, at)}*${text.slice(at + length)}`),
  fc.tuple(name, fc.nat(12)).map(([text, at]) => `${text.slice(0, at)}?${text.slice(at + 1)}`),
  fc.constantFrom('*', 'aws:*', 'k8s:*:pods', 'aws:*:*Object', '*:delete:*'),
);
const some = <T>(arbitrary: fc.Arbitrary<T>, most = 2): fc.Arbitrary<T[]> =>
  fc.array(arbitrary, { minLength: 1, maxLength: most });

const block: fc.Arbitrary<Block> = fc
  .record(
    {
      action: some(pattern, 3),
      level: some(fc.constantFrom(...LEVELS)),
      tags: some(fc.constantFrom(...TAGS)),
      resource: fc
        .record(
          {
            id: some(fc.constantFrom('prod-*', '*-1', 'prod-1', 'dev-1', 'p*1', '*')),
            namespace: some(fc.constantFrom(...NAMESPACES, 'team-*')),
          },
          { requiredKeys: [] },
        )
        .filter((fields) => Object.keys(fields).length > 0),
      when: fc.constantFrom(...Object.keys(CONDITIONS)),
      agent: some(fc.constantFrom('deploy-bot', 'deploy-*', 'other')),
      upstream: some(fc.constantFrom('a', 'b')),
      path: some(fc.constantFrom('/x/**', '/y')),
    },
    { requiredKeys: [] },
  )
  .chain((full) =>
    fc
      .shuffledSubarray(Object.entries(full), { maxLength: Math.min(3, Object.keys(full).length) })
      .map((kept) => Object.fromEntries(kept) as Block),
  );

/** A file of up to 30 rules, most of them about actions. */
export const aPolicy: fc.Arbitrary<PolicyFile> = fc
  .array(
    fc.tuple(
      fc.constantFrom('allow', 'allow', 'hold', 'deny'),
      fc.oneof({ weight: 4, arbitrary: fc.tuple(block) }, fc.tuple(block, block)),
      fc.array(block, { maxLength: 1 }),
      fc.option(fc.constantFrom(...Object.keys(CONDITIONS)), { nil: undefined, freq: 6 }),
    ),
    { minLength: 1, maxLength: 30 },
  )
  .map((list) =>
    aFile(
      list.map(([effect, match, except, when], i): Rule => aRule(`r${i}`, effect as 'allow', match, { except, when })),
    ),
  );

export const someAction: fc.Arbitrary<Action> = fc
  .record({
    name,
    level: fc.constantFrom(...LEVELS),
    tags: fc.uniqueArray(fc.constantFrom(...TAGS), { maxLength: 2 }),
    id: fc.option(fc.constantFrom(...IDS), { nil: undefined }),
    namespace: fc.option(fc.constantFrom(...NAMESPACES, '*'), { nil: undefined }),
    size: fc.option(fc.constantFrom('big', 'small'), { nil: undefined }),
    confidence: fc.constantFrom<Action['confidence'][]>('exact', 'exact', 'exact', 'ambiguous', 'unknown'),
    serviceKnown: fc.boolean(),
  })
  .map(({ name: full, id, namespace, size, confidence, serviceKnown, level, tags }) => {
    const [provider = '', service = '', operation = ''] = full.split(':');
    return anAction({
      provider,
      service: confidence === 'unknown' && !serviceKnown ? '' : service,
      operation,
      name: full,
      level: confidence === 'unknown' ? 'unknown' : level,
      tags,
      resource: { ...(id !== undefined && { id }), ...(namespace !== undefined && { namespace }) },
      params: size === undefined ? {} : { size },
      confidence,
    });
  });
