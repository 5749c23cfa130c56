// What is asked of the wire client. The caller decides what is sent; framing (Host, Content-Length, Transfer-Encoding,
// Connection) is always written here and never taken over from the agent.
import type { RawHeaders } from '../../core/call.ts';

/** A body that arrives piece by piece through `WireExchange.write()`; a known length is sent as Content-Length and held to. */
export interface WireBody {
  readonly length: number | undefined;
}

export interface WireRequest {
  readonly method: string;
  /** Origin-form (`/path?query`), or `*` with OPTIONS; sent byte for byte. */
  readonly target: string;
  /** The value of Host: `host` or `host:port`. */
  readonly host: string;
  /** End-to-end fields only: a framing or hop-by-hop field or Expect in here is refused, not dropped. */
  readonly headers: RawHeaders;
  /** Prebuilt `Name: value\r\n` lines sent after `headers` (a cached credential). */
  readonly injected?: string | undefined;
  readonly body: undefined | Uint8Array | WireBody;
}
