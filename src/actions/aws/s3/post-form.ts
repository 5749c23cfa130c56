// The form with which a browser uploads an object (RFC 7578): its fields, as far as one strict reading of them goes.
import { headerValues, type Call } from '../../../core/call.ts';
import { decodeUtf8 } from '../../../core/body/utf8.ts';

const BOUNDARY = /^multipart\/form-data;\s*boundary=(?:"([^"\\\s]{1,70})"|([A-Za-z0-9'()+_,./:=?-]{1,70}))\s*$/i;
const DISPOSITION = /^content-disposition: *form-data; *name="([^"\\%]*)"(?:; *filename="[^"\\%]*")?$/i;
const MAX_PARTS = 100;
const latin1 = new TextDecoder('latin1');

export function isFormUpload(call: Call): boolean {
  return headerValues(call.headers, 'content-type').some((value) => /^\s*multipart\/form-data/i.test(value));
}

/** Names in lower case, up to the file, which comes last; undefined for anything that parsers could read differently. */
export function formFields(call: Call, bytes: Uint8Array): ReadonlyMap<string, string> | undefined {
  const types = headerValues(call.headers, 'content-type');
  const found = types.length === 1 ? BOUNDARY.exec((types[0] ?? '').trim()) : null;
  const boundary = found?.[1] ?? found?.[2];
  if (boundary === undefined) return undefined;
  const parts = latin1.decode(bytes).split(`\r\n--${boundary}`);
  parts[0] = (parts[0] ?? '').replace(`--${boundary}`, '');
  if (parts.length > MAX_PARTS || parts.pop()?.trim() !== '--') return undefined;
  const fields = new Map<string, string>();
  for (const part of parts) {
    const end = part.indexOf('\r\n\r\n');
    if (!part.startsWith('\r\n') || end < 0) return undefined;
    const lines = part.slice(2, end).split('\r\n');
    const dispositions = lines.filter((line) => /^content-disposition/i.test(line));
    const name = DISPOSITION.exec(dispositions[0] ?? '')?.[1]?.toLowerCase();
    const others = lines.filter((line) => !/^content-disposition/i.test(line));
    if (name === undefined || dispositions.length !== 1 || fields.has(name)) return undefined;
    if (others.some((line) => !/^content-type: /i.test(line))) return undefined;
    const value = decodeUtf8(Uint8Array.from(part.slice(end + 4), (char) => char.charCodeAt(0)));
    fields.set(name, name === 'file' ? '' : value.ok ? value.text : '\ufffd');
  }
  return fields;
}
