// What a held call would change, asked of the upstream with read-only credentials of its own.
import type { Action } from '../core/action.ts';
import type { Preview } from '../core/approval/context.ts';
import type { Call } from '../core/call.ts';

export interface Previews {
  /** True where this upstream may be asked at all. */
  has(upstream: string): boolean;
  /** Asks. Settles within three seconds, never rejects; what the upstream says is cut, and secrets in it are taken out. */
  preview(call: Call, actions: readonly Action[]): Promise<Preview>;
  /** Gives up what is asked right now, and asks nothing more. */
  close(): void;
}
