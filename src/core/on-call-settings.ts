// On-call schedules as the configuration names them.
import type { Secret } from './secret.ts';

export interface OnCallSettings {
  /** `platform` in `oncall:platform`. */
  readonly name: string;
  readonly source:
    | {
        readonly kind: 'pagerduty';
        readonly schedules: readonly string[];
        readonly token: Secret;
        readonly apiUrl: string;
      }
    | {
        readonly kind: 'http';
        readonly url: string;
        readonly token: Secret | undefined;
        readonly allowPrivate: boolean;
      };
  readonly fallback: readonly string[];
}
