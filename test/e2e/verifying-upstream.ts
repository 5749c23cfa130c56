// An upstream that does what AWS does and emulators do not: it refuses what is not signed with its own key, over the very bytes it got.
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sha256Hex } from '../../src/proxy/sigv4/canonical-request.ts';
import { presentedSignature } from '../../src/proxy/sigv4/presented.ts';
import { signingKey } from '../../src/proxy/sigv4/signature.ts';
import { checkSignedHead, isSignedWith } from '../../src/proxy/sigv4/verify.ts';

export interface Seen {
  readonly method: string;
  readonly target: string;
  readonly headers: readonly string[];
  readonly body: Buffer;
  /** `good`, or what is wrong. */
  readonly verdict: string;
  readonly service: string | undefined;
  readonly region: string | undefined;
  /** `YYYYMMDDTHHMMSSZ`. */
  readonly at: string | undefined;
}

export interface VerifyingUpstream {
  readonly url: string;
  readonly port: number;
  /** Requests that came whole. */
  readonly seen: Seen[];
  /** Requests that ended before they were complete. */
  broken(): number;
  /** Requests that have begun. */
  begun(): number;
  /** Answers instead of 200. */
  answer: ((seen: Seen, res: ServerResponse) => void) | undefined;
  stop(): Promise<void>;
}

function judge(req: IncomingMessage, body: Buffer, id: string, secret: string): Omit<Seen, 'body'> {
  const url = req.url ?? '';
  const mark = url.indexOf('?');
  const [path, query] = mark < 0 ? [url, undefined] : [url.slice(0, mark), url.slice(mark + 1)];
  const base = { method: req.method ?? '', target: url, headers: req.rawHeaders };
  const none = { service: undefined, region: undefined, at: undefined };
  const result = presentedSignature(req.rawHeaders, query);
  if (result.state !== 'one') return { ...base, ...none, verdict: result.state };
  const { presented } = result;
  const { service, region } = presented.scope;
  const said = { ...base, service, region, at: presented.at };
  if (presented.accessKeyId !== id) return { ...said, verdict: `another key: ${presented.accessKeyId}` };
  const request = { method: base.method, path, query, headers: base.headers };
  const head = checkSignedHead(request, presented, Date.now());
  if (!head.ok) return { ...said, verdict: head.why };
  const { payload } = head;
  const hash = sha256Hex(body);
  if (payload.mode === 'declared' && payload.text !== hash) return { ...said, verdict: 'another body' };
  const text = payload.mode === 'body' ? hash : payload.text;
  const good = isSignedWith(signingKey(secret, presented.scope), request, presented, text);
  return { ...said, verdict: good ? 'good' : 'wrong signature' };
}

export async function startVerifyingUpstream(id: string, secret: string): Promise<VerifyingUpstream> {
  const seen: Seen[] = [];
  let broken = 0;
  let begun = 0;
  const server = createServer((req, res) => {
    begun++;
    const chunks: Buffer[] = [];
    req.on('data', (chunk: Buffer) => chunks.push(chunk));
    req.on('error', () => undefined);
    req.on('close', () => {
      if (!req.complete) broken++;
    });
    req.on('end', () => {
      const body = Buffer.concat(chunks);
      const one: Seen = { ...judge(req, body, id, secret), body };
      seen.push(one);
      if (upstream.answer) upstream.answer(one, res);
      else res.writeHead(one.verdict === 'good' ? 200 : 403).end(one.verdict);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const upstream: VerifyingUpstream = {
    url: `http://127.0.0.1:${port}`,
    port,
    seen,
    broken: () => broken,
    begun: () => begun,
    answer: undefined,
    async stop() {
      server.closeAllConnections();
      await new Promise<void>((resolve) => server.close(() => resolve()));
    },
  };
  return upstream;
}
