// Arguments as plain values: literals as they stand in the document, variables as the request gives them, else by their default.
import { type ArgumentNode, Kind, type OperationDefinitionNode, type ValueNode } from 'graphql/language';
import type { JsonObject, JsonValue } from '../../core/body/json.ts';

/** Deeper than that no value is worth showing. */
const MAX_DEPTH = 32;
const HIDDEN = '[too deep]';

export interface Variables {
  readonly given: JsonObject;
  readonly defaults: ReadonlyMap<string, ValueNode>;
}

export function variablesOf(operation: OperationDefinitionNode, given: JsonObject): Variables {
  const defaults = new Map<string, ValueNode>();
  for (const { variable, defaultValue } of operation.variableDefinitions ?? []) {
    if (defaultValue) defaults.set(variable.name.value, defaultValue);
  }
  return { given, defaults };
}

/** By name. An argument whose variable has no value is left out, as the server leaves it out. */
export function argumentValues(args: readonly ArgumentNode[], variables: Variables): JsonObject {
  const values = new Map<string, JsonValue>();
  for (const { name, value } of args) {
    const plain = plainValue(value, variables, 0);
    if (plain !== undefined) values.set(name.value, plain);
  }
  return values;
}

function plainValue(node: ValueNode, variables: Variables, depth: number): JsonValue | undefined {
  if (depth > MAX_DEPTH) return HIDDEN;
  switch (node.kind) {
    case Kind.VARIABLE: {
      const name = node.name.value;
      if (variables.given.has(name)) return variables.given.get(name);
      const fallback = variables.defaults.get(name);
      // A default is a constant: it names no variable.
      return fallback && plainValue(fallback, variables, depth + 1);
    }
    case Kind.INT:
    case Kind.FLOAT: {
      const value = Number(node.value);
      const exact = Number.isFinite(value) && (node.kind === Kind.FLOAT || Number.isSafeInteger(value));
      return exact ? value : { text: node.value };
    }
    case Kind.STRING:
    case Kind.ENUM:
      return node.value;
    case Kind.BOOLEAN:
      return node.value;
    case Kind.NULL:
      return null;
    case Kind.LIST:
      return node.values.map((item) => plainValue(item, variables, depth + 1) ?? null);
    case Kind.OBJECT: {
      const object = new Map<string, JsonValue>();
      for (const { name, value } of node.fields) {
        const plain = plainValue(value, variables, depth + 1);
        if (plain !== undefined) object.set(name.value, plain);
      }
      return object;
    }
    default:
      return undefined;
  }
}
