// What GraphQL's reference implementation runs of a request, against what is recognised in it: nothing runs that was not named.
import fc from 'fast-check';
import { execute, GraphQLInt, GraphQLObjectType, GraphQLSchema, parse } from 'graphql';
import { expect, it } from 'vitest';
import { recognise } from './calls.ts';

let ran: string[] = [];
const field = (type: string, name: string) => ({
  type: GraphQLInt,
  args: { x: { type: GraphQLInt } },
  resolve: (_source: unknown, args: { x?: number | null }) => {
    ran.push(`graphql:${type}:${name} ${JSON.stringify(args.x ?? null)}`);
    return 1;
  },
});
const root = (type: string, names: readonly string[]) =>
  new GraphQLObjectType({
    name: type.charAt(0).toUpperCase() + type.slice(1),
    fields: Object.fromEntries(names.map((name) => [name, field(type, name)])),
  });
const schema = new GraphQLSchema({
  query: root('query', ['a', 'b', 'c']),
  mutation: root('mutation', ['drop', 'pay', 'a']),
});

const fields = fc.constantFrom('a', 'b', 'c', 'drop', 'pay', '__typename');
const alias = fc.constantFrom('', 'a: ', 'safe: ', 'x1: ');
const args = fc.constantFrom('', '(x: 1)', '(x: $v)', '(x: $w)', '(x: null)');
const directive = fc.constantFrom('', ' @include(if: true)', ' @include(if: $no)', ' @skip(if: $no)');
const fragments = ['F', 'G', 'Missing'];
const { selection } = fc.letrec<{ selection: string; item: string }>((tie) => ({
  item: fc.oneof(
    { depthSize: 'small' },
    fc.tuple(alias, fields, args, directive).map((parts) => parts.join('')),
    fc.tuple(fc.constantFrom(...fragments), directive).map(([name, on]) => `...${name}${on}`),
    fc
      .tuple(fc.constantFrom('', ' on Query', ' on Mutation'), directive, tie('selection'))
      .map((p) => `...${p.join('')}`),
  ),
  selection: fc.array(tie('item'), { minLength: 1, maxLength: 4 }).map((items) => `{ ${items.join(' ')} }`),
}));
const VARIABLES = '($v: Int, $w: Int = 7, $no: Boolean = false)';
const operation = fc
  .tuple(fc.constantFrom('query', 'mutation'), fc.constantFrom(' A', ' A', ' B', ''), selection)
  .map(([type, name, set]) => `${type}${name}${VARIABLES} ${set}`);
const fragment = fc
  .tuple(fc.constantFrom('F', 'G'), fc.constantFrom('Query', 'Mutation'), selection)
  .map(([name, on, set]) => `fragment ${name} on ${on} ${set}`);
const request = fc.record({
  query: fc
    .tuple(fc.array(operation, { minLength: 1, maxLength: 3 }), fc.array(fragment, { maxLength: 3 }))
    .map(([operations, shared]) => [...operations, ...shared].join('\n')),
  operationName: fc.constantFrom('A', 'A', 'A', undefined, 'B', 'C'),
  variables: fc.constantFrom(undefined, { v: 5 }, { v: 5, w: 6, no: true }, { no: false }),
});

it('nothing runs that was not named', async () => {
  let executions = 0;
  await fc.assert(
    fc.asyncProperty(request, async ({ query, operationName, variables }) => {
      ran = [];
      // Without validation: what a lenient server would run is named too.
      await execute({
        schema,
        document: parse(query),
        ...(operationName !== undefined && { operationName }),
        ...(variables && { variableValues: variables }),
      });
      executions += ran.length;
      const body = { query, operationName, variables };
      const named = recognise(body).map(({ name, params }) => `${name} ${JSON.stringify(params['x'] ?? null)}`);
      expect(ran.filter((one) => !named.includes(one))).toEqual([]);
    }),
    { numRuns: 2000, seed: 20260728 },
  );
  expect(executions).toBeGreaterThan(400);
});
