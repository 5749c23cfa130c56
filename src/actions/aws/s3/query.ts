// The query of an S3 call and the `x-amz-` headers, which a presigned URL carries in its query: one set of named values.
import { decodeStrict } from '../../../core/body/percent.ts';
import type { Call } from '../../../core/call.ts';

export interface S3Arguments {
  /** Decoded names of the query, `x-amz-` ones left out. */
  readonly query: ReadonlyMap<string, string>;
  /** `x-amz-` headers and query parameters, in lower case. */
  readonly amz: ReadonlyMap<string, string>;
  /** False for a name that stands twice, in a spelling that only some parsers know, or that cannot be decoded. */
  readonly clean: boolean;
}

export function readArguments(call: Call, subresources: ReadonlySet<string>): S3Arguments {
  const query = new Map<string, string>();
  const amz = new Map<string, string>();
  let clean = true;
  const { headers } = call;
  for (let i = 0; i + 1 < headers.length; i += 2) {
    const name = headers[i] ?? '';
    if (name.length < 7 || !/^x-amz-/i.test(name)) continue;
    const lower = name.toLowerCase();
    if (amz.has(lower) && amz.get(lower) !== headers[i + 1]) clean = false;
    amz.set(lower, headers[i + 1] ?? '');
  }
  for (const pair of call.query === undefined || call.query === '' ? [] : call.query.split('&')) {
    const at = pair.indexOf('=');
    const name = decodeStrict(at < 0 ? pair : pair.slice(0, at), true);
    const value = decodeStrict(at < 0 ? '' : pair.slice(at + 1), true);
    if (name === undefined || value === undefined) clean = false;
    else if (/^x-amz-/i.test(name)) {
      const lower = name.toLowerCase();
      if (amz.has(lower) && amz.get(lower) !== value) clean = false;
      amz.set(lower, value);
    } else {
      if (query.has(name) && query.get(name) !== value) clean = false;
      if (isTwin(name, subresources)) clean = false;
      query.set(name, value);
    }
  }
  return { query, amz, clean };
}

/** A name that some parser takes for another one that decides. */
function isTwin(name: string, subresources: ReadonlySet<string>): boolean {
  if (subresources.has(name)) return false;
  const folded = name.toLowerCase().replace(/[^a-z-].*$/, '');
  for (const each of subresources) if (each.toLowerCase() === folded) return true;
  return /[;%]/.test(name);
}
