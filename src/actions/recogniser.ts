// What every family of APIs offers: from a canonical call to the actions it does. INVARIANT: recognisers are pure and never throw;
// what they cannot tell is an action of confidence `unknown` and level `unknown`, never no action and never a milder one.
import type { Action } from '../core/action.ts';
import type { Call } from '../core/call.ts';
import type { Envelope } from './envelope.ts';

export interface Recogniser {
  /** True where the head alone (host, path, headers) says that the call goes to this family, whatever the upstream is configured as. */
  claims(call: Call): boolean;
  /** True where what this call does can be told only with its body; asked while that is unread. */
  needsBody(call: Call): boolean;
  /** Everything the call does, at least one action; several readings of one call are several actions of confidence `ambiguous`. */
  recognise(call: Call): readonly Action[];
  /** Of an API that wraps calls in messages of its own. `needs-body` while it is unread: then it is read before anything is decided.
   *  Never throws. */
  envelope?(call: Call): Envelope | 'needs-body' | undefined;
}
