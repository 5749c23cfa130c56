// What a button carries: which approval, and what its reader saw. INVARIANT: a value that this gate did not make, or made for another button,
// names nothing; one that is stale votes for nothing. It is no permission: who clicked is checked apart.
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { SecretSource } from '../../ports/secret-source.ts';

export interface ButtonValue {
  readonly approvalId: string;
  /** See core/approval/look.ts. */
  readonly look: string;
}

const FORM = /^v1\.(?<key>[1-9]\d{0,2})\.(?<id>apr_[A-Za-z0-9]{1,40})\.(?<look>[0-9a-f]{16})\.(?<mac>[\w-]{22})$/;
const CONTEXT = 'channel buttons';

/** `action`: the button's action_id, so that the value of one means nothing to another. */
export function buttonValue(secrets: SecretSource, action: string, { approvalId, look }: ButtonValue): string {
  const { keyId } = secrets;
  return `v1.${keyId}.${approvalId}.${look}.${macOf(secrets.derive(keyId, CONTEXT), action, approvalId, look)}`;
}

/** Undefined for what is no value of ours for this button. */
export function readButtonValue(secrets: SecretSource, action: string, text: unknown): ButtonValue | undefined {
  const groups = typeof text === 'string' ? FORM.exec(text)?.groups : undefined;
  if (!groups) return undefined;
  const { key = '', id: approvalId = '', look = '', mac = '' } = groups;
  const secret = secretOf(secrets, Number(key));
  if (!secret) return undefined;
  const expected = macOf(secret, action, approvalId, look);
  return timingSafeEqual(Buffer.from(mac), Buffer.from(expected)) ? { approvalId, look } : undefined;
}

/** Undefined where there is no such data key (any more). */
function secretOf(secrets: SecretSource, keyId: number): Uint8Array | undefined {
  try {
    return secrets.derive(keyId, CONTEXT);
  } catch {
    return undefined;
  }
}

function macOf(key: Uint8Array, action: string, id: string, look: string): string {
  return createHmac('sha256', key).update(`${action}\n${id}\n${look}`).digest().subarray(0, 16).toString('base64url');
}
