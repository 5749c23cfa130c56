// How a call gets the credential of its upstream at the moment it is sent. One way in for all kinds: a fixed header now, a signature over
// the very call, and later whatever a broker leases for it. INVARIANT: made last, from the call as it will be sent, and never kept.
import type { Call } from '../../core/call.ts';
import type { Secret } from '../../core/secret.ts';

export interface UpstreamCredential {
  /** Header lines (`Name: value` CRLF) for this call, sent now. Throws UnsendableRequest for a call that cannot have them. */
  lines(call: Call): string;
  /** What must not come back in a response. */
  readonly secrets: readonly Secret[];
}
