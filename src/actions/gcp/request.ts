// One request of Google's APIs: a call, or a part of a batch.
import type { Call } from '../../core/call.ts';

export type GcpRequest = Pick<Call, 'method' | 'host' | 'path' | 'query' | 'headers' | 'body'>;
