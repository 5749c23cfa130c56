// In which form the clients of a call expect its errors.
import type { Call } from '../../core/call.ts';
import { readAzureHost } from './host.ts';

export type AzureErrorForm = 'json' | 'xml' | 'oauth';

export function azureErrorForm({ host }: Call): AzureErrorForm {
  const plane = readAzureHost(host)?.plane;
  return plane === 'blob' ? 'xml' : plane === 'login' ? 'oauth' : 'json';
}
