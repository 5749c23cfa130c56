// Headers that mirror the body (MCP 2026-07-28, Streamable HTTP, "Request Metadata" and "Server Validation"): whoever routes or decides
// by them must be able to trust them, so a call whose headers say something else than its body is refused with −32020.
import type { JsonObject, JsonValue } from '../../core/body/json.ts';
import { decodeUtf8 } from '../../core/body/utf8.ts';
import { type Call, headerValues } from '../../core/call.ts';
import { shortenedText } from '../../core/visible-text.ts';
import type { McpReading } from './message-reading.ts';
import { mcpMethod } from './methods.ts';

const VERSION = 'io.modelcontextprotocol/protocolVersion';
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;
const MIRRORS = ['mcp-method', 'mcp-name'];

/** What contradicts the body, in words; undefined where nothing does. Missing headers are the server's to refuse. */
export function headerMismatch({ headers }: Call, { messages, batch }: McpReading): string | undefined {
  for (const name of [...MIRRORS, 'mcp-protocol-version']) {
    if (headerValues(headers, name).length > 1) return `Header mismatch: ${name} is sent more than once`;
  }
  const [method] = headerValues(headers, 'mcp-method');
  const [name] = headerValues(headers, 'mcp-name');
  const [version] = headerValues(headers, 'mcp-protocol-version');
  const [message] = messages;
  if (method === undefined && name === undefined && version === undefined) return undefined;
  if (batch && (method !== undefined || name !== undefined)) {
    return 'Header mismatch: Mcp-Method and Mcp-Name cannot mirror a batch';
  }
  if (message?.kind !== 'request') {
    return method === undefined && name === undefined ? undefined : 'Header mismatch: the body is no request';
  }
  if (method !== undefined && method.trim() !== message.method)
    return differ('Mcp-Method', method.trim(), message.method);
  if (name !== undefined) {
    const fault = nameMismatch(name.trim(), message.method, message.params);
    if (fault !== undefined) return fault;
  }
  const meta = message.params.get('_meta');
  const said = meta instanceof Map ? (meta as JsonObject).get(VERSION) : undefined;
  if (version === undefined || said === undefined || said === version.trim()) return undefined;
  return differ('MCP-Protocol-Version', version.trim(), said);
}

function nameMismatch(header: string, method: string, params: JsonObject): string | undefined {
  const known = mcpMethod(method);
  // A method of an extension may mirror something that is not known here; such a method is never exact.
  if (!known) return undefined;
  if (known.mirrored === undefined) return `Header mismatch: ${method} has nothing that Mcp-Name could mirror`;
  const value = params.get(known.mirrored);
  const decoded = decodeHeader(header);
  if (decoded === undefined) return 'Header mismatch: Mcp-Name is not valid Base64 of UTF-8';
  return decoded === value ? undefined : differ('Mcp-Name', decoded, value);
}

/** "Value Encoding": `=?base64?…?=`, markers in lower case, else the value itself. */
function decodeHeader(value: string): string | undefined {
  if (!value.startsWith('=?base64?') || !value.endsWith('?=') || value.length < 11) return value;
  const base64 = value.slice(9, -2);
  if (!BASE64.test(base64)) return undefined;
  const text = decodeUtf8(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)));
  return text.ok ? text.text : undefined;
}

function differ(header: string, said: string, body: JsonValue | undefined): string {
  const value = typeof body === 'string' ? `"${shortenedText(body, 100)}"` : 'nothing';
  return `Header mismatch: ${header} says "${shortenedText(said, 100)}", the body says ${value}`;
}
