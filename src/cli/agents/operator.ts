// Who runs a command, as far as the machine knows: for the audit log.
import { hostname, userInfo } from 'node:os';
import { visibleText } from '../../core/visible-text.ts';

export interface Operator {
  readonly kind: 'os-user';
  /** Absent where the machine has no name for this user id, as in containers. */
  readonly user?: string;
  readonly uid?: number;
  readonly host: string;
  /** Who became this user by sudo, by the environment's account: nobody vouches for it. */
  readonly sudo_user?: string;
}

/** Characters of a name. */
const LONGEST = 128;

export function operator(env: Readonly<Record<string, string | undefined>>): Operator {
  const uid = process.getuid?.();
  const name = userName();
  const sudo = env['SUDO_USER'] ?? '';
  return {
    kind: 'os-user',
    ...(name !== undefined && { user: name }),
    ...(uid !== undefined && { uid }),
    host: visibleText(hostname()),
    ...(sudo !== '' && { sudo_user: visibleText(sudo.slice(0, LONGEST)) }),
  };
}

function userName(): string | undefined {
  try {
    return visibleText(userInfo().username);
  } catch {
    return undefined;
  }
}
