// Peer: http-proxy 1.18 as its README shows it (`default`: a new upstream connection per call) or with kept connections.
import { Agent, createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';

/** http-proxy has no types of its own. */
interface HttpProxy {
  createProxyServer(options: { target: string; agent?: Agent }): {
    web(request: IncomingMessage, response: ServerResponse): void;
  };
}
const httpProxy = createRequire(import.meta.url)('http-proxy') as HttpProxy;

const [port, upstream, mode] = process.argv.slice(2);
const target = `http://127.0.0.1:${upstream}`;
const proxy = httpProxy.createProxyServer(
  mode === 'keep-alive' ? { target, agent: new Agent({ keepAlive: true, maxSockets: 256 }) } : { target },
);
createServer((request, response) => proxy.web(request, response)).listen(Number(port), '127.0.0.1', 4096);
