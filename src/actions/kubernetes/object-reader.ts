// Reads members of an object that came in a body, and remembers whether what it read is certain. INVARIANT: a member of another type
// than the API's, a twin in another letter case, or a text or list that had to be cut make the reading unsure.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';

const MAX_TEXT = 512;
const MAX_ITEMS = 64;

export class ObjectReader {
  /** False once something was not as the API has it, or was cut. */
  sure = true;

  member(object: JsonObject | undefined, name: string): JsonValue | undefined {
    if (!object) return undefined;
    for (const key of object.keys()) {
      // The API server minds the case, what stands before it or comes after it may not.
      if (key.length === name.length && key !== name && key.toLowerCase() === name.toLowerCase()) this.sure = false;
    }
    return object.get(name) ?? undefined;
  }

  /** The object at the end of `names`; undefined where there is none. */
  object(object: JsonObject | undefined, ...names: readonly string[]): JsonObject | undefined {
    let at = object;
    for (const name of names) {
      const value = this.member(at, name);
      if (value !== undefined && !(value instanceof Map)) this.sure = false;
      at = value instanceof Map ? (value as JsonObject) : undefined;
    }
    return at;
  }

  objects(object: JsonObject | undefined, name: string): readonly JsonObject[] {
    return this.#list(this.member(object, name), (item) => (item instanceof Map ? (item as JsonObject) : undefined));
  }

  /** Cut to a sane length. Undefined for none and for an empty text, which the API takes for none. */
  text(object: JsonObject | undefined, name: string): string | undefined {
    const value = this.member(object, name);
    if (value !== undefined && typeof value !== 'string') this.sure = false;
    return typeof value === 'string' && value !== '' ? this.cut(value) : undefined;
  }

  texts(object: JsonObject | undefined, name: string): readonly string[] {
    return this.#list(this.member(object, name), (item) => (typeof item === 'string' ? this.cut(item) : undefined));
  }

  number(object: JsonObject | undefined, name: string): number | undefined {
    const value = this.member(object, name);
    if (value !== undefined && typeof value !== 'number') this.sure = false;
    return typeof value === 'number' ? value : undefined;
  }

  /** True where the member is `true`, or something that is no boolean. */
  flag(object: JsonObject | undefined, name: string): boolean {
    const value = this.member(object, name);
    if (value !== undefined && typeof value !== 'boolean') this.sure = false;
    return value !== undefined && value !== false;
  }

  cut(text: string): string {
    if (text.length <= MAX_TEXT) return text;
    this.sure = false;
    return `${text.slice(0, MAX_TEXT)}…`;
  }

  /** The first of a list that is shown; what is not shown may matter. */
  some<T>(items: readonly T[]): readonly T[] {
    if (items.length <= MAX_ITEMS) return items;
    this.sure = false;
    return items.slice(0, MAX_ITEMS);
  }

  #list<T>(value: JsonValue | undefined, read: (item: JsonValue) => T | undefined): readonly T[] {
    if (value === undefined) return [];
    if (!Array.isArray(value)) {
      this.sure = false;
      return [];
    }
    return (value as readonly JsonValue[]).flatMap((item) => {
      const found = read(item);
      if (found === undefined) this.sure = false;
      return found === undefined ? [] : [found];
    });
  }
}
