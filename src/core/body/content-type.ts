// What a call says its body is (RFC 9110 §8.3). A type that parsers could read differently counts as contradictory.
import { headerValues, type RawHeaders } from '../call.ts';

export type ContentType =
  | { readonly state: 'missing' }
  /** Several fields, or one that does not follow the grammar. */
  | { readonly state: 'contradictory' }
  /** `type` and `charset` in lower case; `charset` undefined where there is none. */
  | { readonly state: 'known'; readonly type: string; readonly charset: string | undefined };

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+";
const TYPE = new RegExp(`^(${TOKEN}/${TOKEN})[ \\t]*(?:$|;)`);
const PARAMETER = new RegExp(
  `^;[ \\t]*(?:(${TOKEN})=(?:(${TOKEN})|"((?:[^"\\\\\\x00-\\x1f]|\\\\.)*)"))?[ \\t]*(?=;|$)`,
);

/** Reads Content-Type; parameters other than charset are only checked for their grammar. */
export function contentType(headers: RawHeaders): ContentType {
  const values = headerValues(headers, 'content-type');
  if (values.length === 0) return { state: 'missing' };
  const value = (values[0] ?? '').trim();
  const type = TYPE.exec(value)?.[1];
  if (values.length > 1 || type === undefined) return { state: 'contradictory' };
  let charset: string | undefined;
  let rest = value.slice(type.length).trimStart();
  while (rest !== '') {
    const match = PARAMETER.exec(rest);
    if (!match) return { state: 'contradictory' };
    if (match[1]?.toLowerCase() === 'charset') {
      if (charset !== undefined) return { state: 'contradictory' };
      charset = (match[2] ?? match[3] ?? '').toLowerCase();
    }
    rest = rest.slice(match[0].length);
  }
  return { state: 'known', type: type.toLowerCase(), charset };
}

/** UTF-8 or its subset US-ASCII, which is what is inspected; no charset means UTF-8. */
export function isInspectableCharset(charset: string | undefined): boolean {
  return charset === undefined || charset === 'utf-8' || charset === 'utf8' || charset === 'us-ascii';
}

export function isFormType(type: string): boolean {
  return type === 'application/x-www-form-urlencoded';
}

/** `application/json`, `text/json`, `…+json` (RFC 6839) and the JSON protocols of AWS. */
export function isJsonType(type: string): boolean {
  return /^(application|text)\/json$|\+json$|^application\/x-amz-json-1\.[01]$/.test(type);
}

const SHAPELESS = new RegExp(
  '^(?:(?:image|audio|video|font|multipart)/.*|text/(?:plain|html|css|csv|markdown|tab-separated-values|javascript)|' +
    'application/(?:octet-stream|pdf|zip|gzip|x-gzip|x-tar|x-bzip2|zstd|wasm|javascript|java-archive|x-git-.*))$',
);

/** Types whose content is no set of named values in a notation that is not read here, as YAML, XML, CBOR or protobuf are. */
export function isShapelessType(type: string): boolean {
  return SHAPELESS.test(type) && !/\+(?:xml|yaml|cbor)$/.test(type);
}
