// Peer: the least that a proxy of node:http and undici's dispatch can do, raw headers both ways and no checks whatever.
import { createServer } from 'node:http';
import { type Dispatcher, Pool } from 'undici';

const [port, upstream] = process.argv.slice(2);
const pool = new Pool(`http://127.0.0.1:${upstream}`, { connections: 128 });

createServer((request, response) => {
  const headers: string[] = [];
  for (let i = 0; i < request.rawHeaders.length; i += 2) {
    const name = request.rawHeaders[i] ?? '';
    if (name.toLowerCase() !== 'connection') headers.push(name, request.rawHeaders[i + 1] ?? '');
  }
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart(_controller, status, fields) {
      response.writeHead(status, fields);
    },
    onResponseData(_controller, chunk) {
      response.write(chunk);
    },
    onResponseEnd() {
      response.end();
    },
    onResponseError() {
      response.destroy();
    },
  };
  const method = request.method as Dispatcher.HttpMethod;
  pool.dispatch({ path: request.url ?? '/', method, headers, body: null }, handler);
}).listen(Number(port), '127.0.0.1', 4096);
