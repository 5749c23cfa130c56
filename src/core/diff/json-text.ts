// JSON as one short line for people: cut after so many characters, secrets taken out.
import type { BigNumber, JsonObject, JsonValue } from '../body/json.ts';
import { hiddenMember, isSecretText, REDACTED } from './redact.ts';

/** At most `max` characters, an ellipsis where it is cut. Depth is bounded by the parser. */
export function jsonText(value: JsonValue, max: number, hidden = false): string {
  const out: string[] = [];
  let left = max + 1;
  const put = (text: string): boolean => {
    out.push(text);
    left -= text.length;
    return left > 0;
  };
  write(value, hidden, put);
  const text = out.join('');
  return text.length <= max ? text : `${text.slice(0, max - 1).toWellFormed()}…`;
}

/** False once enough is written. */
function write(value: JsonValue, hidden: boolean, put: (text: string) => boolean): boolean {
  if (value === null || typeof value === 'boolean') return put(String(value));
  if (typeof value === 'string') return put(JSON.stringify(hidden || isSecretText(value) ? REDACTED : value));
  if (typeof value === 'number') return put(hidden ? JSON.stringify(REDACTED) : String(value));
  if (Array.isArray(value)) {
    if (!put('[')) return false;
    for (const [i, item] of (value as readonly JsonValue[]).entries()) {
      if (i > 0 && !put(',')) return false;
      if (!write(item, hidden, put)) return false;
    }
    return put(']');
  }
  if (!(value instanceof Map)) return put(hidden ? JSON.stringify(REDACTED) : (value as BigNumber).text);
  const map: JsonObject = value;
  if (!put('{')) return false;
  let first = true;
  for (const [name, member] of map) {
    if (!put(`${first ? '' : ','}${JSON.stringify(name)}:`)) return false;
    first = false;
    if (!write(member, hidden || hiddenMember(map, name), put)) return false;
  }
  return put('}');
}
