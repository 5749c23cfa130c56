// The root fields that a document asks for (GraphQL, October 2021 and later), through aliases and fragments of every kind. INVARIANT:
// @include and @skip are not believed: a field that may be asked for is asked for.
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  type OperationDefinitionNode,
  parse,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql/language';
import type { JsonObject } from '../../core/body/json.ts';
import { argumentValues, type Variables, variablesOf } from './argument-value.ts';

export interface GraphqlField {
  readonly type: 'query' | 'mutation' | 'subscription';
  /** The field's own name; below a root field without arguments `root.nested`, as APIs group their mutations. */
  readonly name: string;
  readonly args: JsonObject;
  /** Names of fields below it, for what they give away. */
  readonly below: readonly string[];
}

export interface DocumentReading {
  readonly fields: readonly GraphqlField[];
  readonly doubts: readonly string[];
}

const MAX_TEXT = 256 * 1024;
const MAX_TOKENS = 10_000;
const MAX_FIELDS = 100;
const MAX_BELOW = 500;
/** Fields looked at below those without arguments: fragments can fold many into few words. */
const MAX_GROUPED = 500;
const MAX_NAME = 512;

/** Never throws. What cannot be parsed gives doubts alone. */
export function readDocument(source: string, operationName: string | undefined, given: JsonObject): DocumentReading {
  const doubts: string[] = [];
  if (source.length > MAX_TEXT) return { fields: [], doubts: [`its document has over ${MAX_TEXT} characters`] };
  const document = parsed(source);
  if (!document) return { fields: [], doubts: ['its document cannot be parsed'] };
  const fragments = new Map<string, FragmentDefinitionNode>();
  const operations: OperationDefinitionNode[] = [];
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) operations.push(definition);
    else if (definition.kind === Kind.FRAGMENT_DEFINITION) {
      if (fragments.has(definition.name.value)) doubts.push('a fragment is defined twice');
      fragments.set(definition.name.value, definition);
    } else doubts.push('its document defines types');
  }
  const fields: GraphqlField[] = [];
  for (const operation of selected(operations, operationName, doubts)) {
    const walk = new Walk(fragments, variablesOf(operation, given), doubts);
    fields.push(...walk.rootFields(operation));
  }
  if (fields.length > MAX_FIELDS) doubts.push(`it asks for more than ${MAX_FIELDS} fields`);
  return { fields: fields.slice(0, MAX_FIELDS), doubts: [...new Set(doubts)] };
}

function parsed(source: string): DocumentNode | undefined {
  try {
    return parse(source, { noLocation: true, maxLexicalTokens: MAX_TOKENS });
  } catch {
    // Syntax, too many tokens, or nested deeper than the parser's stack.
    return undefined;
  }
}

/** GetOperation (§6.1). All of them where the request does not say which, or servers may differ about it. */
function selected(
  operations: readonly OperationDefinitionNode[],
  name: string | undefined,
  doubts: string[],
): readonly OperationDefinitionNode[] {
  if (operations.length === 0) doubts.push('its document has no operation');
  const names = operations.map((operation) => operation.name?.value);
  if (new Set(names).size < names.length) doubts.push('two operations have one name');
  if (operations.length > 1 && names.includes(undefined)) doubts.push('one of several operations has no name');
  if (name === undefined) {
    if (operations.length > 1) doubts.push('it does not say which of its operations is meant');
    return operations;
  }
  const found = operations.filter((operation) => operation.name?.value === name);
  if (found.length > 0) return found;
  doubts.push('it names an operation that is not there');
  return operations;
}

class Walk {
  readonly #fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #variables: Variables;
  readonly #doubts: string[];
  #grouping = 0;

  constructor(fragments: ReadonlyMap<string, FragmentDefinitionNode>, variables: Variables, doubts: string[]) {
    this.#fragments = fragments;
    this.#variables = variables;
    this.#doubts = doubts;
  }

  rootFields({ operation, selectionSet }: OperationDefinitionNode): GraphqlField[] {
    // `__typename` does nothing; clients put it everywhere.
    const asked = this.#fields(selectionSet);
    const deeds = asked.filter(({ name }) => name.value !== '__typename');
    return (deeds.length === 0 ? asked : deeds).flatMap((field) => {
      const below = this.#below(field);
      const own: GraphqlField = { type: operation, name: field.name.value, args: this.#args(field), below };
      const bare = (field.arguments ?? []).length === 0;
      return operation === 'mutation' && bare ? [own, ...this.#grouped(field, own.name)] : [own];
    });
  }

  /** The fields of a selection set, those of its fragments among them. */
  #fields(set: SelectionSetNode | undefined): FieldNode[] {
    const fields: FieldNode[] = [];
    const seen = new Set<string>();
    const open: SelectionNode[] = [...(set?.selections ?? [])].toReversed();
    for (let node = open.pop(); node !== undefined && fields.length <= MAX_FIELDS; node = open.pop()) {
      if (node.kind === Kind.FIELD) fields.push(node);
      else if (node.kind === Kind.INLINE_FRAGMENT) open.push(...[...node.selectionSet.selections].toReversed());
      else {
        const name = node.name.value;
        const fragment = this.#fragments.get(name);
        if (!fragment) this.#doubts.push('a fragment is missing');
        if (!fragment || seen.has(name)) continue;
        seen.add(name);
        open.push(...[...fragment.selectionSet.selections].toReversed());
      }
    }
    return fields;
  }

  #args({ arguments: args = [] }: FieldNode): JsonObject {
    const names = new Set(args.map(({ name }) => name.value));
    if (names.size < args.length) this.#doubts.push('an argument is given twice');
    return argumentValues(args, this.#variables);
  }

  /** `mutation { user { delete(id: 1) { … } } }`: what takes arguments below a field that takes none does the work. */
  #grouped(field: FieldNode, path: string): GraphqlField[] {
    return this.#fields(field.selectionSet).flatMap((inner) => {
      if (++this.#grouping > MAX_GROUPED) {
        this.#doubts.push('its mutation is nested too deep');
        return [];
      }
      const name = `${path}.${inner.name.value}`;
      if (name.length > MAX_NAME) this.#doubts.push('the name of a field is too long');
      if (name.length > MAX_NAME) return [];
      if ((inner.arguments ?? []).length === 0) return this.#grouped(inner, name);
      return [{ type: 'mutation' as const, name, args: this.#args(inner), below: this.#below(inner) }];
    });
  }

  #below(field: FieldNode): string[] {
    const names: string[] = [];
    const seen = new Set<SelectionSetNode>();
    const open = field.selectionSet ? [field.selectionSet] : [];
    for (let set = open.pop(); set !== undefined && names.length < MAX_BELOW; set = open.pop()) {
      if (seen.has(set)) continue;
      seen.add(set);
      for (const node of set.selections) {
        if (node.kind === Kind.FIELD) names.push(node.name.value);
        const inner =
          node.kind === Kind.FRAGMENT_SPREAD ? this.#fragments.get(node.name.value)?.selectionSet : node.selectionSet;
        if (inner) open.push(inner);
      }
    }
    return names;
  }
}
