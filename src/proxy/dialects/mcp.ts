// Refusals as JSON-RPC errors, which MCP clients raise as their typed error (McpError, ProtocolError) with our words as its message; hosts
// hand those to the model. With status 200, for every client takes another one for a fault of the transport and drops the
// body, or shows it as raw text. A result with `isError` would reach the model too, but look like a tool that ran.
import { type Call, headerValues } from '../../core/call.ts';
import type { NativeRefusal, RefusalWords } from './refusal-words.ts';

/** MCP 2026-07-28, "Server Validation"; its clients read it from a 400. */
const HEADER_MISMATCH = -32020;
/** Of our own, in the range that the specification leaves to implementations (−32000 to −32019). */
const REFUSED = -32010;
const ASK_AGAIN = -32011;

export function mcpRefusal({ type, message, retryAfter, envelope }: RefusalWords, call: Call): NativeRefusal {
  const mismatch = type === 'malformed-call';
  const error = {
    code: mismatch ? HEADER_MISMATCH : retryAfter === undefined ? REFUSED : ASK_AGAIN,
    message,
    data: { type, ...(retryAfter !== undefined && { retry_after: retryAfter }) },
  };
  const ids = (envelope?.ids ?? []).filter((id) => id !== undefined);
  const answers = ids.map((id) => ({ jsonrpc: '2.0', id, error }));
  // Whoever asked nothing (a notification, a stream) or answers on another connection (HTTP+SSE of 2024-11-05) looks at the status.
  const awaited = answers.length > 0 && streams(call);
  const body = answers.length === 0 ? { jsonrpc: '2.0', error } : envelope?.batch === true ? answers : answers[0];
  return {
    ...(awaited && !mismatch && { status: 200 }),
    contentType: 'application/json',
    body: JSON.stringify(body),
  };
}

/** Streamable HTTP: "The client MUST include an Accept header listing both application/json and text/event-stream". */
function streams({ headers }: Call): boolean {
  const accept = headerValues(headers, 'accept').join().toLowerCase();
  return accept.includes('text/event-stream') && accept.includes('application/json');
}
