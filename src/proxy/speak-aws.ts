// Has a call that is not known to be for any upstream, but is signed as for AWS, refused as AWS would: its client understands nothing else.
import type { Exchange } from './exchange.ts';
import type { Target } from './intake/target.ts';
import { presentedSignature } from './sigv4/presented.ts';

/** Before `refuse`; leaves the exchange as it is where the call has no such signature. */
export function speakAws(exchange: Exchange, { path, query, authority }: Target): void {
  const { req } = exchange;
  if (presentedSignature(req.rawHeaders, query).state === 'none') return;
  exchange.family = 'aws';
  exchange.call = {
    method: req.method ?? '',
    upstream: '',
    scheme: 'http',
    host: authority ?? exchange.host,
    path,
    query,
    headers: req.rawHeaders,
    body: { state: 'none' },
  };
}
