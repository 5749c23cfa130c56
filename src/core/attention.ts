// What the configuration says about people's attention: when they are left in peace, and how much one agent may ask of them.
import type { TimeWindow } from './policy/ast.ts';
import type { Risk } from './policy/types.ts';

/** At most so many within that time (ms). */
export interface Rate {
  readonly most: number;
  readonly per: number;
}

/** A time in which approvals up to a risk are shown at these places only. */
export interface QuietTime {
  readonly window: TimeWindow;
  /** Never `critical`. */
  readonly upTo: Risk;
  /** Empty: nowhere. */
  readonly notify: readonly string[];
}

export interface AttentionSettings {
  readonly quiet: readonly QuietTime[];
  /** New messages of one agent at one place; undefined: any number. */
  readonly messages: Rate | undefined;
}
