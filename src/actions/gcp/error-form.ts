// In which form the clients of a call expect its errors.
import type { Call } from '../../core/call.ts';
import { planOf } from './plan.ts';

export type GcpErrorForm = 'json' | 'xml' | 'oauth';

const TOKENS: ReadonlySet<string> = new Set(['oauth2.token', 'oauth2.revoke', 'oauth2.device.code', 'sts.token']);

export function gcpErrorForm(call: Call): GcpErrorForm {
  const plan = planOf(call);
  if (plan.kind === 'xml') return 'xml';
  const methods = plan.kind === 'methods' ? plan.findings.list : [];
  return methods.length > 0 && methods.every(({ value }) => TOKENS.has(value.route.method.id)) ? 'oauth' : 'json';
}
