// What is kept of an approval beside its events, sealed: the call that will be sent, and the response for an agent that was
// away. INVARIANT: a sealed blob is bound to its approval and kind; moved to another one, it no longer opens.
import type { Call } from '../core/call.ts';
import { decodeCall, encodeCall } from '../core/stored-call.ts';
import { RecordUnreadable } from '../ports/approval-store.ts';
import { UnknownDataKey } from '../ports/sealer.ts';
import type { CapturedResponse } from './capture.ts';
import type { GateDeps } from './deps.ts';

type Sealing = Pick<GateDeps, 'sealer'>;

const context = (approvalId: string, kind: 'call' | 'response'): string => `${kind}:${approvalId}`;

/** Throws on a call whose body was not read. */
export function sealCall({ sealer }: Sealing, approvalId: string, call: Call): Uint8Array {
  return sealer.seal(encodeCall(call), context(approvalId, 'call'));
}

export type KeptCall =
  | { readonly state: 'kept'; readonly call: Call }
  | { readonly state: 'missing' }
  | { readonly state: 'changed' };

/** The stored call of an approval, and whether it is still what was sealed. Rejects with StoreUnavailable. */
export async function keptCall(
  deps: Pick<GateDeps, 'store' | 'sealer' | 'decodeBody'>,
  approvalId: string,
): Promise<KeptCall> {
  const sealed = await deps.store.blob(approvalId, 'call');
  if (!sealed) return { state: 'missing' };
  try {
    const call = decodeCall(deps.sealer.open(sealed, context(approvalId, 'call')), deps.decodeBody);
    return { state: 'kept', call };
  } catch (error) {
    if (error instanceof UnknownDataKey) throw new RecordUnreadable(error.message, { cause: error });
    // The sealer authenticates: whatever does not open was written by somebody else.
    return { state: 'changed' };
  }
}

export function sealResponse({ sealer }: Sealing, approvalId: string, response: CapturedResponse): Uint8Array {
  const head = Buffer.from(JSON.stringify({ status: response.status, headers: response.headers }));
  const length = Buffer.alloc(4);
  length.writeUInt32BE(head.length);
  return sealer.seal(Buffer.concat([length, head, response.body]), context(approvalId, 'response'));
}

/** The stored response of an approval; undefined where there is none. One that was changed at rest is as good as not kept.
 *  Rejects with StoreUnavailable. */
export async function keptResponse(
  deps: Pick<GateDeps, 'store' | 'sealer' | 'bus'>,
  approvalId: string,
): Promise<CapturedResponse | undefined> {
  const sealed = await deps.store.blob(approvalId, 'response');
  if (!sealed) return undefined;
  try {
    const plain = deps.sealer.open(sealed, context(approvalId, 'response'));
    const buffer = Buffer.from(plain.buffer, plain.byteOffset, plain.byteLength);
    const end = 4 + buffer.readUInt32BE(0);
    const head = JSON.parse(buffer.toString('utf8', 4, end)) as Pick<CapturedResponse, 'status' | 'headers'>;
    return { ...head, body: buffer.subarray(end) };
  } catch (error) {
    if (error instanceof UnknownDataKey) throw new RecordUnreadable(error.message, { cause: error });
    const what = `approval ${approvalId}: the stored response was changed at rest (${String(error)})`;
    deps.bus.emit('store:failed', { operation: 'replay', error: what });
    return undefined;
  }
}
