// GitHub's GraphQL API beside REST: mutations by their names and tags, reads, and what cannot be told.
import { describe, expect, it } from 'vitest';
import { githubMutations } from '../../../src/actions/github/mutations.ts';
import { type CallParts, recognise, told } from './calls.ts';

const ask = (query: string, variables: object = {}, more: object = {}): CallParts => ({
  body: { query, variables, ...more },
});
const MERGE = 'mutation($id: ID!) { mergePullRequest(input: {pullRequestId: $id}) { clientMutationId } }';
const UNKNOWN = '!github:unknown unknown - -';

describe('a document', () => {
  it.each<[string, string[], CallParts]>([
    ['POST /graphql', ['github:graphql:viewer read - *'], ask('{ viewer { login } }')],
    [
      'POST /graphql',
      ['github:graphql:repository read - acme/app'],
      ask('{ repository(owner: "Acme", name: "App") { id } }'),
    ],
    [
      'POST /graphql',
      ['github:graphql:organization read - acme'],
      ask('query($o: String!) { organization(login: $o) { id } }', { o: 'Acme' }),
    ],
    ['POST /graphql', ['github:graphql:mergePullRequest write deployment *'], ask(MERGE, { id: 'PR_1' })],
    ...(
      [
        ['APPROVE', 'deployment'],
        ['COMMENT', '-'],
        [undefined, '-'],
      ] as const
    ).map(([event, tags]): [string, string[], CallParts] => [
      'POST /graphql',
      [`github:graphql:addPullRequestReview write ${tags} *`],
      ask('mutation($i: AddPullRequestReviewInput!) { addPullRequestReview(input: $i) { clientMutationId } }', {
        i: { pullRequestId: 'PR_1', event },
      }),
    ]),
    [
      'POST /graphql',
      ['github:graphql:deleteBranchProtectionRule permissions-management privilege-escalation,destructive *'],
      ask('mutation { deleteBranchProtectionRule(input: {branchProtectionRuleId: "x"}) { clientMutationId } }'),
    ],
    [
      'POST /graphql',
      ['github:graphql:createCommitOnBranch write code-execution,deployment acme/app'],
      ask('mutation($i: CreateCommitOnBranchInput!) { createCommitOnBranch(input: $i) { clientMutationId } }', {
        i: { branch: { repositoryNameWithOwner: 'Acme/App', branchName: 'main' } },
      }),
    ],
    [
      'POST /graphql',
      ['github:graphql:addStar write - *', 'github:graphql:deleteRef write destructive,deployment *'],
      ask(
        'mutation { a: addStar(input: {starrableId: "x"}) { clientMutationId } ...F } fragment F on Mutation { deleteRef(input: {refId: "y"}) { clientMutationId } }',
      ),
    ],
  ])('%s is %j', (line, expected, parts) => {
    expect(recognise(line, parts).map(told)).toEqual(expected);
    expect(recognise(line.replace('/graphql', '/api/graphql'), { ...parts, host: 'ghe.example' }).map(told)).toEqual(
      expected,
    );
  });

  it('has GitHub’s own words and its values', () => {
    const [merge] = recognise('POST /graphql', ask(MERGE, { id: 'PR_1' }));
    expect(merge?.summary).toBe('Merge a pull request: pullRequestId PR_1');
    expect(merge?.params).toEqual({ input: { pullRequestId: 'PR_1' } });
    expect(githubMutations().get('deleteRef')?.sentence).toBe('Delete a Git Ref');
  });
});

/** Never exact, and held for the unknown in them. */
const DOUBTS: [why: string, line: string, parts: CallParts][] = [
  ['a mutation that is newer than the list', 'POST /graphql', ask('mutation { eraseEverything { ok } }')],
  [
    'a document that the server has stored',
    'POST /graphql',
    { body: { extensions: { persistedQuery: { sha256Hash: 'x' } } } },
  ],
  ['a document that cannot be read', 'POST /graphql', ask('{ viewer {')],
  ['no document', 'POST /graphql', { body: {} }],
  ['a body nobody can read', 'POST /graphql', { state: { state: 'unreadable', why: 'over-limit' } }],
  [
    'a document twice',
    'POST /graphql',
    { body: '{"query":"{viewer{login}}","query":"mutation{deleteRef(input:{refId:\\"x\\"}){clientMutationId}}"}' },
  ],
  [
    'a method in a header',
    'POST /graphql',
    { ...ask('{ viewer { login } }'), headers: ['X-HTTP-Method-Override', 'DELETE'] },
  ],
  ['capitals', 'POST /GraphQL', ask('{ viewer { login } }')],
  ['an escaped letter', 'POST /graph%71l', ask('{ viewer { login } }')],
  ['a slash at the end', 'POST /graphql/', ask('{ viewer { login } }')],
];

it.each(DOUBTS)('%s is in doubt', (_why, line, parts) => {
  const actions = recognise(line, parts);
  expect(actions.map(told)).toContain(UNKNOWN);
  expect(actions.filter(({ confidence }) => confidence === 'exact')).toEqual([]);
});

it('answers at no other host and path', () => {
  expect(recognise('POST /graphql', { ...ask('{ viewer { login } }'), host: 'github.com' }).map(told)).toEqual([
    UNKNOWN,
  ]);
  expect(recognise('POST /graphql/x', ask('{ viewer { login } }')).map(told)).toEqual([UNKNOWN]);
});
